"""How many permits a person may hold at once."""

from datetime import timedelta

import pytest
from django.test import Client
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import today
from permits.errors import PermitRefused
from permits.models import Lot, LotGroup, Permit, SalesWindow
from permits.services.offers import find_offer
from permits.services.reserve import release_lapsed_holds, reserve_permit
from tests.factories import change_office, make_lot, make_permit, make_user, make_vehicle, make_window

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


def several(window: SalesWindow, most: int) -> SalesWindow:
    window.permit_type.per_window = most
    window.permit_type.save()
    return window


def refusal(user: User, window: SalesWindow) -> tuple[str, str]:
    with pytest.raises(PermitRefused) as refused:
        reserve_permit(user, window=window, vehicles=[make_vehicle(user)])
    return refused.value.code, str(refused.value)


def test_one_permit_of_a_window_unless_the_office_sells_more(resident: User) -> None:
    window = make_window()
    first = make_permit(resident, window)
    assert reserve_permit(resident, window=window, vehicles=[make_vehicle(resident)]) == first
    several(window, 2)
    second = reserve_permit(resident, window=window, vehicles=[make_vehicle(resident)])
    assert second != first
    words = f"The office sells a person 2 permits for this time. You have {first.number}, {first.lot.name}, until "
    code, said = refusal(resident, window)
    assert (code, said.startswith(words)) == ("one-too-many", True)


def test_second_click_for_the_same_plates_is_the_same_permit(resident: User) -> None:
    window = several(make_window(), 2)
    plates = [make_vehicle(resident), make_vehicle(resident)]
    first, again = (reserve_permit(resident, window=window, vehicles=plates) for _ in range(2))
    assert (again, Permit.objects.count()) == (first, 1)


def test_card_offers_another_until_the_last(resident: User, resident_client: Client) -> None:
    window = several(make_window(), 2)
    shown = []
    for _ in range(3):
        offer = find_offer(resident, window)
        assert offer is not None
        shown.append((offer.another, offer.permit is not None))
        if offer.another:
            reserve_permit(resident, window=window, vehicles=[make_vehicle(resident)])
    assert shown == [(True, False), (True, True), (False, True)]


@pytest.mark.parametrize("limit", ["lot", "group", "office"])
@pytest.mark.parametrize("most", [1, 2])
def test_at_a_time_in_a_lot_a_group_and_in_all(resident: User, limit: str, most: int) -> None:
    group = LotGroup.objects.create(name="North")
    lot, beside, elsewhere = make_lot(group=group), make_lot(group=group), make_lot()
    if limit == "office":
        change_office(permits_per_person=most)
    else:
        (Lot if limit == "lot" else LotGroup).objects.update(per_person=most)
    here = {"lot": [lot] * 3, "group": [lot, beside, beside], "office": [lot, beside, elsewhere]}[limit]
    first = [make_permit(resident, make_window(place)) for place in here[:most]]
    words = {
        "lot": "in this lot at a time.",
        "group": "in this group of lots at a time.",
        "office": "at a time.",
    }[limit]
    code, said = refusal(resident, make_window(here[most]))
    n = "1 permit" if most == 1 else "2 permits"
    assert (code, said.startswith(f"A person may hold {n} {words} You have {first[0].number}, ")) == (
        "one-too-many",
        True,
    )
    after = make_window(here[most], valid_from=today() + 40 * DAY, valid_before=today() + 50 * DAY)
    reserve_permit(resident, window=after, vehicles=[make_vehicle(resident)])
    make_permit(make_user(), make_window(here[most]))
    if limit != "office":
        reserve_permit(resident, window=make_window(elsewhere), vehicles=[make_vehicle(resident)])


def test_what_is_given_back_does_not_count(resident: User) -> None:
    change_office(permits_per_person=1)
    make_permit(resident, make_window(), at=timezone.now() - timedelta(hours=1))
    assert release_lapsed_holds() == 1
    make_permit(resident, make_window())
