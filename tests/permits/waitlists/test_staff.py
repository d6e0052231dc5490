"""What the office does by hand."""

from datetime import timedelta

import pytest
from django.utils import timezone

from permits.errors import PermitRefused
from permits.models import Waitlist, WaitlistEntry
from permits.services.waitlists.joining import leave_waitlist
from permits.services.waitlists.staff import move_entry, note_entry, put_back
from tests.factories import make_entry, make_lot, make_offer, make_user, make_waitlist, make_window

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
