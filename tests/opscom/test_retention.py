"""What does not stay: the schedule that staff see, the dry run, and the night."""

from dataclasses import replace
from datetime import datetime, timedelta
from io import StringIO
from typing import Any

import pytest
from auditlog.models import LogEntry
from bs4 import BeautifulSoup
from django.core.files.base import ContentFile
from django.core.management import call_command
from django.test import Client
from django.utils import timezone

from accounts.models import DataExport, Mail, User
from accounts.services.mail import send_again
from forms_module.models import Submission, SubmissionEvent
from forms_module.services.reviewing import decide_submission
from lockers.models import LockerImport
from opscom.lib import retention
from opscom.lib.append_only import rewriting_history
from opscom.lib.retention import all_retentions, apply_retention
from opscom.models import SystemSettings
from permits.models import PermitImport, PrintBatch
from tests.factories import change_office, make_form, make_lot, make_submission, make_user, make_violation
from vehicles.models import PeopleImport
from violations.models import ImportRun, LetterBatch, OffenceImport, PlateCode

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


def test_guests_form_that_nobody_decides_is_refused_and_emptied(staff: User) -> None:
    change_office(undecided_days=400)
    form, person = make_form(), make_user()
    long_ago, lately = timezone.now() - timedelta(days=401), timezone.now() - timedelta(days=399)
    for user, at, state in (
        (None, long_ago, "submitted"),
        (None, long_ago, "asked"),
        (None, lately, "submitted"),
        (person, long_ago, "submitted"),
    ):
        one = make_submission(form)
        who = {} if user else {"email": "kim@example.test", "name": "Kim Lee"}
        Submission.objects.filter(pk=one.pk).update(user=user, submitted_at=at, state=state, **who)
    mails = Mail.objects.count()
    assert due() == {"guest_undecided_forms": 2}
    apply_retention(timezone.now())
    kept = Submission.objects.order_by("pk").values_list("state", "name", "email", "answers")
    whole = {"why": "A moving van"}
    assert list(kept) == [
        ("refused", "", "", {}),
        ("refused", "", "", {}),
        ("submitted", "Kim Lee", "kim@example.test", whole),
        ("submitted", "", "", whole),
    ]
    told = SubmissionEvent.objects.filter(to_state="refused", by=None).values_list("from_state", "reason")
    assert sorted(told) == [("asked", "nobody decided it"), ("submitted", "nobody decided it")]
    assert (Mail.objects.count(), due()) == (mails, {})


def test_upgrade_takes_nothing_away_that_the_office_did_not_decide() -> None:
    rules = SystemSettings()
    assert (rules.idle_days, rules.address_days, rules.undecided_days) == (0, 0, 0)


def test_network_addresses_go_from_the_log_of_changes_which_stays(staff_client: Client) -> None:
    lot = make_lot()
    change_office(address_days=100)
    for days in (101, 99):
        entry = LogEntry.objects.log_create(lot, action=1, changes={"zone": ["yellow", "green"]}, force_log=True)
        with rewriting_history():
            LogEntry.objects.filter(pk=entry.pk).update(
                remote_addr="192.0.2.7", remote_port=4711, timestamp=timezone.now() - timedelta(days=days)
            )
    assert due() == {"changes_addresses": 1}
    apply_retention(timezone.now())
    rows = LogEntry.objects.exclude(changes={}).filter(action=1, object_pk=str(lot.pk)).order_by("timestamp")
    assert list(rows.values_list("remote_addr", "remote_port")) == [(None, None), ("192.0.2.7", 4711)]
    change_office(address_days=0)
    later = {
        row["key"]: (row["due"], row["never"]) for row in retention.schedule(timezone.now() + timedelta(days=9999))
    }
    assert later["changes_addresses"] == (0, True)
    page = BeautifulSoup(staff_client.get(PAGE).content, "html.parser")
    cells = {row.select("th")[0].get_text(): row.select("td")[0].get_text() for row in page.select("tbody tr")}
    assert cells["Network addresses in the log of changes"] == "for ever"


def test_files_that_are_deleted_are_in_the_schedule(staff: User, settings: Any, tmp_path: Any) -> None:
    settings.MEDIA_ROOT = str(tmp_path)
    over = timezone.now() - timedelta(minutes=1)
    for model, fields in ((PeopleImport, {}), (PermitImport, {}), (LockerImport, {}), (ImportRun, {"mapping": "nyc"}), (OffenceImport, {})):  # fmt: skip
        run = model(by=staff, name="x.csv", finished_at=over, expires_at=over, **fields)
        run.file.save("x.csv", ContentFile(b"x"))
    for batch in (PrintBatch(by=staff, expires_at=over), LetterBatch(by=staff, expires_at=over)):
        batch.file.save("x.pdf", ContentFile(b"x"))
    copy = DataExport(user=make_user(), state="ready", expires_at=over)
    copy.file.save("x.zip", ContentFile(b"x"))
    files = {"peopleimport_files", "permitimport_files", "lockerimport_files", "importrun_files", "offenceimport_files", "print_batches", "letters", "own_data"}  # fmt: skip
    assert due() == dict.fromkeys(files, 1)
    apply_retention(timezone.now())
    assert (due(), [path for path in tmp_path.rglob("*") if path.is_file()]) == ({}, [])


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
