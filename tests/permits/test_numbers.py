"""Numbers from stock: laid in, given out, lost, and given out again next year."""

from datetime import UTC, datetime, timedelta

import pytest
from django.db import IntegrityError, connection, transaction
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.dates import Period, today
from payments.payables import payable_for
from permits.capacity import Occupancy, occupancies, occupancy
from permits.errors import LotFull, PermitRefused
from permits.models import Lot, Permit, PermitCopy, PermitNumber, PermitType, Reprint, SalesWindow
from permits.services.numbers import (
    add_numbers,
    change_condition,
    free_numbers,
    holders_of,
    listed_numbers,
    number_range,
    replace_number,
)
from permits.services.offers import find_offer
from permits.services.printing import report_lost
from permits.services.renewal import open_term
from permits.services.reserve import release_lapsed_holds, reserve_permit
from tests.factories import make_permit, make_user, make_window
from tests.permits.test_rollover import rolling

NOON = datetime(2026, 11, 21, 17, tzinfo=UTC)  # noon in Toronto
HOUR, DAY = timedelta(hours=1), timedelta(days=1)
pytestmark = pytest.mark.django_db


def numbered(*numbers: str, lot: Lot | None = None, **window: object) -> SalesWindow:
    """A window of a type that has these numbers."""
    made = make_window(lot, **window)  # type: ignore[arg-type]
    made.permit_type.numbered = True
    made.permit_type.save()
    add_numbers(made.permit_type, numbers)
    return made


def days(first: int, before: int) -> Period:
    return Period(today() + first * DAY, today() + before * DAY)


def test_range_pads_and_surrounds() -> None:
    assert number_range(prefix="H-", first=9, last=11, width=3, postfix="-N") == ["H-009-N", "H-010-N", "H-011-N"]


@pytest.mark.parametrize(
    ("first", "last", "prefix", "code"),
    [(2, 1, "", "backward"), (1, 10_001, "", "too-many"), (1, 2, "a prefix of 20 letters", "too-long")],
)
def test_range_that_cannot_be_is_refused(first: int, last: int, prefix: str, code: str) -> None:
    with pytest.raises(PermitRefused) as refused:
        number_range(prefix=prefix, first=first, last=last)
    assert refused.value.code == code


def test_ten_thousand_at_once_are_allowed_and_ten_known_ones_stay() -> None:
    window = numbered(*number_range(prefix="", first=1, last=10))
    assert len(add_numbers(window.permit_type, number_range(prefix="", first=1, last=10_000))) == 9_990
    assert window.permit_type.numbers.count() == 10_000


def test_list_is_one_number_a_line_each_once() -> None:
    assert listed_numbers(" A7\r\n\nB 2\nA7\n") == ["A7", "B 2"]


def test_sale_takes_the_lowest_number_and_ends_with_the_last() -> None:
    window = numbered("10", "9", "100")
    assert [make_permit(window=window).number for _ in range(3)] == ["9", "10", "100"]
    with pytest.raises(LotFull):
        make_permit(window=window)
    assert occupancy(window.permit_type, days(0, 30)) == Occupancy(3, 3, "numbers")


@pytest.mark.parametrize("condition", ["lost", "stolen", "archived"])
def test_only_good_numbers_are_sold_and_counted(staff: User, condition: str) -> None:
    window = numbered("1", "2")
    number = PermitNumber.objects.get(number="1")
    assert change_condition(number, condition=condition, by=staff) == []
    assert occupancy(window.permit_type, days(0, 30)) == Occupancy(1, 0, "numbers")
    assert make_permit(window=window).number == "2"
    change_condition(number, condition="good", by=staff)
    assert make_permit(window=window).number == "1"


def test_number_is_sold_again_next_year() -> None:
    first = numbered("7")
    later = make_window(first.permit_type.lot, valid_from=today() + 30 * DAY, valid_before=today() + 60 * DAY)
    assert [make_permit(window=window).number for window in (first, later)] == ["7", "7"]
    assert occupancy(first.permit_type, days(0, 60)).free == 0


def test_renewal_keeps_its_number(resident: User) -> None:
    first = numbered("1", "2")
    other, permit = make_permit(window=first), make_permit(resident, first)
    Permit.objects.filter(pk=other.pk).update(state="cancelled")
    Permit.objects.filter(pk=permit.pk).update(state="active")
    later = make_window(
        first.permit_type.lot, valid_from=first.valid_before, valid_before=first.valid_before + 30 * DAY
    )
    next_one = reserve_permit(resident, window=later, vehicles=list(permit.vehicles.all()), renews=permit)
    assert (permit.number, next_one.number, make_permit(window=later).number) == ("2", "2", "1")


def test_number_must_be_free_for_the_whole_time() -> None:
    """Two permits one after the other use one number each here, though never two at once: none is free for both months."""
    first = numbered("1", "2")
    lot = first.permit_type.lot
    later = make_window(lot, valid_from=today() + 30 * DAY, valid_before=today() + 60 * DAY)
    make_permit(window=first)
    make_permit(window=first)
    Permit.objects.filter(number="2").update(state="cancelled")
    make_permit(window=later)
    Permit.objects.filter(window=later).update(number="2", stock=PermitNumber.objects.get(number="2"))
    assert occupancy(lot, days(0, 60)).taken == 1
    assert occupancy(first.permit_type, days(0, 60)) == Occupancy(2, 2, "numbers")
    assert list(free_numbers(first.permit_type, days(0, 60))) == []


