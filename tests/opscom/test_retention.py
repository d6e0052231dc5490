"""What does not stay: the schedule that staff see, the dry run, and the night."""

from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, User
from accounts.services.mail import send_again
from forms_module.models import Submission, SubmissionEvent
from forms_module.services.reviewing import decide_submission
from opscom.lib import retention
from opscom.lib.retention import all_retentions, apply_retention
from tests.factories import change_office, make_form, make_submission, make_user, make_violation
from violations.models import PlateCode

pytestmark = pytest.mark.django_db
PAGE = "/admin/opscom/systemsettings/retention/"


def make_mail(**fields: Any) -> Mail:
    whole = {"kind": "receipt", "to": "ada@example.test", "language": "en", "subject": "Receipt", "state": "sent"}
    return Mail.objects.create(**whole | {"text": "Paid", "html": "<p>Paid</p>"} | fields)


@pytest.fixture
def old() -> datetime:
    """Just over the days that the office keeps e-mails, and that guests' drafts are kept."""
    change_office(mail_days=90)
    return timezone.now() - timedelta(days=90, minutes=1)


def due() -> dict[str, int]:
    return {row["key"]: row["due"] for row in retention.schedule(timezone.now()) if row["due"]}


def test_words_of_old_mails_go_and_what_is_not_sent_stays(old: datetime) -> None:
    stripped, waiting, young = make_mail(created_at=old), make_mail(created_at=old, state="queued"), make_mail()
    assert due() == {"mail_words": 1}
    apply_retention(timezone.now())
    kept = Mail.objects.order_by("pk").values_list("pk", "subject", "text", "html")
    whole = ("Receipt", "Paid", "<p>Paid</p>")
    assert list(kept) == [(stripped.pk, "Receipt", "", ""), (waiting.pk, *whole), (young.pk, *whole)]
    send_again(stripped)
    stripped.refresh_from_db()
    assert (stripped.state, due()) == ("sent", {})


def test_drafts_of_guests_and_codes_of_plates_go(old: datetime) -> None:
    form, person = make_form(), make_user()
    for fields in ({"user": None}, {"user": person}, {"user": None, "state": "submitted", "submitted_at": old}):
        one = Submission.objects.filter(pk=make_submission(form, submit=False).pk)
        one.update(**{"created_at": old} | fields)
    PlateCode.objects.create(code="x", violation=make_violation(), digest="x", asked_at=old)
    assert due() == {"guest_drafts": 1, "plate_codes": 1}
    apply_retention(timezone.now())
    assert sorted(Submission.objects.values_list("user", "state"), key=str) == [
        (person.pk, "draft"),
        (None, "submitted"),
    ]
    assert PlateCode.objects.count() == 0


def test_what_guests_wrote_in_decided_forms_goes_after_the_offices_days(staff: User) -> None:
    change_office(guest_days=90)
    form, person = make_form(), make_user()
    long_ago, lately = timezone.now() - timedelta(days=91), timezone.now() - timedelta(days=89)
    for user, decided, at in (
        (None, True, long_ago),
        (None, True, lately),
        (None, False, long_ago),
        (person, True, long_ago),
    ):
        one = make_submission(form)
        Submission.objects.filter(pk=one.pk).update(
            user=user, email="" if user else "kim@example.test", submitted_at=at
        )
        if decided:
            decide_submission(one, decision="refused", comment="No, Kim Lee.", by=staff, at=at)
    assert due() == {"guest_forms": 1}
    apply_retention(timezone.now())
    kept = Submission.objects.order_by("pk").values_list("state", "email", "answers")
    whole = {"why": "A moving van"}
    assert list(kept) == [
        ("refused", "", {}),
        ("refused", "kim@example.test", whole),
        ("submitted", "kim@example.test", whole),
        ("refused", "", whole),
    ]
    assert SubmissionEvent.objects.filter(reason="No, Kim Lee.").count() == 2
    assert due() == {}


@pytest.fixture
def one_fails(monkeypatch: pytest.MonkeyPatch) -> None:
    [first, *_rest] = all_retentions()

    def fail(_rows: Any) -> None:
        raise RuntimeError("not today")

    monkeypatch.setitem(retention._registered, first.key, replace(first, end=fail))


def test_one_that_fails_keeps_no_other_waiting(old: datetime, one_fails: None) -> None:
    make_mail(created_at=old)
    apply_retention(timezone.now())
    assert due() == {}


def test_command_is_a_dry_run_unless_told(old: datetime) -> None:
    make_mail(created_at=old)
    out = StringIO()
    call_command("retention", stdout=out)
    assert "mail_words          90 days  1 due" in out.getvalue().splitlines()
    assert due() == {"mail_words": 1}
    call_command("retention", "--apply", stdout=out)
    assert due() == {}


def test_staff_see_the_schedule(old: datetime, staff_client: Client) -> None:
    make_mail(created_at=old)
    page = BeautifulSoup(staff_client.get(PAGE).content, "html.parser")
    rows = {
        row.select("th")[0].get_text(): [cell.get_text() for cell in row.select("td")]
        for row in page.select("tbody tr")
    }
    assert rows["Words of e-mails"][0] == "90 days"
    assert rows["Words of e-mails"][2] == "1"
    assert rows["Codes for all tickets of a plate"][0] == "30 daysfixed"
    assert len(rows) == len(list(all_retentions()))
