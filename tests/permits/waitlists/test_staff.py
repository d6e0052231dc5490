"""What the office does by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import User
from permits.errors import PermitRefused
from permits.models import Lot, PermitType, Waitlist, WaitlistEntry, WaitlistOffer
from permits.services.waitlists.answering import sweep_answers
from permits.services.waitlists.joining import leave_waitlist
from permits.services.waitlists.offering import offer_place, sweep_offers
from permits.services.waitlists.staff import move_entry, note_entry, put_back
from tests.factories import (
    make_ban,
    make_entry,
    make_form,
    make_lot,
    make_offer,
    make_permit,
    make_user,
    make_user_type,
    make_waitlist,
    make_window,
)

pytestmark = pytest.mark.django_db


def order(waitlist: Waitlist) -> list[int]:
    return list(waitlist.entries.waiting().values_list("pk", flat=True))


def test_move_puts_the_person_where_staff_say_and_keeps_the_reason() -> None:
    waitlist, clerk, at = make_waitlist(make_window(make_lot(spaces=0))), make_user(is_staff=True), timezone.now()
    a, b, c, d = (make_entry(waitlist, turn=at + timedelta(minutes=n)) for n in range(4))
    move_entry(d, position=1, by=clerk, reason="Hardship")
    assert order(waitlist) == [d.pk, a.pk, b.pk, c.pk]
    move_entry(d, position=3, by=clerk, reason="Mistake")
    assert order(waitlist) == [a.pk, b.pk, d.pk, c.pk]
    move_entry(a, position=99, by=clerk, reason="Asked for it")
    assert order(waitlist) == [b.pk, d.pk, c.pk, a.pk]
    event = a.events.get()
    assert (event.by, event.reason) == (clerk, "moved to position 4: Asked for it")


def test_move_refuses_whom_nobody_can_be_put_between_and_who_does_not_wait() -> None:
    waitlist, clerk, at = make_waitlist(make_window(make_lot(spaces=0))), make_user(is_staff=True), timezone.now()
    make_entry(waitlist, turn=at), make_entry(waitlist, turn=at)
    last = make_entry(waitlist, turn=at + timedelta(hours=1))
    for position, entry, code in ((2, last, "same"), (1, make_offer().entry, "not-waiting")):
        with pytest.raises(PermitRefused) as refused:
            move_entry(entry, position=position, by=clerk, reason="Because")
        assert refused.value.code == code


def test_put_back_gives_the_old_place_once() -> None:
    waitlist, clerk = make_waitlist(make_window(make_lot(spaces=0))), make_user(is_staff=True)
    first, second = make_entry(waitlist), make_entry(waitlist)
    leave_waitlist(first, by=first.user)
    put_back(first, by=clerk, reason="By mistake")
    assert order(waitlist) == [first.pk, second.pk]
    with pytest.raises(PermitRefused):
        put_back(first, by=clerk, reason="Twice")


def test_note_stays_with_the_person() -> None:
    entry = note_entry(make_entry(make_waitlist()), note="Calls on Friday", by=make_user(is_staff=True))
    assert (WaitlistEntry.objects.get().note, entry.events.get().reason) == ("Calls on Friday", "Calls on Friday")


@pytest.mark.parametrize("wrong", ["banned", "form", "type", "closed", "has-one"])
def test_staff_offer_no_place_to_whom_could_not_take_it(wrong: str) -> None:
    window = make_window(make_lot(spaces=1))
    entry, clerk = make_entry(make_waitlist(window, automatic=False)), make_user(is_staff=True)
    if wrong == "banned":
        make_ban(entry.user)
    elif wrong == "form":
        PermitType.objects.update(needs_form=make_form())
    elif wrong == "type":
        window.permit_type.lot.user_types.add(make_user_type())
    elif wrong == "closed":
        User.objects.filter(pk=entry.user_id).update(is_active=False)
    else:
        Lot.objects.update(spaces=2)
        make_permit(entry.user, window)
    with pytest.raises(PermitRefused) as refused:
        offer_place(entry, window, by=clerk, reason="Hardship")
    assert refused.value.code == ("banned" if wrong == "banned" else "not-for-them")
    assert WaitlistOffer.objects.count() == 0


def test_staff_offer_a_place_to_who_has_just_let_one_pass() -> None:
    window = make_window(make_lot(spaces=1))
    entry = make_entry(make_waitlist(window, automatic=False), passed_over=True)
    offer = offer_place(entry, window, by=make_user(is_staff=True), reason="Hardship")
    assert (offer.entry, offer.state) == (entry, "open")


def test_place_that_is_offered_to_who_loses_the_privileges_goes_to_the_next() -> None:
    offer = make_offer()
    make_ban(offer.entry.user)
    later = make_entry(offer.entry.waitlist)
    sweep_answers()
    sweep_offers()
    offer.refresh_from_db()
    assert (offer.state, offer.entry.state) == ("withdrawn", "waiting")
    assert WaitlistOffer.objects.live().get().entry == later
