"""What the demo's own logins have lived through with the office, and a few stories that staff should meet."""

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from opscom.management.demo import money
from opscom.management.demo.people import give_vehicle
from opscom.management.demo.plan import TicketPlan, car_of
from opscom.management.demo.sales import buy
from opscom.management.demo.world import World, at_clock
from payments.models import Payment, ProviderEvent, SandboxSession
from payments.providers.sandbox import notice_body
from permits.models import Household, HouseholdMember, SalesWindow
from permits.services.reserve import extend_hold, reserve_permit
from vehicles.models import PlateType, Vehicle, VehicleOwner


def plan_residents(world: World) -> list[TicketPlan]:
    """Vehicles and permits of the demo logins; answers their tickets."""
    return [*_maya(world), *_camille(world), *_lucia(world), *_grace(world), *_guests(world)]


def plan_incidents(world: World) -> list[TicketPlan]:
    """Payments that did not simply go well, each of another person."""
    links = (
        VehicleOwner.objects.filter(primary=True, active=True, user__in=world.people)
        .select_related("user", "vehicle")
        .order_by("pk")
    )
    first = {link.user_id: link for link in reversed(links)}
    chosen = sorted(first.values(), key=lambda link: link.pk)[:8]
    world.cast = [link.user for link in chosen]
    stories = (
        _other_amount,
        _paid_twice,
        _declined,
        _given_up,
        _page_closed,
        _promise_overdue,
        _promised,
        _promised_permit,
    )
    plans = []
    for minute, (link, story) in enumerate(zip(chosen, stories, strict=True), start=11):
        offence = "METER" if story is _promised_permit else "PERMIT"
        plan = _ticket(world, link.user, link.vehicle, offence, "yellow", world.ago(14, 10, minute))
        story(world, link.user, plan)
        plans.append(plan)
    return plans


def _maya(world: World) -> list[TicketPlan]:
    """Student: this month's permit, a place held for the next, a ticket that is cheaper for a week yet."""
    user = world.login("resident")
    car = give_vehicle(world, user, plate="CKRT418", make="Honda Civic", colour="Grey", year=world.today.year - 5)
    give_vehicle(world, user, plate="BVLP902", make="Mazda 3", colour="Blue", year=world.today.year - 9)
    _before, last, this, following = _windows("yellow", "month")
    for window in (last, this):
        _buy(world, user, window, "card")
    world.then(world.now - timedelta(minutes=6), lambda: _hold(world, user, following))
    paid = _ticket(world, user, car, "ZONE", "p13", world.ago(25, 9, 17))
    paid.paid_at = world.ago(22, 18, 40)
    return [
        paid,
        _ticket(world, user, car, "PERMIT", "p30", world.ago(3, 10, 42), notes="No permit for this plate at 10:42."),
    ]


def _camille(world: World) -> list[TicketPlan]:
    """In French: a semester permit, one ticket overdue, one to be paid in cash, a car shared with Maya."""
    user = world.login("resident.fr")
    car = give_vehicle(
        world, user, plate="K42RTZ", region="CA-QC", make="Toyota Corolla", colour="Red", year=world.today.year - 7
    )
    give_vehicle(world, user, primary=False, plate="BVLP902")
    _buy(world, user, _windows("lot-3a", "semester")[0], "card")
    promised = _ticket(world, user, car, "METER", "red", world.ago(4, 14, 5))
    at = world.ago(1, 11, 30)
    world.then(at, lambda: money.promise([promised.owed()], user=user, at=at))
    return [_ticket(world, user, car, "NOPARK", "qv", world.ago(45, 8, 51)), promised]


def _lucia(world: World) -> list[TicketPlan]:
    """In Spanish: a tenant with a year permit, paid at the second try; a hold that lapsed before; an old ticket; in one household
    with Grace."""
    user = world.login("resident.es")
    household = Household.objects.create(name="Willow Road 8, upper flat")
    for member in (user, world.login("employee")):
        HouseholdMember.objects.create(household=household, user=member)
    car = give_vehicle(world, user, plate="CNWM655", make="Nissan Versa", colour="White", year=world.today.year - 3)
    half, year = _windows("area-a", "semester")[0], _windows("area-a", "year")[0]
    at = world.ago(18, 12)
    world.then(at, lambda: buy(world, user, half, "lapsed", at))
    later = world.ago(17, 19, 25)
    world.then(later, lambda: buy(world, user, year, "declined_first", later))
    paid = _ticket(world, user, car, "PERMIT", "area-a", world.ago(300, 11, 8))
    paid.paid_at = world.ago(296, 20, 15)
    return [paid]


def _grace(world: World) -> list[TicketPlan]:
    """Employee: a year permit paid by cheque, a ticket of which a part was brought."""
    user = world.login("employee")
    car = give_vehicle(world, user, plate="CXHD207", make="Subaru Outback", colour="Green", year=world.today.year - 2)
    _buy(world, user, _windows("black", "year")[0], "counter")
    plan = _ticket(world, user, car, "PERMIT", "red", world.ago(20, 13, 20))

    def bring_some() -> None:
        promised = money.promise([plan.owed()], user=user, at=world.ago(8, 10))
        money.bring(promised, received=Decimal("20.00"), by=world.login("cashier"), at=world.ago(8, 12))

    world.then(world.ago(8, 12), bring_some)
    return [plan]


