"""Joining, leaving, and the order of the own choices."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Mail
from forms_module.services.reviewing import decide_submission
from permits.errors import PermitRefused
from permits.models import PermitType, WaitlistEntry
from permits.services.waitlists.joining import join_waitlist, leave_waitlist, move_choice
from permits.services.waitlists.queue import position_of
from tests.factories import (
    change_office,
    make_ban,
    make_entry,
    make_form,
    make_lot,
    make_offer,
    make_permit,
    make_submission,
    make_user,
    make_user_type,
    make_waitlist,
    make_window,
)

pytestmark = pytest.mark.django_db


def test_join_puts_the_person_last_and_tells_the_position() -> None:
    waitlist = make_waitlist(name="Yellow")
    make_entry(waitlist), make_entry(waitlist)
    entry = join_waitlist(make_user(), waitlist)
    mail = Mail.objects.get(kind="waitlist_joined")
    assert (position_of(entry), entry.rank, entry.events.get().to_state) == (3, 1, "waiting")
    assert (mail.subject, "Your position is 3." in mail.text) == ("You are on the waitlist Yellow", True)


def test_join_again_is_the_same_place() -> None:
    waitlist, user = make_waitlist(), make_user()
    assert join_waitlist(user, waitlist) == join_waitlist(user, waitlist)
    assert (WaitlistEntry.objects.count(), Mail.objects.count()) == (1, 1)


def refusal(user: object, waitlist: object) -> str:
    with pytest.raises(PermitRefused) as refused:
        join_waitlist(user, waitlist)  # type: ignore[arg-type]
    return refused.value.code


def test_join_is_refused_while_places_are_left() -> None:
    window = make_window(make_lot(spaces=2))
    waitlist = make_waitlist(window, only_when_full=True)
    assert refusal(make_user(), waitlist) == "not-full"
    make_permit(make_user(), window)
    make_entry(waitlist)  # the last place is for whoever waits already
    assert join_waitlist(make_user(), waitlist).state == "waiting"


def test_join_is_refused_to_others_and_beyond_the_offices_number() -> None:
    change_office(waitlist_most=1)
    user = make_user()
    assert refusal(user, make_waitlist(active=False)) == "not-open"
    chosen = make_waitlist()
    chosen.user_types.add(make_user_type())
    assert refusal(user, chosen) == "not-open"
    assert refusal(user, make_waitlist(make_window(make_lot(visibility="hidden")))) == "not-for-you"
    join_waitlist(user, make_waitlist())
    assert refusal(user, make_waitlist()) == "most"
    change_office(waitlists_enabled=False)
    assert refusal(make_user(), make_waitlist()) == "not-open"


def test_join_is_refused_to_who_could_take_no_place() -> None:
    window, user = make_window(), make_user()
    form = make_form()
    PermitType.objects.filter(pk=window.permit_type_id).update(needs_form=form)
    waitlist = make_waitlist(window)
    assert refusal(user, waitlist) == "form"
    decide_submission(make_submission(form, user), decision="approved", comment="", by=make_user())
    ban = make_ban(user)
    assert refusal(user, waitlist) == "banned"
    ban.delete()
    assert join_waitlist(user, waitlist).state == "waiting"


def test_leaving_moves_the_others_up() -> None:
    waitlist, at = make_waitlist(), timezone.now()
    first, second = (make_entry(waitlist, turn=at - timedelta(minutes=n)) for n in (2, 1))
    assert leave_waitlist(first, by=first.user).state == "left"
    assert (position_of(second), leave_waitlist(first, by=first.user).events.count()) == (1, 1)


def test_leaving_with_an_offer_in_hand_declines_it() -> None:
    offer = make_offer()
    leave_waitlist(offer.entry, by=offer.entry.user)
    offer.refresh_from_db()
    assert (offer.state, offer.entry.state) == ("declined", "left")


def test_choices_swap_and_stay_numbered() -> None:
    user = make_user()
    first, second, third = (join_waitlist(user, make_waitlist()) for _ in range(3))
    move_choice(third, up=True)
    move_choice(first, up=True)  # is the first already
    order = WaitlistEntry.objects.order_by("rank").values_list("pk", "rank")
    assert list(order) == [(first.pk, 1), (third.pk, 2), (second.pk, 3)]


def test_user_types_that_come_first_stand_before_the_others_in_their_own_order() -> None:
    waitlist, regular = make_waitlist(), make_user_type()
    waitlist.first_types.add(regular)
    people = [make_user(user_type=kind) for kind in (None, regular, make_user_type(), regular)]
    entries = [join_waitlist(user, waitlist) for user in people]
    assert [position_of(entry) for entry in entries] == [3, 1, 4, 2]
