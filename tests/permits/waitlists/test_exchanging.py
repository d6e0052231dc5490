"""Sales beside a queue: an exchange and a permit by the hour leave people who wait their places, and who wins a better choice
exchanges the first one for it."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import Period, today
from permits.errors import LotFull, PermitRefused
from permits.models import Permit, SalesWindow, WaitlistEntry, WaitlistOffer
from permits.services.cancel import cancel_permit
from permits.services.exchange import exchange_permit, quote_exchange
from permits.services.reserve import release_lapsed_holds
from permits.services.standing import explain_sale
from permits.services.temporary import check_availability
from permits.services.waitlists.places import kept_for_queue
from tests.factories import (
    change_office,
    make_entry,
    make_lot,
    make_offer,
    make_permit,
    make_temporary,
    make_temporary_type,
    make_user,
    make_vehicle,
    make_waitlist,
    make_window,
)
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card

dec = Decimal


@pytest.fixture
def permit(bank: Books, resident: User) -> Permit:
    """Paid $60 by card for 30 days, half of which are over: $30 count."""
    make_vehicle(resident, plate="CKRT418")
    resident.permit_disclaimer_at = timezone.now()
    resident.save()
    day = today()
    window = make_window(price="60.00", valid_from=day - timedelta(days=14), valid_before=day + timedelta(days=16))
    permit = make_permit(resident, window)
    Permit.objects.filter(pk=permit.pk).update(valid_from=window.valid_from)
    paid_by_card([permit.charge], resident)
    return again(permit)


def again(permit: Permit) -> Permit:
    return Permit.objects.select_related("charge", "holder").get(pk=permit.pk)


def states(offer: WaitlistOffer) -> tuple[str, str]:
    return WaitlistOffer.objects.values_list("state", "entry__state").get(pk=offer.pk)


def hour(at: datetime, hours: int = 2) -> Period:
    start = at.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    return Period(start, start + timedelta(hours=hours))


def test_exchange_leaves_the_places_of_those_who_wait(resident_client: Client, permit: Permit) -> None:
    window = make_window(make_lot(spaces=1), price="30.00")
    make_entry(make_waitlist(window))
    with pytest.raises(LotFull):
        exchange_permit(permit, window=window, expected=dec(0), by=permit.holder)
    assert (
        window.permit_type.lot.name
        not in resident_client.get(reverse("permits:exchange", args=[permit.code])).content.decode()
    )
    WaitlistEntry.objects.update(passed_over=True)
    assert exchange_permit(permit, window=window, expected=dec(0), by=permit.holder).state == "active"


def test_exchange_takes_the_place_that_a_waitlist_offers(resident_client: Client, permit: Permit) -> None:
    window = make_window(make_lot(spaces=1, name="Green zone"), price="75.00")
    offer = make_offer(window, permit.holder)
    page = resident_client.get(reverse("waitlists:accept", args=[offer.code])).content.decode()
    confirm = reverse("permits:exchange_confirm", args=[permit.code, window.code])
    assert (f'href="{confirm}"' in page, "Or keep it, and take this place as well" in page) == (True, True)
    answer = resident_client.post(confirm, {"difference": "45.00"})
    assert answer.headers["Location"] == reverse("payments:list")
    assert states(offer) == ("accepted", "offered")
    new = again(Permit.objects.get(replaces=permit))
    paid_by_card([new.charge], permit.holder)
    assert (again(new).state, again(permit).state, states(offer)) == ("active", "cancelled", ("taken", "taken"))


def test_exchange_for_an_offer_in_the_same_lot_and_of_no_difference_is_done_at_once(permit: Permit) -> None:
    lot = permit.lot
    lot.spaces = 2
    lot.save()
    better = make_window(price="30.00")
    better.permit_type.lot = lot
    better.permit_type.save()
    offer = make_offer(better, permit.holder)
    assert exchange_permit(permit, window=better, expected=dec(0), by=permit.holder).state == "active"
    assert states(offer) == ("taken", "taken")


@pytest.mark.parametrize("way", ["lapses", "is cancelled"])
def test_exchange_that_is_not_paid_loses_the_offer_and_keeps_the_permit(permit: Permit, way: str) -> None:
    window = make_window(make_lot(spaces=1), price="75.00")
    offer = make_offer(window, permit.holder)
    new = exchange_permit(permit, window=window, expected=dec("45.00"), by=permit.holder)
    if way == "lapses":
        release_lapsed_holds(at=timezone.now() + timedelta(hours=1))
    else:
        cancel_permit(new, expected=dec(0), by=permit.holder)
    assert again(permit).state == "active"
    assert states(offer) == (("lapsed", "lapsed") if way == "lapses" else ("declined", "declined"))


def test_exchange_of_an_offer_that_is_over_is_refused(permit: Permit) -> None:
    window = make_window(make_lot(spaces=1), price="75.00")
    offer = make_offer(window, permit.holder)
    WaitlistOffer.objects.filter(pk=offer.pk).update(expires_at=timezone.now())
    with pytest.raises(PermitRefused) as refused:
        exchange_permit(permit, window=window, expected=dec("45.00"), by=permit.holder)
    assert (refused.value.code, Permit.objects.count()) == ("over", 1)


def test_exchange_is_not_offered_where_the_office_keeps_the_first_permit(
    resident_client: Client, permit: Permit
) -> None:
    change_office(waitlist_exchange=False)
    window = make_window(make_lot(spaces=1), price="75.00")
    offer = make_offer(window, permit.holder)
    page = resident_client.get(reverse("waitlists:accept", args=[offer.code])).content.decode()
    assert (permit.number in page, "Accept and pay" in page) == (False, True)
    with pytest.raises(LotFull):
        exchange_permit(permit, window=window, expected=dec("45.00"), by=permit.holder)


def test_exchange_is_not_offered_for_other_days(resident_client: Client, permit: Permit) -> None:
    start = permit.valid_before + timedelta(days=1)
    window = make_window(make_lot(spaces=1), valid_from=start, valid_before=start + timedelta(days=30))
    offer = make_offer(window, permit.holder)
    assert permit.number not in resident_client.get(reverse("waitlists:accept", args=[offer.code])).content.decode()


def test_exchange_quote_of_an_offer_of_an_unlisted_lot(permit: Permit) -> None:
    window = make_window(make_lot(spaces=1, visibility="direct"), price="75.00")
    url = reverse("permits:exchange_confirm", args=[permit.code, window.code])
    client = Client()
    client.force_login(permit.holder, backend="accounts.backends.PortalBackend")
    assert client.get(url).status_code == 404
    make_offer(window, permit.holder)
    assert (client.get(url).status_code, quote_exchange(permit, window=window).difference) == (200, dec("45.00"))


def test_temporary_permit_leaves_the_place_that_somebody_could_be_asked_for(resident: User) -> None:
    lot = make_lot(spaces=2)
    make_entry(make_waitlist(make_window(lot), automatic=False))
    permit_type, at = make_temporary_type(lot), timezone.now()
    assert check_availability(resident, permit_type=permit_type, period=hour(at), at=at).occupancy.free == 1
    make_temporary(resident, permit_type, at=at)
    assert check_availability(resident, permit_type=permit_type, period=hour(at), at=at).occupancy.free == 0
    with pytest.raises(LotFull) as refused:
        make_temporary(make_user(), permit_type, at=at)
    assert refused.value.code == "queue"


@pytest.mark.parametrize("case", ["nobody waits", "other lot", "later sale", "other days", "full for them"])
def test_temporary_permit_is_not_held_back_by_a_queue_that_could_get_nothing(db: None, case: str) -> None:
    lot, at = make_lot(spaces=1), timezone.now()
    later = today(at) + timedelta(days=5)
    window = make_window(make_lot() if case == "other lot" else lot)
    if case == "other days":
        SalesWindow.objects.update(valid_from=later, valid_before=later + timedelta(days=30))
    elif case == "later sale":
        SalesWindow.objects.update(sale_starts=at + timedelta(days=1))
    if case == "full for them":  # somebody has the place from tomorrow on, so nobody can have it for the whole window
        tomorrow = make_permit(window=window)
        Permit.objects.filter(pk=tomorrow.pk).update(valid_from=today(at) + timedelta(days=2))
    waitlist = make_waitlist(window, automatic=False)
    if case != "nobody waits":
        make_entry(waitlist)
    assert kept_for_queue(lot, hour(at), at) == 0


def test_standing_counts_who_waits(resident: User) -> None:
    make_vehicle(resident)
    window: SalesWindow = make_window(make_lot(spaces=1))
    make_entry(make_waitlist(window))
    (sold,) = explain_sale(resident, window.permit_type.lot).sold
    assert [reason.code for reason in sold.reasons] == ["queue"]


@pytest.mark.rule(14)
@pytest.mark.parametrize(
    ("case", "why"),
    [
        ("full", "Every place is taken. As soon as one is given back, the first in the queue is asked."),
        ("free", "A place is free just now and goes to the first in the queue who may have it."),
        ("by hand", "A place is free. The office asks the next person itself."),
        ("not yet", "Nobody is asked now: the next sale starts on "),
        ("too late", "Nobody is asked any more in this sale: it ends too soon."),
        ("over", "Nobody is asked now, because nothing is on sale."),
    ],
)
def test_own_waitlist_says_why_it_stands_still(resident_client: Client, resident: User, case: str, why: str) -> None:
    at = timezone.now()
    fields: dict[str, dict[str, Any]] = {
        "not yet": {"sale_starts": at + timedelta(days=2)},
        "too late": {"sale_ends": at + timedelta(hours=5)},
        "over": {"active": False},
    }
    window = make_window(make_lot(spaces=case != "full"), **fields.get(case, {}))
    make_entry(make_waitlist(window, automatic=case != "by hand"), resident)
    assert why in resident_client.get("/waitlists/").content.decode()
