"""Mail before the end, and terms that go on."""

from datetime import timedelta

import pytest

from accounts.models import Mail, User
from lockers.models import LockerTerm
from lockers.services.ending import end_followed_terms
from lockers.services.reminders import remind_of_endings
from lockers.tasks import release_lapsed_holds
from lockers.tasks import remind_of_endings as task
from opscom.lib.dates import today
from tests.factories import change_office, hold_locker, make_locker_term, make_locker_window

pytestmark = pytest.mark.django_db


def soon(user: User) -> LockerTerm:
    return make_locker_term(user, starts_on=today() - timedelta(days=90), ends_before=today() + timedelta(days=5))


def test_end_is_told_once_and_says_whether_it_can_be_renewed(resident: User) -> None:
    make_locker_window()
    soon(resident)
    assert (remind_of_endings(), remind_of_endings()) == (1, 0)
    assert "You can renew it now" in Mail.objects.get(kind="locker_ends").text


def test_end_is_not_told_of_what_goes_on_nor_where_the_office_does_not_want_it(resident: User) -> None:
    term = soon(resident)
    make_locker_term(
        resident,
        locker=term.locker,
        starts_on=term.ends_before,
        ends_before=today() + timedelta(days=50),
    )
    assert remind_of_endings() == 0
    soon(resident)
    change_office(locker_reminder_days=0)
    assert remind_of_endings() == 0


def test_term_that_goes_on_is_closed_when_it_is_over_and_others_are_not(resident: User) -> None:
    day = today()
    over = make_locker_term(resident, starts_on=day - timedelta(days=9), ends_before=day)
    make_locker_term(resident, locker=over.locker)
    left = make_locker_term(starts_on=day - timedelta(days=9), ends_before=day)
    assert (end_followed_terms(), end_followed_terms()) == (1, 0)
    over.refresh_from_db()
    left.refresh_from_db()
    assert (over.state, left.state) == ("ended", "active")


def test_jobs_do_their_work(resident: User) -> None:
    term = hold_locker(resident)
    LockerTerm.objects.update(held_until=term.given_at)
    release_lapsed_holds()
    task()
    term.refresh_from_db()
    assert term.state == "released"