def test_what_the_page_offers_counts_numbers_in_the_same_query(
    resident: User, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    windows = [numbered("1", "2"), numbered("1"), make_window()]
    make_permit(window=windows[0])
    make_permit(window=windows[1], at=timezone.now() - HOUR)  # lapsed
    asked = [(window.permit_type, days(0, 30)) for window in windows]
    with django_assert_num_queries(1):
        shown = occupancies(asked, timezone.now())
    assert [shown[pair] for pair in asked] == [Occupancy(2, 1, "numbers"), Occupancy(1, 0, "numbers"), Occupancy(10, 0)]
    offer = find_offer(resident, windows[0])
    assert offer is not None
    assert offer.occupancy.free == 1


def test_numbers_by_the_hour() -> None:
    window = numbered("1", "2")
    kind = window.permit_type
    permit = make_permit(window=window, at=NOON)
    Permit.objects.filter(pk=permit.pk).update(starts_at=NOON, ends_at=NOON + HOUR)
    taken = [occupancy(kind, Period(NOON + hours * HOUR, NOON + (hours + 2) * HOUR)).taken for hours in (-2, -1, 0, 1)]
    assert taken == [0, 1, 1, 0]


def test_lost_number_names_its_holder_who_gets_another(staff: User) -> None:
    window = numbered("1", "2", "3")
    permit = make_permit(window=window)
    number = PermitNumber.objects.get(number="1")
    assert change_condition(number, condition="lost", note="On the bus", by=staff) == [permit]
    assert replace_number(permit, reason="lost on the bus", condition="lost", by=staff).number == "2"
    permit.refresh_from_db()
    number.refresh_from_db()
    assert (permit.number, permit.stock, number.condition, number.note, holders_of(number)) == (
        "2",
        PermitNumber.objects.get(number="2"),
        "lost",
        "On the bus",
        [],
    )
    assert [(event.reason, event.by) for event in permit.events.all()][1:] == [
        ("number 1: lost", staff),
        ("number 1 → 2: lost on the bus", staff),
    ]
    assert replace_number(
        permit, reason="wanted", number=PermitNumber.objects.get(number="3"), by=staff
    ).number == "3"  # fmt: skip
    assert make_permit(window=window).number == "2"


@pytest.mark.parametrize(
    ("numbers", "after", "event"), [("12", "2", "number 1 → 2: stolen"), ("1", "1", "number 1: stolen")]
)
def test_report_of_lost_paper_takes_its_number_out_of_the_stock(
    resident: User, numbers: str, after: str, event: str
) -> None:
    permit = make_permit(resident, numbered(*numbers))
    Permit.objects.update(state="active")
    PermitCopy.objects.create(permit=permit, number=1, layout="hang_tag", language="en", shows="")
    report_lost(permit, kind=Reprint.Kind.STOLEN, by=resident)
    permit.refresh_from_db()
    assert (permit.number, PermitNumber.objects.get(number="1").condition) == (after, "stolen")
    assert [(made.reason, made.by) for made in permit.events.all()][1:] == [(event, resident)]


def test_number_in_somebodys_hands_is_neither_archived_nor_given_away(staff: User) -> None:
    window = numbered("1", "2")
    first, second = make_permit(window=window), make_permit(window=window)
    with pytest.raises(PermitRefused) as archived:
        change_condition(PermitNumber.objects.get(number="1"), condition="archived", by=staff)
    with pytest.raises(PermitRefused) as taken:
        replace_number(second, reason="wanted", number=first.stock, by=staff)
    with pytest.raises(PermitRefused) as running:
        replace_number(make_permit(), reason="wanted", by=staff)
    assert [refused.value.code for refused in (archived, taken, running)] == ["in-use", "number-taken", "no-stock"]


def test_late_money_takes_another_number_where_the_first_is_given_away() -> None:
    window = numbered("1", "2")
    late = make_permit(window=window, at=timezone.now() - HOUR)
    assert release_lapsed_holds() == 1
    assert make_permit(window=window).number == "1"
    assert payable_for(late.charge).recover(late.charge, timezone.now()) is True
    late.refresh_from_db()
    assert (late.number, late.state) == ("2", "held")
    assert late.charge.description.startswith("Permit 2,")


def test_permit_that_renews_itself_keeps_its_number(vault: object) -> None:
    permit = rolling()
    add_numbers(permit.permit_type, ["1"])
    PermitType.objects.filter(pk=permit.permit_type_id).update(numbered=True)
    Permit.objects.filter(pk=permit.pk).update(stock=PermitNumber.objects.get(), number="1")
    permit_type = PermitType.objects.select_related("lot").get(pk=permit.permit_type_id)
    assert occupancy(permit_type, days(200, 230)).free == 0
    assert open_term(permit.pk, at=timezone.now()).state == "due"


@pytest.mark.skipif(connection.vendor != "postgresql", reason="SQLite has no exclusion constraints")
def test_database_gives_a_number_to_one_permit_at_a_time() -> None:
    window = numbered("1", "2")
    first, second = make_permit(window=window), make_permit(window=window)
    with pytest.raises(IntegrityError, match="permit_stock_once"), transaction.atomic():
        Permit.objects.filter(pk=second.pk).update(stock=first.stock)
    Permit.objects.filter(pk=first.pk).update(state="cancelled")
    Permit.objects.filter(pk=second.pk).update(stock=first.stock)


def test_same_running_number_stays_impossible(resident_client: Client) -> None:
    permit, other = make_permit(), make_permit(make_user())
    with pytest.raises(IntegrityError), transaction.atomic():
        Permit.objects.filter(pk=other.pk).update(number=permit.number)
