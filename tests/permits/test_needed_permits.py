"""Permits that are sold only beside another one: charging with a place in the red or yellow zone."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.states import change_state
from permits.errors import PermitRefused
from permits.models import LotGroup, Permit, SalesWindow
from permits.services.activation import activate_permit
from permits.services.needed_permits import refuse_without_other
from permits.services.offers import find_offer
from permits.services.reserve import reserve_permit
from permits.services.standing import explain_sale
from permits.services.waitlists.offering import offer_places
from tests.factories import make_entry, make_lot, make_permit, make_user, make_vehicle, make_waitlist, make_window

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


@pytest.fixture
def zones() -> LotGroup:
    return LotGroup.objects.create(name="Red and yellow")


@pytest.fixture
def red(zones: LotGroup) -> SalesWindow:
    return make_window(make_lot(name="Red", group=zones), price="88.00")


@pytest.fixture
def green(zones: LotGroup) -> SalesWindow:
    window = make_window(make_lot(name="Green", spaces=1), price="20.00")
    window.permit_type.needs_group = zones
    window.permit_type.save()
    return window


def paid(user: User, window: SalesWindow) -> Permit:
    permit = make_permit(user, window)
    activate_permit(permit, at=timezone.now())
    return permit


def try_green(user: User, green: SalesWindow) -> str:
    """What comes of wanting one, for a second car: its state, or the word of the refusal."""
    try:
        return str(reserve_permit(user, window=green, vehicles=[make_vehicle(user)]).state)
    except PermitRefused as refusal:
        return refusal.code


def test_only_who_has_paid_the_other_permit_gets_one(red: SalesWindow, green: SalesWindow) -> None:
    without, held, has = make_user(), make_user(), make_user()
    make_permit(held, red)
    paid(has, red)
    assert [try_green(user, green) for user in (without, held, has)] == ["needs-other", "needs-other", "held"]
    assert Permit.objects.get(holder=has, permit_type=green.permit_type).charge.amount == Decimal(20)


def test_the_other_one_holds_on_the_first_day(red: SalesWindow, green: SalesWindow, resident: User) -> None:
    permit = paid(resident, red)
    ends = permit.valid_before
    first, last = permit.valid_from, ends - DAY
    for day in (first, last):
        refuse_without_other(resident, green.permit_type, day=day)
    for day in (first - DAY, ends):
        with pytest.raises(PermitRefused):
            refuse_without_other(resident, green.permit_type, day=day)
    Permit.objects.filter(pk=permit.pk).update(rollover=True)
    refuse_without_other(resident, green.permit_type, day=ends)
    with pytest.raises(PermitRefused):
        refuse_without_other(resident, green.permit_type, day=ends + DAY)


def test_neither_one_of_its_own_nor_one_that_ended_counts(
    zones: LotGroup, red: SalesWindow, green: SalesWindow, resident: User
) -> None:
    permit = paid(resident, red)
    change_state(permit, "cancel", reason="moved")
    assert try_green(resident, green) == "needs-other"
    green.permit_type.lot.group = zones
    green.permit_type.lot.save()
    green.permit_type.needs_group = None
    green.permit_type.save()
    paid(resident, green)
    green.permit_type.needs_group = zones
    green.permit_type.save()
    with pytest.raises(PermitRefused):
        refuse_without_other(resident, green.permit_type, day=today())


def test_it_is_not_exchanged_for_the_very_permit_that_it_needs(
    red: SalesWindow, green: SalesWindow, resident: User
) -> None:
    permit = paid(resident, red)
    refuse_without_other(resident, green.permit_type, day=today())
    with pytest.raises(PermitRefused) as refused:
        refuse_without_other(resident, green.permit_type, day=today(), apart_from=permit)
    assert refused.value.code == "needs-other"
    assert str(refused.value).startswith("This permit is sold only with a paid permit for Red and yellow")


def test_buyer_and_office_read_it(client: Client, red: SalesWindow, green: SalesWindow, resident: User) -> None:
    make_vehicle(resident)
    User.objects.filter(pk=resident.pk).update(permit_disclaimer_at=timezone.now())
    client.force_login(resident)
    page = client.get(f"/permits/reserve/{green.code}/").content.decode()
    assert "It is sold only with a paid permit for Red and yellow." in page
    (sold,) = explain_sale(resident, green.permit_type.lot).sold
    assert [reason.code for reason in sold.reasons] == ["needs-other"]
    paid(resident, red)
    (sold,) = explain_sale(resident, green.permit_type.lot).sold
    assert "needs-other" not in [reason.code for reason in sold.reasons]


def test_who_could_not_take_it_holds_no_place_back(red: SalesWindow, green: SalesWindow, resident: User) -> None:
    waitlist = make_waitlist(green)
    entry = make_entry(waitlist, make_user())
    paid(resident, red)
    offer = find_offer(resident, green)
    assert offer is not None
    assert (offer.queued, offer_places(waitlist)) == (0, 0)
    paid(entry.user, red)
    offer = find_offer(resident, green)
    assert offer is not None
    assert (offer.queued, offer_places(waitlist)) == (1, 1)
