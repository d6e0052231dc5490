"""What a plate check says, and what is kept of it."""

from datetime import date, timedelta
from typing import Any

import pytest
from django.utils import timezone
from django.utils.translation import override

from opscom.lib.dates import start_of_day, today
from opscom.lib.office import office, settings_once
from opscom.lib.retention import apply_retention
from payments.models import Charge, Payment
from permits.models import Lot, LotGroup, Permit, PermitType, PermitVehicle, PlateCheck
from permits.plate_words import notes, sentence
from permits.services.plate_check import Answer, check_plate, record_check
from tests.factories import (
    change_office,
    make_checkout,
    make_lot,
    make_payment,
    make_permit,
    make_user,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.payments.views.counting import queries
from violations.models import Violation

pytestmark = pytest.mark.django_db
NOON = start_of_day(date(2026, 11, 21)) + timedelta(hours=12)
DAY = timedelta(days=1)
MINUTE = timedelta(minutes=1)


@pytest.fixture(autouse=True)
def office_row() -> None:
    """So that every check reads the same settings."""
    change_office(plate_grace_minutes=15, plate_other_minutes=60, plate_check_days=30)


def permit_of(plate: str, *, lot: Lot | None = None, state: str = "active", **fields: Any) -> Permit:
    """A permit of that plate from November 1 through November 30, paid unless said otherwise."""
    user = make_user()
    make_vehicle(user, plate=plate, region=fields.pop("region", "CA-ON"))
    days = {"valid_from": today(NOON) - 20 * DAY, "valid_before": today(NOON) + 10 * DAY}
    permit = make_permit(user, make_window(lot, at=NOON), at=NOON)
    Permit.objects.filter(pk=permit.pk).update(state=state, **days | fields)
    PermitVehicle.every.filter(permit=permit).update(from_at=NOON - 60 * DAY)
    return Permit.objects.get(pk=permit.pk)


def add_plate(permit: Permit, plate: str) -> None:
    PermitVehicle.every.create(permit=permit, vehicle=make_vehicle(plate=plate), from_at=NOON - DAY)


def ask(plate: str = "CKRT418", **more: Any) -> Answer:
    return check_plate(plate, **{"at": NOON} | more)


def said(answer: Answer) -> tuple[str, str]:
    return str(answer.verdict), sentence(answer)


def test_paid_permit_covers_its_plate_in_its_lot_however_it_is_typed() -> None:
    permit = permit_of("CKRT418", lot=make_lot(name="Lot B"))
    answer = ask("ckrt 418", lot=permit.lot)
    assert said(answer) == ("covered", "Its permit is valid through Nov. 30, 2026 in Lot B.")
    assert (answer.permit, answer.covered, answer.region, answer.ends) == (
        permit,
        True,
        "CA-ON",
        start_of_day(permit.valid_before),
    )


def test_another_lots_permit_is_named_and_does_not_cover() -> None:
    permit_of("CKRT418", lot=make_lot(name="Lot B"))
    answer = ask(lot=make_lot())
    words = "Its permit is not for this lot. It is valid through Nov. 30, 2026 in Lot B."
    assert (*said(answer), answer.covered) == ("elsewhere", words, False)


def test_any_lot_will_do_where_none_is_named() -> None:
    permit_of("CKRT418")
    assert ask().covered


@pytest.mark.parametrize(
    ("minutes", "found"),
    [
        (-1, ("covered", "Its permit is valid until noon in Lot B.")),
        (0, ("covered", "Its permit was valid until noon in Lot B. The grace time until 12:15 p.m. is not over.")),
        (14, ("covered", "Its permit was valid until noon in Lot B. The grace time until 12:15 p.m. is not over.")),
        (15, ("expired", "Its permit was valid until noon in Lot B.")),
    ],
)
def test_permit_of_hours_counts_a_little_longer(minutes: int, found: tuple[str, str]) -> None:
    lot = make_lot(name="Lot B")
    permit_of("CKRT418", lot=lot, starts_at=NOON - 60 * MINUTE, ends_at=NOON, valid_before=today(NOON) + DAY)
    assert said(ask(lot=lot, at=NOON + minutes * MINUTE)) == found


def test_grace_is_for_the_lot_that_was_paid_and_can_be_none() -> None:
    permit = permit_of("CKRT418", starts_at=NOON - 60 * MINUTE, ends_at=NOON, valid_before=today(NOON) + DAY)
    assert str(ask(lot=make_lot()).verdict) == "expired"
    change_office(plate_grace_minutes=0)
    assert str(ask(lot=permit.lot).verdict) == "expired"


def test_permit_of_days_ends_at_midnight_of_the_office() -> None:
    permit = permit_of("CKRT418", lot=make_lot(name="Lot B"))
    midnight = start_of_day(permit.valid_before)
    assert ask(at=midnight - MINUTE).grace_until is None
    assert ask(at=midnight).grace_until == midnight + 15 * MINUTE
    assert said(ask(at=midnight + DAY)) == ("expired", "Its permit was valid through Nov. 30, 2026 in Lot B.")


def test_what_ended_long_ago_or_was_given_up_is_not_told() -> None:
    permit_of("CKRT418", state="cancelled")
    permit_of("BVLP902", valid_before=today(NOON) - 31 * DAY, valid_from=today(NOON) - 60 * DAY)
    assert [str(ask(plate).verdict) for plate in ("CKRT418", "BVLP902")] == ["unknown", "unknown"]


def test_held_place_that_nobody_paid_does_not_cover() -> None:
    permit_of("CKRT418", lot=make_lot(name="Lot B"), state="held", held_until=NOON + 10 * MINUTE)
    assert said(ask()) == ("unpaid", "A place in Lot B is held until 12:10 p.m., but not paid.")
    assert str(ask(at=NOON + 10 * MINUTE).verdict) == "unknown"


def test_suspended_permit_does_not_cover() -> None:
    permit_of("CKRT418", lot=make_lot(name="Lot B"), state="suspended")
    assert said(ask()) == ("suspended", "Its permit for Lot B is suspended.")


def test_permit_that_starts_later_says_when() -> None:
    lot = make_lot(name="Lot B")
    permit_of("CKRT418", lot=lot, valid_from=today(NOON) + DAY)
    assert said(ask()) == ("later", "Its permit is only valid from Nov. 22, 2026 on, in Lot B.")
    permit_of("BVLP902", lot=lot, starts_at=NOON + 30 * MINUTE, ends_at=NOON + 90 * MINUTE)
    assert said(ask("BVLP902")) == ("later", "Its permit is only valid from 12:30 p.m. on, in Lot B.")


def test_of_several_permits_the_most_telling_one_decides() -> None:
    lot, other = make_lot(), make_lot()
    order = [
        permit_of("CKRT418", lot=lot),
        permit_of("CKRT418", lot=lot, starts_at=NOON - DAY, ends_at=NOON, region="CA-QC"),
    ]
    states = [("held", lot), ("suspended", lot), ("active", other)]
    regions = ["CA-BC", "CA-AB", "CA-MB"]
    for (state, place), region in zip(states, regions, strict=True):
        order.append(permit_of("CKRT418", lot=place, state=state, region=region, held_until=NOON + DAY))
    found = []
    for permit in order:
        answer = ask(lot=lot)
        found.append((answer.permit, str(answer.verdict)))
        Permit.objects.filter(pk=permit.pk).update(state="cancelled")
    verdicts = ["covered", "covered", "unpaid", "suspended", "elsewhere"]
    assert found == list(zip(order, verdicts, strict=True))


def test_plate_is_covered_only_while_it_is_on_the_permit() -> None:
    permit = permit_of("CKRT418", lot=make_lot(name="Lot B"))
    start, end = start_of_day(today(NOON) + DAY), start_of_day(today(NOON) + 3 * DAY)
    car = make_vehicle(plate="COUR77")
    PermitVehicle.every.create(permit=permit, vehicle=car, from_at=start, until_at=end, courtesy=True)
    assert [said(ask("COUR77", at=at)) for at in (NOON, start, end, end + DAY)] == [
        ("later", "Its permit is only valid from Nov. 22, 2026 on, in Lot B."),
        ("covered", "Its permit is valid through Nov. 23, 2026 in Lot B."),
        (
            "covered",
            "Its permit was valid through Nov. 23, 2026 in Lot B. The grace time until 12:15 a.m. is not over.",
        ),
        ("expired", "Its permit was valid through Nov. 23, 2026 in Lot B."),
    ]
    PermitVehicle.every.filter(vehicle=car).update(until_at=start)
    assert str(ask("COUR77", at=NOON).verdict) == "unknown"


@pytest.mark.parametrize(("shared", "verdict"), [(True, "covered"), (False, "elsewhere")])
def test_permit_counts_in_its_lots_group_where_the_office_says_so(shared: bool, verdict: str) -> None:
    group = LotGroup.objects.create(name="North", shared=shared)
    permit_of("CKRT418", lot=make_lot(group=group))
    answer = ask(lot=make_lot(group=group))
    assert (str(answer.verdict), str(ask(lot=make_lot()).verdict)) == (verdict, "elsewhere")


def test_region_tells_vehicles_with_the_same_plate_apart() -> None:
    permit = permit_of("CKRT418", region="CA-QC")
    assert (ask(region="CA-QC").permit, ask().permit) == (permit, permit)
    answer = ask(region="CA-ON")
    assert (str(answer.verdict), [vehicle.region for vehicle in answer.alike]) == ("unknown", ["CA-QC"])


def test_plate_that_looks_alike_is_a_hint_and_no_match() -> None:
    permit_of("B0I8")
    answer = ask("8OIB")
    assert said(answer) == ("unknown", "No permit is known for this plate.")
    assert notes(answer) == {"look-alike": "A permit is known for B0I8 ON, which looks alike. Look at the plate again."}
    assert notes(ask("B0I9")) == {}


def test_two_plates_of_a_permit_seen_within_the_hour_are_pointed_out() -> None:
    lot = make_lot(name="Lot B", name_fr="Stationnement B")
    permit = permit_of("CKRT418", lot=lot)
    add_plate(permit, "BVLP902")
    record_check(ask("BVLP902", lot=lot, at=NOON - 78 * MINUTE))
    assert notes(ask()) == {}
    record_check(ask("BVLP902", lot=lot, at=NOON - 59 * MINUTE))
    assert notes(ask()) == {
        "other-plate": "Another plate of this permit was checked at 11:01 a.m. in Lot B. One may be parked at a time."
    }
    assert notes(ask("BVLP902")) == {}
    record_check(ask())
    assert PlateCheck.objects.filter(other_plate=True).count() == 1
    change_office(plate_other_minutes=0)
    assert notes(ask()) == {}


def test_check_takes_one_query_however_many_permits_there_are() -> None:
    permit_of("CKRT418")
    with settings_once():
        office()
        with queries(1):
            ask()
        for region in ("CA-QC", "CA-BC"):
            permit_of("CKRT418", region=region)
        with queries(1):
            ask()


def test_words_come_in_the_readers_language() -> None:
    permit_of("CKRT418", lot=make_lot(name="Lot B", name_fr="Stationnement B"))
    with override("fr"):
        assert "Stationnement B" in sentence(ask())


def test_log_keeps_what_was_said_and_old_plates_are_taken_out() -> None:
    officer, permit = make_user(is_staff=True), permit_of("CKRT418")
    for days in (29, 31):
        record_check(ask(lot=permit.lot, at=timezone.now() - days * DAY), by=officer)
    for _night in range(2):
        apply_retention(timezone.now())
    kept = PlateCheck.objects.order_by("-at").values_list("plate", "region", "permit", "lot", "by")
    assert list(kept) == [
        ("CKRT418", "CA-ON", permit.pk, permit.lot_id, officer.pk),
        ("", "", None, permit.lot_id, officer.pk),
    ]


def test_permits_for_one_lot_hold_in_another_but_not_the_other_way_round() -> None:
    black, red = make_lot(name="Black"), make_lot(name="Red")
    black.covers.create(also=red)
    permit_of("CKRT418", lot=black)
    permit_of("BVLP902", lot=red)
    assert said(ask(lot=red)) == ("covered", "Its permit is valid through Nov. 30, 2026 in Black.")
    assert str(ask("BVLP902", lot=black).verdict) == "elsewhere"


def test_permit_holds_only_at_the_times_of_its_type() -> None:
    permit = permit_of("CKRT418", lot=make_lot(name="Lot B"))
    PermitType.objects.filter(pk=permit.permit_type_id).update(valid_times="16:30-07:00")
    evening = "Its permit only holds at other times (every day, 4:30 p.m. to 7 a.m.), in Lot B."
    assert said(ask(lot=permit.lot)) == ("off_hours", evening)
    assert [str(ask(lot=permit.lot, at=NOON + n * 60 * MINUTE).verdict) for n in (5, 18, 19)] == [
        "covered",
        "covered",
        "off_hours",
    ]


def test_lot_may_need_no_permit_or_be_closed_to_everybody_at_some_times() -> None:
    lot = make_lot(free_times="12:00-18:00", closed_times="02:00-05:00")  # today is a Saturday
    permit_of("CKRT418", lot=lot)
    free, closed = ask("BVLP902", lot=lot), ask(lot=lot, at=NOON + 15 * 60 * MINUTE)
    assert (*said(free), free.covered) == ("free", "Until 6 p.m. no permit is needed here.", True)
    assert str(ask(lot=lot).verdict) == "covered"
    assert (free.until, closed.until) == (NOON + 6 * 60 * MINUTE, NOON + 17 * 60 * MINUTE)
    assert (*said(closed), closed.covered) == (
        "closed",
        "Until 5 a.m. nobody may park here, not even with a permit.",
        False,
    )
    assert [str(ask("BVLP902", **more).verdict) for more in ({"at": NOON}, {"lot": lot, "at": NOON - MINUTE})] == [
        "unknown",
        "unknown",
    ]


def test_free_times_may_leave_out_plates_with_unpaid_tickets() -> None:
    """Brock: no lot is free while something is owed."""
    lot = make_lot(free_times="12:00-18:00", free_without_debts=True)
    ticket = make_violation(make_vehicle(plate="BVLP902"))
    assert ask("BVLP901", lot=lot).covered
    owing = ask("BVLP902", lot=lot)
    assert (str(owing.verdict), owing.covered, list(notes(owing))) == ("unknown", False, ["unpaid-tickets"])
    assert ask("BVLP902", region="US-NY", lot=lot).covered  # the same letters of another state
    assert str(ask("BVLP902", lot=lot, at=NOON - MINUTE).verdict) == "unknown"
    assert notes(ask("BVLP902", lot=lot, at=NOON - MINUTE)) == {}
    Charge.objects.filter(kind="violation").update(blocked="under review")
    assert ask("BVLP902", lot=lot).covered
    Charge.objects.filter(kind="violation").update(blocked="")
    promise = make_payment(make_checkout([ticket.charge]), state="promised")
    assert ask("BVLP902", lot=lot).covered
    Payment.objects.filter(pk=promise.pk).update(state="cancelled")
    assert not ask("BVLP902", lot=lot).covered
    Violation.objects.filter(pk=ticket.pk).update(state="paid")
    with settings_once():
        office()
        with queries(2):
            assert ask("BVLP902", lot=lot).covered
    covered = permit_of("BVLP903", lot=lot)
    make_violation(covered.vehicles.get())
    assert str(ask("BVLP903", lot=lot).verdict) == "covered"
