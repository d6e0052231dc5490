"""Sales windows that sell to some user types alone: each group has its own days and prices in one lot."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.test import Client
from django.utils import timezone

from accounts.models import User, UserType
from opscom.lib.dates import Period, today
from permits.errors import PermitRefused
from permits.models import Lot, Permit, SalesWindow
from permits.services.exchangeable import windows_open_to
from permits.services.offers import list_offers
from permits.services.reserve import reserve_permit
from permits.services.standing import explain_sale
from permits.services.waitlists.offering import offer_places
from permits.services.waitlists.places import kept_for_queue, list_places, places_left
from tests.factories import (
    make_entry,
    make_lot,
    make_permit,
    make_user,
    make_user_type,
    make_vehicle,
    make_waitlist,
    make_window,
)

pytestmark = pytest.mark.django_db
NOW = timezone.now()
LATER = today(NOW) + timedelta(days=400)


@pytest.fixture
def student() -> UserType:
    return make_user_type()


@pytest.fixture
def staff() -> UserType:
    return make_user_type()


@pytest.fixture
def windows(student: UserType, staff: UserType) -> dict[str, SalesWindow]:
    """Staff buy now for 90.00, students from tomorrow on for 60.00, in one lot of one place."""
    lot = make_lot(spaces=1)
    for_staff = make_window(lot, price="90.00")
    for_students = make_window(lot, price="60.00", sale_starts=NOW + timedelta(days=1))
    for_staff.user_types.add(staff)
    for_students.user_types.add(student)
    return {"staff": for_staff, "student": for_students}


def a(user_type: UserType | None) -> User:
    user = make_user(user_type=user_type, permit_disclaimer_at=NOW)
    make_vehicle(user)
    return user


def offered(user: User, **asked: object) -> list[Decimal]:
    return [offer.price for card in list_offers(user, **asked) for offer in card.offers]  # type: ignore[arg-type]


def test_each_group_is_offered_its_own_window_and_told_its_own_day(
    windows: dict[str, SalesWindow], student: UserType, staff: UserType
) -> None:
    later = NOW + timedelta(days=2)
    assert (offered(a(staff)), offered(a(student)), offered(a(None))) == ([Decimal(90)], [], [])
    assert (offered(a(staff), at=later), offered(a(student), at=later)) == ([Decimal(90)], [Decimal(60)])
    opens = [card.next_sale for user in (a(staff), a(student)) for card in list_offers(user)]
    assert opens == [None, windows["student"].sale_starts]


def test_a_window_for_others_sells_nothing_to_whoever_has_its_address(
    client: Client, windows: dict[str, SalesWindow], student: UserType, staff: UserType
) -> None:
    user = a(student)
    vehicle = user.vehicle_links.get().vehicle
    with pytest.raises(PermitRefused) as refused:
        reserve_permit(user, window=windows["staff"], vehicles=[vehicle])
    assert (refused.value.code, Permit.objects.count()) == ("not-your-window", 0)
    client.force_login(user)
    answer = client.post(f"/permits/reserve/{windows['staff'].code}/", {"vehicles": vehicle.pk})
    assert (answer.status_code, Permit.objects.count()) == (302, 0)
    assert make_permit(a(staff), windows["staff"]).charge.amount == Decimal(90)


def test_the_office_reads_why_a_window_does_not_sell(windows: dict[str, SalesWindow], student: UserType) -> None:
    sold = explain_sale(a(student), windows["staff"].permit_type.lot).sold
    assert [[reason.code for reason in row.reasons] for row in sold] == [["not-your-window"], ["not-yet"]]
    assert sold[0].reasons[0].office_page == "admin:permits_saleswindow_change"


def test_a_permit_is_exchanged_only_within_windows_of_the_own_type(
    windows: dict[str, SalesWindow], student: UserType, staff: UserType
) -> None:
    own = {kind: set(windows_open_to(a(user_type))) for kind, user_type in [("student", student), ("staff", staff)]}
    assert own == {"student": {windows["student"]}, "staff": {windows["staff"]}}


def test_who_waits_for_another_window_holds_no_place_back(
    windows: dict[str, SalesWindow], student: UserType, staff: UserType
) -> None:
    """Residents until a day, then commuters: those who wait for their own sale leave the others' to them."""
    waitlist = make_waitlist(windows["staff"])
    entry = make_entry(waitlist, a(student))
    queued = {place.window.pk: place.window.queued for place in list_places(waitlist, NOW)}  # type: ignore[attr-defined]
    assert queued == {windows["staff"].pk: 0, windows["student"].pk: 1}
    assert offer_places(waitlist) == 0
    assert (places_left(waitlist, a(staff), NOW), places_left(waitlist, a(student), NOW)) == (windows["staff"], None)
    SalesWindow.objects.filter(pk=windows["student"].pk).update(sale_starts=NOW - timedelta(days=1))
    assert offer_places(waitlist) == 1
    entry.refresh_from_db()
    assert entry.state == "offered"


def test_who_waits_for_places_on_sale_to_both_groups_comes_first(
    windows: dict[str, SalesWindow], student: UserType, staff: UserType
) -> None:
    """The queue is of the place, whichever window it is then bought in; staff make this list's offers by hand."""
    SalesWindow.objects.filter(pk=windows["student"].pk).update(sale_starts=NOW - timedelta(days=1))
    entry = make_entry(make_waitlist(windows["staff"], automatic=False), a(student))
    buyer = a(staff)
    with pytest.raises(PermitRefused) as refused:
        reserve_permit(buyer, window=windows["staff"], vehicles=[buyer.vehicle_links.get().vehicle])
    assert refused.value.code == "queue"
    assert places_left(entry.waitlist, buyer, NOW) is None
    SalesWindow.objects.filter(pk=windows["student"].pk).update(valid_from=F("valid_before"), valid_before=LATER)
    assert places_left(entry.waitlist, buyer, NOW) == windows["staff"]  # the student waits for other days
    make_permit(buyer, windows["staff"])


def test_an_hour_takes_no_place_that_either_group_waits_for(
    windows: dict[str, SalesWindow], student: UserType, staff: UserType
) -> None:
    lot = windows["staff"].permit_type.lot
    Lot.objects.filter(pk=lot.pk).update(spaces=3)
    SalesWindow.objects.filter(pk=windows["student"].pk).update(sale_starts=NOW - timedelta(days=1))
    waitlist = make_waitlist(windows["staff"], automatic=False)
    for user_type in (student, staff):
        make_entry(waitlist, a(user_type))
    lot.refresh_from_db()
    assert kept_for_queue(lot, Period(today(NOW), today(NOW) + timedelta(days=1)), NOW) == 2
