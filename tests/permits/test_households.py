"""The second permit of a household, and what it costs."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import today
from payments.payables import payable_for
from permits.errors import PermitRefused
from permits.models import Household, HouseholdMember, HouseholdStep, LotGroup, Permit, PermitType, SalesWindow
from permits.services.offers import find_offer
from permits.services.renewal import renewal_price
from permits.services.reserve import reserve_permit
from tests.factories import make_address, make_lot, make_permit, make_user, make_vehicle, make_window

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def stepped(window: SalesWindow | None = None, *, counts: str = "type", **fields: object) -> SalesWindow:
    """A window for $100 of which the second permit costs half as much again, and the third and later ones $200."""
    window = window or make_window(price="100.00")
    PermitType.objects.filter(pk=window.permit_type_id).update(household_counts=counts, **fields)
    window.permit_type.refresh_from_db()
    HouseholdStep.objects.create(permit_type=window.permit_type, step=2, percent=Decimal(150))
    HouseholdStep.objects.create(permit_type=window.permit_type, step=3, amount=Decimal("200.00"))
    return window


def at_home(line1: str = "17 Trent Lane", **address: str) -> User:
    user = make_user()
    make_address(user, line1=line1, **address)
    return user


def sold(window: SalesWindow, user: User) -> tuple[int | None, Decimal]:
    permit = reserve_permit(user, window=window, vehicles=[make_vehicle(user)])
    return permit.step, permit.charge.amount


def test_each_permit_of_an_address_costs_its_step_and_says_why() -> None:
    window = stepped()
    people = [at_home(), at_home("17  trent lane."), at_home("17 TRENT LANE"), at_home()]
    assert [sold(window, user) for user in people] == [
        (1, Decimal("100.00")),
        (2, Decimal("150.00")),
        (3, Decimal("200.00")),
        (4, Decimal("200.00")),
    ]
    assert [permit.price_note for permit in Permit.objects.order_by("pk")] == [
        "permit 1 of your household, by the home address",
        "permit 2 of your household, by the home address: 150% of the price; the whole price is $100.00",
        "permit 3 of your household, by the home address: $200.00; the whole price is $100.00",
        "permit 4 of your household, by the home address: $200.00; the whole price is $100.00",
    ]


def test_what_is_shown_is_what_is_owed_in_one_further_query(django_assert_num_queries: object) -> None:
    window, user = stepped(), at_home()
    make_permit(at_home(), window)
    with django_assert_num_queries(4):  # type: ignore[operator] # windows, steps, places, taxes
        offer = find_offer(user, window)
    assert offer is not None
    assert (offer.price, offer.price) == (Decimal("150.00"), sold(window, user)[1])


@pytest.mark.parametrize("change", ["other flat", "no address", "over", "given back", "mailing address"])
def test_who_does_not_live_there_or_has_no_permit_now_does_not_count(change: str) -> None:
    window, first = stepped(), at_home()
    permit = make_permit(first, window)
    user = at_home(line2="Unit 2") if change == "other flat" else make_user() if change == "no address" else at_home()
    if change == "over":
        Permit.objects.filter(pk=permit.pk).update(valid_from=today() - DAY, valid_before=today())
    if change == "given back":
        Permit.objects.filter(pk=permit.pk).update(state="released")
    if change == "mailing address":
        first.addresses.update(kind="mailing")
    assert sold(window, user) == (1, Decimal("100.00"))


def test_household_that_the_office_sets_goes_before_the_address() -> None:
    window, household = stepped(), Household.objects.create(name="Flat 4")
    together = [at_home("1 First Street"), at_home("2 Second Street")]
    for user in together:
        HouseholdMember.objects.create(household=household, user=user)
    neighbour = at_home("1 First Street")
    assert [sold(window, user)[0] for user in (*together, neighbour)] == [1, 2, 1]
    assert "as the office has set it" in Permit.objects.order_by("pk")[1].price_note


@pytest.mark.parametrize(
    ("counts", "steps"), [("type", [1, 1, 1]), ("lot", [2, 1, 1]), ("group", [2, 2, 1]), ("all", [2, 2, 2])]
)
def test_what_counts_beside_it_is_the_offices_choice(counts: str, steps: list[int]) -> None:
    group = LotGroup.objects.create(name="North")
    lot, beside, elsewhere = (
        make_lot(group=group),
        make_lot(group=group),
        make_lot(group=LotGroup.objects.create(name="S")),
    )
    found = []
    for place in (lot, beside, elsewhere):
        Permit.objects.update(state="cancelled")
        make_permit(at_home(), make_window(place))
        kind = PermitType.objects.create(lot=lot, name="Second", prefix=f"S{place.pk}")
        window = make_window(make_lot(), price="100.00")
        SalesWindow.objects.filter(pk=window.pk).update(permit_type=kind)
        window.refresh_from_db()
        found.append(sold(stepped(window, counts=counts), at_home())[0])
    assert found == steps


def test_own_permits_count_and_the_step_comes_before_proration() -> None:
    window = stepped(per_window=2, proration="day")
    SalesWindow.objects.filter(pk=window.pk).update(valid_from=today() - 30 * DAY, valid_before=today() + 30 * DAY)
    user = at_home()
    window.refresh_from_db()
    assert [sold(window, user) for _ in range(2)] == [(1, Decimal("50.00")), (2, Decimal("75.00"))]


def test_most_of_a_household_is_said_without_naming_anybody() -> None:
    window = stepped(household_most=1)
    make_permit(at_home(), window)
    user = at_home()
    with pytest.raises(PermitRefused) as refused:
        reserve_permit(user, window=window, vehicles=[make_vehicle(user)])
    assert (refused.value.code, str(refused.value)) == (
        "household-full",
        "Your household has 1 permit already, the most that the office gives it here.",
    )


def test_renewal_keeps_the_step_of_its_permit() -> None:
    window = stepped()
    first, second = make_permit(at_home(), window), make_permit(at_home(), window)
    payable_for(second.charge).on_settled(second.charge, timezone.now())
    Permit.objects.filter(pk=first.pk).update(state="cancelled")
    assert renewal_price(second, today()) == Decimal("150.00")


def test_step_is_an_amount_or_a_percentage() -> None:
    window = stepped()
    for wrong in ({}, {"amount": "1.00", "percent": "50.00"}):
        with pytest.raises(IntegrityError), transaction.atomic():
            HouseholdStep.objects.create(permit_type=window.permit_type, step=9, **wrong)