def _guests(world: World) -> list[TicketPlan]:
    """Two tickets of cars that nobody has registered, for the guest's way: one still cheaper, one overdue."""
    cars = [("BWKT204", "Ford", "Blue", "p30", 2), ("CZNR871", "Jeep", "Black", "red", 41)]
    return [
        TicketPlan(
            world.ago(days, 9, 36),
            world.lots[lot],
            world.offences["PERMIT"],
            world.login("enforcement"),
            location="Row A",
            car={
                "plate": plate,
                "plate_region": "CA-ON",
                "plate_type": PlateType.PASSENGER,
                "make": make,
                "colour": colour,
            },
        )
        for plate, make, colour, lot, days in cars
    ]


def _hold(world: World, user: User, window: SalesWindow) -> None:
    """Reserved, not paid; kept until tomorrow so that it can be found in a demo that runs for a while."""
    permit = reserve_permit(
        user, window=window, vehicles=world.vehicles[user.pk][:1], at=world.now - timedelta(minutes=6)
    )
    extend_hold(permit.charge, until=world.now + timedelta(days=1))


def _other_amount(world: World, user: User, plan: TicketPlan) -> None:
    at = world.ago(5, 16, 12)

    def pay() -> None:
        payment = money.open_page([plan.owed()], user=user, email=user.email, at=at)
        payment = money.answer_another_amount(payment, by_cents=-100, at=at)
        payment.refresh_from_db()
        _keep_event(payment, at)

    world.then(at, pay)


def _keep_event(payment: Payment, at: datetime) -> None:
    session = SandboxSession.objects.get(reference=payment.provider_ref)
    ProviderEvent.objects.create(
        provider=payment.provider,
        event_id=f"evt_{session.reference}_{session.state}",
        kind=f"session.{session.state}",
        provider_ref=session.reference,
        our_ref=session.our_ref,
        body=notice_body(session).decode(),
        payment=payment,
        outcome=ProviderEvent.Outcome.QUARANTINED,
        note=payment.note,
        received_at=at,
    )


def _paid_twice(world: World, user: User, plan: TicketPlan) -> None:
    """Somebody pays as a guest while the owner is at the card page (RULES 27)."""
    at, twice = world.ago(6, 9, 3), world.ago(6, 9, 8)

    def pay() -> None:
        own = money.open_page([plan.owed()], user=user, email=user.email, at=at - timedelta(minutes=4))
        money.pay_by_card([plan.owed()], user=None, email="guest.payer@example.test", at=at)
        world.then(twice, lambda: money.finish_page(own, at=twice))

    world.then(at, pay)


def _declined(world: World, user: User, plan: TicketPlan) -> None:
    _left(world, user, plan, "fail", "The bank said no.", world.ago(2, 20, 31))


def _given_up(world: World, user: User, plan: TicketPlan) -> None:
    _left(world, user, plan, "cancel", "", world.ago(4, 12, 44))


def _page_closed(world: World, user: User, plan: TicketPlan) -> None:
    _left(world, user, plan, "expire", "", world.ago(7, 22, 10))


def _left(world: World, user: User, plan: TicketPlan, transition: str, reason: str, at: datetime) -> None:
    world.then(
        at,
        lambda: money.leave_page(
            money.open_page([plan.owed()], user=user, email=user.email, at=at), transition, reason
        ),
    )


def _promise_overdue(world: World, user: User, plan: TicketPlan) -> None:
    """To be brought two days ago; the office waits one day more."""
    at = world.ago(7, 15, 20)
    world.then(at, lambda: money.promise([plan.owed()], user=user, at=at))


def _promised(world: World, user: User, plan: TicketPlan) -> None:
    at = world.ago(2, 9, 48)
    world.then(at, lambda: money.promise([plan.owed()], user=user, at=at))


def _promised_permit(world: World, user: User, plan: TicketPlan) -> None:
    plan.paid_at = world.ago(12, 10)
    at = world.ago(1, 17, 2)
    world.then(at, lambda: buy(world, user, _windows("yellow", "month")[3], "promised", at))


def _ticket(
    world: World, user: User, vehicle: Vehicle, offence: str, lot: str, at: datetime, *, notes: str = ""
) -> TicketPlan:
    officer = world.login("enforcement")
    return TicketPlan(
        at,
        world.lots[lot],
        world.offences[offence],
        officer,
        location="Row C",
        payer=user,
        vehicle=vehicle,
        car=car_of(vehicle),
        notes=notes,
    )


def _windows(lot: str, period: str) -> list[SalesWindow]:
    return list(SalesWindow.objects.filter(permit_type__lot__code=lot, period=period).order_by("valid_from"))


def _buy(world: World, user: User, window: SalesWindow, course: str) -> None:
    """A few days before it becomes valid, or when the services take over, if that is later."""
    at = max(at_clock(window.valid_from - timedelta(days=4), 17, 30), world.service_start + timedelta(days=1))
    world.then(at, lambda: buy(world, user, window, course, at))
