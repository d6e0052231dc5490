"""People are told before their permits end: once for each end, and not for nothing."""

import time
from datetime import datetime, timedelta

import pytest

from accounts.models import EmailCategory, EmailOptOut, Mail, User
from opscom.lib.dates import start_of_day, today
from permits.models import Permit, SalesWindow
from permits.services.reminders import remind_of_endings
from permits.tasks import remind_of_endings as task
from tests.factories import change_office, make_permit, make_window
from tests.together import all_at_once, without_row_locks

pytestmark = pytest.mark.django_db


def active_permit(user: User, window: SalesWindow | None = None) -> Permit:
    """A paid permit, by default of 30 days from today."""
    permit = make_permit(user, window)
    Permit.objects.filter(pk=permit.pk).update(state=Permit.State.ACTIVE, held_until=None)
    permit.refresh_from_db()
    return permit


def before_end(permit: Permit, days: int) -> datetime:
    """Noon, so many days before the first day on which it is no longer valid."""
    return start_of_day(permit.valid_before - timedelta(days=days)) + timedelta(hours=12)


def reminded() -> list[str]:
    return list(Mail.objects.filter(kind="permit_expires").order_by("pk").values_list("to", flat=True))


def test_reminder_is_written_once_in_its_days(resident: User) -> None:
    permit = active_permit(resident)
    assert [remind_of_endings(at=before_end(permit, days)) for days in (6, 5, 4, 1, 0)] == [0, 1, 0, 0, 0]
    mail = Mail.objects.get(kind="permit_expires")
    assert mail.to == resident.email
    assert f"Your permit {permit.number} in {permit.lot} is valid up to and including" in mail.text
    assert "/unsubscribe/" in mail.text


def test_new_end_is_told_anew(resident: User) -> None:
    permit = active_permit(resident)
    remind_of_endings(at=before_end(permit, 3))
    permit.valid_before += timedelta(days=30)
    permit.save(update_fields=["valid_before"])
    assert [remind_of_endings(at=before_end(permit, days)) for days in (20, 3)] == [0, 1]


def test_nobody_is_reminded_when_it_is_switched_off(resident: User) -> None:
    permit = active_permit(resident)
    change_office(permit_reminder_days=0)
    assert remind_of_endings(at=before_end(permit, 1)) == 0


def test_days_are_the_offices_choice(resident: User) -> None:
    permit = active_permit(resident)
    change_office(permit_reminder_days=14)
    assert remind_of_endings(at=before_end(permit, 14)) == 1


@pytest.mark.parametrize("state", ["held", "released", "cancelled"])
def test_permit_that_is_not_paid_is_left_alone(resident: User, state: str) -> None:
    permit = active_permit(resident)
    Permit.objects.filter(pk=permit.pk).update(state=state)
    assert remind_of_endings(at=before_end(permit, 2)) == 0


def test_short_permit_is_left_alone(resident: User) -> None:
    window = make_window(valid_before=today() + timedelta(days=5))
    permit = active_permit(resident, window)
    assert remind_of_endings(at=before_end(permit, 2)) == 0


def test_whoever_has_the_next_permit_is_left_alone(resident: User) -> None:
    permit = active_permit(resident)
    later = make_window(
        permit.lot, valid_from=permit.valid_before, valid_before=permit.valid_before + timedelta(days=30)
    )
    next_one = active_permit(resident, later)
    assert next_one.permit_type == permit.permit_type
    assert remind_of_endings(at=before_end(permit, 2)) == 0
    assert remind_of_endings(at=before_end(next_one, 2)) == 1


def test_unwanted_reminder_is_neither_written_nor_tried_again(resident: User) -> None:
    permit = active_permit(resident)
    refusal = EmailOptOut.objects.create(user=resident, category=EmailCategory.objects.get(code="reminders"))
    assert [remind_of_endings(at=before_end(permit, 4)) for _twice in range(2)] == [1, 0]
    refusal.delete()
    assert remind_of_endings(at=before_end(permit, 3)) == 0
    assert reminded() == []


def test_task_looks_now(resident: User) -> None:
    Permit.objects.filter(pk=active_permit(resident).pk).update(
        valid_from=today() - timedelta(days=20), valid_before=today() + timedelta(days=2)
    )
    task()
    assert reminded() == [resident.email]


@pytest.mark.race
@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.django_db(transaction=True)
def test_many_sweeps_at_once_write_one_reminder(locked: bool, monkeypatch: pytest.MonkeyPatch, resident: User) -> None:
    """The control: without the claim several sweeps take the permit; the message's key still keeps it single."""
    permit = active_permit(resident)
    taken: list[int] = []

    def slowly(permit: Permit) -> None:
        taken.append(permit.pk)
        time.sleep(0.5)  # the transaction stays open, so that the others look before it is over

    monkeypatch.setattr("permits.emails.send_permit_expires", slowly)
    if not locked:
        without_row_locks(monkeypatch)
    at = before_end(permit, 2)
    all_at_once([lambda: remind_of_endings(at=at) for _worker in range(4)])
    assert (len(taken) == 1) is locked
