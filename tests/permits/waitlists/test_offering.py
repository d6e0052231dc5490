"""Who is offered a place, and when nobody is."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Mail
from forms_module.services.reviewing import decide_submission
from opscom.lib.dates import Period, today
from permits import waitlist_emails
from permits.capacity import occupancy
from permits.errors import LotFull
from permits.models import LotBlock, Permit, PermitType, SalesWindow, WaitlistEntry, WaitlistOffer, WindowPrice
from permits.services import reserve
from permits.services.cancel import cancel_permit
from permits.services.waitlists import ending
from permits.services.waitlists.offering import offer_places, sweep_offers
from permits.services.waitlists.queue import position_of, waiting_for
from tests.factories import (
    change_office,
    make_ban,
    make_block,
    make_entry,
    make_form,
    make_lot,
    make_offer,
    make_permit,
    make_submission,
    make_user,
    make_user_type,
    make_vehicle,
    make_waitlist,
    make_window,
)

pytestmark = pytest.mark.django_db


def free_in(window: SalesWindow) -> int:
    return occupancy(window.permit_type, Period(window.valid_from, window.valid_before)).free


def test_free_places_go_to_the_first_of_the_queue() -> None:
    window, at = make_window(make_lot(spaces=2)), timezone.now()
    waitlist = make_waitlist(window)
    late, first, second = (make_entry(waitlist, turn=at + timedelta(hours=n)) for n in (3, 1, 2))
    assert (sweep_offers(at=at), sweep_offers(at=at)) == (2, 0)
    assert list(WaitlistOffer.objects.order_by("pk").values_list("entry", "state", "permit_type")) == [
        (first.pk, "open", window.permit_type_id),
        (second.pk, "open", window.permit_type_id),
    ]
    assert (position_of(late), free_in(window)) == (1, 0)


@pytest.mark.rule(4)
def test_live_offer_takes_a_space_and_the_queue_does_not() -> None:
    window = make_window(make_lot(spaces=3))
    waitlist = make_waitlist(window, automatic=False)
    for _ in range(5):
        make_entry(waitlist)
    assert free_in(window) == 3
    assert (offer_places(waitlist, most=2), free_in(window)) == (2, 1)


@pytest.mark.rule(12)
def test_smaller_block_makes_no_more_offers_than_places() -> None:
    window = make_window(make_lot(spaces=6))
    waitlist = make_waitlist(window)
    block = make_block(window.permit_type.lot, 6)
    for _ in range(8):
        make_entry(waitlist)
    assert sweep_offers() == 0
    LotBlock.objects.filter(pk=block.pk).update(spaces=4)
    assert sweep_offers() == 2
    LotBlock.objects.all().delete()
    assert (sweep_offers(), sweep_offers(), WaitlistOffer.objects.count(), free_in(window)) == (4, 0, 6, 0)


@pytest.mark.rule(13)
@pytest.mark.parametrize(
    "change",
    [
        lambda window, at: SalesWindow.objects.update(active=False),
        lambda window, at: SalesWindow.objects.update(sale_starts=at + timedelta(hours=1)),
        lambda window, at: SalesWindow.objects.update(sale_ends=at + timedelta(hours=47)),
        lambda window, at: PermitType.objects.update(active=False),
        lambda window, at: WindowPrice.objects.all().delete(),
    ],
    ids=["closed", "not-yet", "deadline-after-the-sale", "off-sale", "no-price"],
)
def test_no_offer_where_it_could_not_be_taken(change: object) -> None:
    window, at = make_window(), timezone.now()
    make_entry(make_waitlist(window))
    change(window, at)  # type: ignore[operator]
    assert sweep_offers(at=at) == 0
    assert WaitlistEntry.objects.get().state == "waiting"


def test_no_offer_to_who_cannot_take_it() -> None:
    window = make_window()
    lot, staff = window.permit_type.lot, make_user_type()
    waitlist = make_waitlist(window)
    closed = make_entry(waitlist, make_user(is_active=False))
    has_one = make_entry(waitlist, make_permit(None, window).holder)
    lot.user_types.add(staff)
    other = make_entry(waitlist)
    banned, formless, allowed = (make_entry(waitlist, make_user(user_type=staff)) for _ in range(3))
    make_ban(banned.user)
    form = make_form()
    PermitType.objects.filter(pk=window.permit_type_id).update(needs_form=form)
    for entry in (banned, allowed):
        decide_submission(make_submission(form, entry.user), decision="approved", comment="", by=make_user())
    make_submission(form, formless.user)
    assert waiting_for(window, timezone.now()) == 1
    assert sweep_offers() == 1
    assert WaitlistOffer.objects.get().entry == allowed
    assert {closed.state, has_one.state, other.state} == {"waiting"}


def test_no_offer_by_itself_where_staff_make_them_or_waitlists_are_off() -> None:
    waitlist = make_waitlist(automatic=False)
    make_entry(waitlist)
    assert sweep_offers() == 0
    waitlist.automatic = True
    waitlist.save()
    change_office(waitlists_enabled=False)
    assert sweep_offers() == 0


def test_places_that_people_wait_for_are_not_sold_past_them() -> None:
    window = make_window(make_lot(spaces=2))
    entry = make_entry(make_waitlist(window, automatic=False))
    make_permit(make_user(), window)
    with pytest.raises(LotFull, match="go to the people on its waitlist"):
        make_permit(make_user(), window)
    WaitlistEntry.objects.filter(pk=entry.pk).update(passed_over=True)
    assert make_permit(make_user(), window).state == "held"


def test_who_has_an_offer_gets_its_place_on_the_permits_page_too() -> None:
    offer = make_offer()
    permit = make_permit(offer.entry.user, offer.window)
    offer.refresh_from_db()
    assert (offer.state, offer.permit) == ("accepted", permit)


def test_cancelled_and_lapsed_permits_give_their_place_to_the_queue() -> None:
    window, at = make_window(make_lot(spaces=2)), timezone.now()
    gone, _lapsed = (make_permit(make_user(), window, at=at) for _ in range(2))
    waitlist = make_waitlist(window)
    for _ in range(2):
        make_entry(waitlist)
    assert sweep_offers(at=at) == 0
    cancel_permit(gone, expected=0, by=gone.holder, at=at)  # type: ignore[arg-type]
    assert sweep_offers(at=at) == 1
    assert reserve.release_lapsed_holds(at=at + timedelta(hours=1)) == 1
    assert sweep_offers(at=at + timedelta(hours=1)) == 1


@pytest.mark.rule(15)
def test_offer_and_its_mail_are_written_together(monkeypatch: pytest.MonkeyPatch) -> None:
    waitlist = make_waitlist()
    make_entry(waitlist)

    def broken(offer: object) -> None:
        raise OSError("no room for the mail")

    with monkeypatch.context() as patch:
        patch.setattr(waitlist_emails, "send_waitlist_offer", broken)
        with pytest.raises(OSError, match="no room"):
            offer_places(waitlist)
    assert (WaitlistOffer.objects.count(), WaitlistEntry.objects.get().state, Mail.objects.count()) == (0, "waiting", 0)
    assert offer_places(waitlist) == 1
    offer = WaitlistOffer.objects.get()
    assert (offer.mail, offer.mailed_at) == (Mail.objects.get(), None)


def test_second_choice_taken_keeps_the_first_and_drops_the_third() -> None:
    user = make_user()
    make_vehicle(user)
    full = make_lot(spaces=0)
    first, third = (make_entry(make_waitlist(make_window(full)), user, rank=rank) for rank in (1, 3))
    second = make_offer(user=user)
    WaitlistEntry.objects.filter(pk=second.entry_id).update(rank=2)
    permit = make_permit(user, second.window)
    ending.pay_offer(permit, at=timezone.now())
    states = dict(WaitlistEntry.objects.values_list("pk", "state"))
    assert states == {first.pk: "waiting", second.entry_id: "taken", third.pk: "left"}


def test_offer_is_for_the_days_that_are_left() -> None:
    window = make_window(valid_from=today() - timedelta(days=3))
    offer = make_offer(window)
    assert (offer.valid_from, offer.valid_before) == (today(), window.valid_before)
    assert Permit.objects.count() == 0
