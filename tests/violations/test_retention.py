"""What does not stay of guests who appealed, and what does."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.core.files.storage import default_storage
from django.utils import timezone
from pytest_django import DjangoCaptureOnCommitCallbacks

from accounts.models import User
from opscom.lib.retention import apply_retention
from tests.factories import change_office, make_appeal, make_user, make_violation
from tests.violations.conftest import picture, upload
from violations.models import Appeal, AppealFile, Violation
from violations.services.appeals.deciding import decide_appeal, preview_decision
from violations.services.appeals.drafting import submit_appeal
from violations.services.appeals.evidence import add_evidence

pytestmark = pytest.mark.django_db
NOW = timezone.now()


def appeal_of(violation: Violation, at: datetime, user: User | None = None) -> Appeal:
    """Handed in at that moment, with a picture."""
    email = "" if user else "kim@example.test"
    appeal = make_appeal(user, violation, at=at, name="" if user else "Kim Lee", email=email)
    add_evidence(appeal, files=[upload(picture())])
    return submit_appeal(appeal, by=user, at=at)


def decide(appeal: Appeal, at: datetime) -> None:
    reviewer = make_user(is_staff=True)
    quote = preview_decision(appeal, decision="upheld", by=reviewer)
    sums: tuple[Decimal, Decimal] = (quote.owed, quote.back)
    decide_appeal(appeal, decision="upheld", response="Seen, Kim Lee.", by=reviewer, expected=sums, at=at)


def said(appeal: Appeal) -> tuple[str, str, bool, int]:
    appeal.refresh_from_db()
    return appeal.state, appeal.email, bool(appeal.reason and appeal.response), appeal.files.count()


def test_words_and_files_of_a_guests_decided_appeal_go_after_the_offices_days(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    change_office(guest_days=90, second_appeal_days=10)
    long_ago = NOW - timedelta(days=100)
    old, young, person = (make_violation(issued_at=long_ago, plate=plate) for plate in ("OLD1", "YOUNG1", "MINE1"))
    appeals = [appeal_of(old, long_ago), appeal_of(young, long_ago), appeal_of(person, long_ago, make_user())]
    waiting = appeal_of(make_violation(issued_at=long_ago, plate="WAIT1"), long_ago)
    for appeal, days in zip(appeals, (91, 89, 91), strict=True):
        decide(appeal, NOW - timedelta(days=days))
    apply_retention(NOW)
    assert said(appeals[0]) == ("upheld", "kim@example.test", True, 1)  # the ticket is owed
    Violation.objects.filter(pk__in=[old.pk, young.pk, person.pk]).update(state="paid")
    change_office(second_appeal_days=95)
    apply_retention(NOW)
    assert said(appeals[0]) == ("upheld", "kim@example.test", True, 1)  # a second appeal may come
    change_office(second_appeal_days=10)
    names = [AppealFile.objects.get(appeal=appeal).file.name for appeal in appeals]
    with django_capture_on_commit_callbacks(execute=True):
        apply_retention(NOW)
    assert [said(appeal) for appeal in (*appeals, waiting)] == [
        ("upheld", "", False, 0),
        ("upheld", "kim@example.test", True, 1),
        ("upheld", "", True, 1),
        ("submitted", "kim@example.test", False, 1),
    ]
    assert [default_storage.exists(str(name)) for name in names] == [False, True, True]


def test_first_appeal_keeps_its_words_while_the_second_waits() -> None:
    change_office(guest_days=90, second_appeal_days=10)
    violation, long_ago = make_violation(issued_at=NOW - timedelta(days=100)), NOW - timedelta(days=100)
    first = appeal_of(violation, long_ago)
    decide(first, NOW - timedelta(days=95))
    second = appeal_of(violation, NOW - timedelta(days=94))
    apply_retention(NOW)
    assert said(first) == ("upheld", "kim@example.test", True, 1)
    decide(second, NOW - timedelta(days=91))
    Violation.objects.update(state="paid")
    apply_retention(NOW)
    assert [said(appeal)[1:] for appeal in (first, second)] == [("", False, 0)] * 2


def test_what_guests_began_and_did_not_submit_goes_after_a_month(
    django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks,
) -> None:
    old = make_appeal(None, make_violation(plate="OLD1"), name="Kim Lee", email="kim@example.test")
    young = make_appeal(None, make_violation(plate="YOUNG1"))
    own = make_appeal(make_user())
    add_evidence(old, files=[upload(picture())])
    name = AppealFile.objects.get().file.name
    Appeal.objects.filter(pk__in=[old.pk, own.pk]).update(created_at=NOW - timedelta(days=31))
    with django_capture_on_commit_callbacks(execute=True):
        apply_retention(NOW)
    assert set(Appeal.objects.all()) == {young, own}
    assert not default_storage.exists(str(name))
