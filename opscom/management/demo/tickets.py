"""Plan the tickets of eighteen months: where, what, whose, and what became of them."""

from datetime import datetime, timedelta
from random import Random
from typing import Any

from accounts.models import User
from opscom.management.demo import bulk, money
from opscom.management.demo.catalogue import draw, draw_weight, office_facts, people_facts
from opscom.management.demo.people import RESERVED, new_plate
from opscom.management.demo.plan import TicketPlan
from opscom.management.demo.world import World, at_clock
from payments.models import Charge
from vehicles.models import PlateType, Vehicle, VehicleOwner
from violations.models import ExemptPlate, Violation
from violations.services.issue import issue_violation, spoil_violation
from violations.services.numbering import FIRST_NUMBER, PREFIX

DAYS = 548
REGISTERED = 0.45  # tickets whose plate belongs to somebody with an account
ROWS = "ABCDEFG"
NOTES = [
    "",
    "",
    "",
    "",
    "No permit for this plate.",
    "Nobody near the vehicle.",
    "Permit of another lot on the dashboard.",
    "Engine cold, snow on the roof.",
]
PLATE_TYPES = {"passenger": 17552, "commercial": 4587}


def plan_tickets(world: World, own: list[TicketPlan]) -> None:
    """All tickets in the order in which they were written, numbered without gaps; the old ones at once in bulk, the
    newer ones as steps. `own` are those that belong to the demo's logins."""
    lots, offences = office_facts()["lots"], office_facts()["offences"]
    tables = (
        {facts["code"]: facts["tickets"] for facts in lots},
        {facts["code"]: facts["weight"] for facts in offences},
    )
    plates = {*RESERVED, *Vehicle.objects.values_list("plate", flat=True)}
    links = (
        VehicleOwner.objects.filter(primary=True, user__in=world.people)
        .select_related("user", "vehicle")
        .order_by("pk")
    )
    driven = [(link.user, link.vehicle) for link in links]
    plans = [_plan(world, tables, driven, plates) for _n in range(world.scaled(2000) - len(own))] + own
    plans.sort(key=lambda plan: plan.issued_at)
    for n, plan in enumerate(plans):
        plan.number = f"{PREFIX}{FIRST_NUMBER + n}"
        plan.pin = world.rng.choice("23456789") + world.rng.choice("ABCDEFGHJKMNPQRSTVWXYZ")
    split = next((n for n, plan in enumerate(plans) if plan.issued_at >= world.service_start), len(plans))
    bulk.write_tickets(world, plans[:split])
    for plan in plans[:split]:
        if plan.charge and plan.charge.state == Charge.State.OPEN and plan.paid_at:
            _then_pay(world, plan)
    for plan in plans[split:]:
        world.then(plan.issued_at, lambda plan=plan: issue(world, plan))  # type: ignore[misc]
        _then_follow_up(world, plan)


def spare_plates(world: World) -> None:
    """Plates that officers leave alone."""
    spared = [
        ("FIRE101", None, "Fire brigade of the campus"),
        ("CLEAN77", world.today + timedelta(days=40), "Contractor"),
    ]
    ExemptPlate.objects.bulk_create(
        ExemptPlate(plate=plate, region="CA-ON", first_on=world.today - timedelta(days=90), last_on=last, reason=reason)
        for plate, last, reason in spared
    )


def issue(world: World, plan: TicketPlan) -> None:
    """Write the ticket."""
    violation = Violation(**plan.fields())
    plan.violation = issue_violation(violation, by=world.login("enforcement"), warning=plan.outcome == "warning")
    plan.charge = plan.violation.charge


def _then_follow_up(world: World, plan: TicketPlan) -> None:
    if plan.outcome == "void":
        at = plan.issued_at + timedelta(hours=3)
        world.then(at, lambda: spoil_violation(plan.made(), by=world.login("manager"), reason=plan.reason, at=at))
    elif plan.paid_at:
        _then_pay(world, plan)


def _then_pay(world: World, plan: TicketPlan) -> None:
    at, payer = plan.paid_at or world.now, plan.payer

    def pay() -> None:
        charge = plan.owed()
        if payer and plan.cash:
            promised = money.promise([charge], user=payer, at=at - timedelta(hours=2))
            money.bring(promised, received_as=plan.received_as, by=world.login("cashier"), at=at)
        else:
            money.pay_by_card([charge], user=payer, email=payer.email if payer else plan.guest_email, at=at)

    world.then(at, pay)


def _plan(
    world: World, tables: tuple[dict[str, int], dict[str, int]], driven: list[tuple[User, Vehicle]], plates: set[str]
) -> TicketPlan:
    rng = world.rng
    lot, offence = draw(rng, tables[0]), draw(rng, tables[1])
    plan = TicketPlan(
        issued_at=_when(world, night=offence == "OVERNIGHT"),
        lot=world.lots[lot],
        location=f"Row {rng.choice(ROWS)}",
        offence=world.offences[offence],
        outcome=draw_weight(rng, "outcome"),
        notes=rng.choice(NOTES),
        officer=world.login("enforcement"),
        reason=rng.choice(["Written by mistake", "Wrong plate", "Permit was valid", "Meter out of order"]),
        guest_email=f"guest{rng.randrange(1, 400)}@example.test",
    )
    if driven and rng.random() < REGISTERED:
        # Some drivers never learn: a few cars get many tickets.
        plan.payer, plan.vehicle = driven[min(int(rng.expovariate(2.2) * len(driven)), len(driven) - 1)]
    else:
        plan.car = _strange_car(rng, plates)
    _plan_payment(rng, plan)
    return plan


def _plan_payment(rng: Random, plan: TicketPlan) -> None:
    """When it is paid: most within the days of the reduction, a refused contest long after."""
    if plan.outcome in {"paid", "late"}:
        early = plan.outcome == "paid" and rng.random() < 0.65
        days = rng.randrange(0, 10) if early else rng.randrange(12, 50)
        plan.paid_at = plan.issued_at + timedelta(days=days, hours=rng.randrange(3, 12), minutes=rng.randrange(60))
        plan.cash = plan.payer is not None and rng.random() < 0.18
        plan.received_as = rng.choice(["cash", "cash", "cheque", "debit"])


def _when(world: World, *, night: bool) -> datetime:
    """A moment in the past eighteen months: weekdays and hours as often as in the real rows."""
    rng = world.rng
    busiest = max(people_facts()["weights"]["weekday"].values())
    while True:
        day = world.today - timedelta(days=rng.randrange(DAYS))
        if rng.random() * busiest > people_facts()["weights"]["weekday"][str(day.weekday())]:
            continue
        at = at_clock(day, int(draw_weight(rng, "night_hour" if night else "hour")), rng.randrange(60))
        if at < world.now:
            return at


def _strange_car(rng: Random, plates: set[str]) -> dict[str, Any]:
    """A plate that nobody has registered here."""
    region = draw_weight(rng, "region")
    return {
        "plate": new_plate(rng, region, plates),
        "plate_region": region,
        "plate_type": PlateType(draw(rng, PLATE_TYPES)),
        "make": draw_weight(rng, "make"),
        "colour": draw_weight(rng, "colour"),
    }
