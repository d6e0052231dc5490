"""Positions, and the guess of how long it takes."""

from datetime import timedelta

import pytest
from django.utils import timezone

from opscom.lib.append_only import rewriting_history
from permits.models import WaitlistOffer
from permits.services.waitlists.standing import Guess, guess_wait, own_standings, standings_by_lot
from tests.factories import change_office, make_entry, make_lot, make_offer, make_user, make_waitlist, make_window

NOW = timezone.now()


@pytest.mark.parametrize(
    ("position", "places", "days", "guess"),
    [
        (4, 14, 365, Guess(2, 5, 14)),
        (4, 14, 730, Guess(2, 5, 14)),
        (1, 36, 365, Guess(0, 1, 36)),
        (10, 9, 180, Guess(4, 10, 9)),
        (4, 4, 365, None),
        (4, 14, 89, None),
    ],
)
def test_guess_is_as_wide_as_the_data_are_few(position: int, places: int, days: int, guess: Guess | None) -> None:
    assert guess_wait(position, places=places, since=NOW - timedelta(days=days), at=NOW) == guess


def test_no_guess_for_a_list_on_which_nobody_ever_was() -> None:
    assert guess_wait(1, places=0, since=None, at=NOW) is None


@pytest.mark.django_db
def test_position_before_and_after_joining() -> None:
    window = make_window(make_lot(spaces=0))
    waitlist, user = make_waitlist(window), make_user()
    lot = window.permit_type.lot_id
    for n in range(3):
        make_entry(waitlist, turn=NOW - timedelta(days=n))
    [before] = standings_by_lot(user, [lot])[lot]
    entry = make_entry(waitlist, user, turn=NOW - timedelta(hours=30))
    [after] = standings_by_lot(user, [lot])[lot]
    assert (before.position, before.entry, before.size, before.guess) == (4, "", 3, None)
    assert (after.position, after.entry, after.size) == (2, entry.code, 4)
    assert [standing.position for standing in own_standings(user)] == [2]


@pytest.mark.django_db
def test_closed_list_shows_to_those_on_it_alone_and_none_where_waitlists_are_off() -> None:
    window = make_window()
    waitlist, user = make_waitlist(window, active=False), make_user()
    lot = window.permit_type.lot_id
    assert standings_by_lot(user, [lot]) == {}
    make_entry(waitlist, user)
    assert [standing.joinable for standing in standings_by_lot(user, [lot])[lot]] == [False]
    change_office(waitlists_enabled=False)
    assert standings_by_lot(user, [lot]) == {}


@pytest.mark.django_db
def test_guess_comes_from_the_places_that_were_taken() -> None:
    offer = make_offer(at=NOW)
    entry, user = offer.entry, make_user()
    with rewriting_history():
        offer.delete()
    WaitlistOffer.objects.bulk_create(
        WaitlistOffer(
            entry=entry,
            permit_type=offer.permit_type,
            window=offer.window,
            valid_from=offer.valid_from,
            valid_before=offer.valid_before,
            hours=48,
            expires_at=NOW,
            made_at=NOW - timedelta(days=n),
            state="taken",
        )
        for n in (1, 100, 200, 300, 360, 366, 400)
    )
    type(entry).objects.filter(pk=entry.pk).update(joined_at=NOW - timedelta(days=500))
    lot = offer.permit_type.lot_id
    [standing] = standings_by_lot(user, [lot], at=NOW)[lot]
    assert standing.guess == Guess(1, 5, 5)
