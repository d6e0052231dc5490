"""Imports that the office starts."""

from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from opscom.lib.errors import PortalError
from opscom.lib.import_runs import forget_files, unfinished_runs
from tests.violations.importing.conftest import MAPPING, Importing
from violations.models import ImportRun, Violation
from violations.services import imports
from violations.services.imports import go_on_with, start_import

ADD = "/admin/violations/importrun/add/"
Start = Callable[..., ImportRun]


@pytest.fixture
def start(db: None, tmp_path: Path, staff: User) -> Start:
    """Hands in a file of rows and has it read."""

    def hand_in(*rows: dict[str, str], **options: Any) -> ImportRun:
        content = Importing(tmp_path).write(*rows).read_bytes()
        upload = None if "again" in options else SimpleUploadedFile("may.csv", content)
        usual: dict[str, Any] = {"by": staff, "mapping": MAPPING, "create_offences": True}
        run = start_import(upload, **usual | options)
        go_on_with(run.pk)
        run.refresh_from_db()
        return run

    return hand_in


def counts(run: ImportRun) -> tuple[int, int, int, int, int]:
    return run.rows, run.read, run.imported, run.unchanged, run.refused


def test_trial_counts_and_writes_nothing_then_the_same_file_goes_in(start: Start) -> None:
    rows = [{"number": "A-1"}, {"number": "A-2", "date": "yesterday"}, {"number": "A-3"}]
    trial = start(*rows)
    assert (counts(trial), Violation.objects.count(), trial.failure) == ((3, 3, 2, 0, 1), 0, "")
    assert trial.problems["date-unreadable"] == 1
    assert b"date-unreadable" in trial.errors.read()
    real = start(again=trial, dry_run=False)
    assert (counts(real), real.name, real.finished_at is not None) == ((3, 3, 2, 0, 1), "may.csv", True)
    assert counts(start(again=trial, dry_run=False)) == (3, 3, 0, 2, 1)


def test_unknown_words_are_asked_for_and_then_known(start: Start) -> None:
    run = start({"number": "A-1", "code": "77"}, create_offences=False)
    assert (counts(run)[0], run.failure) == (
        1,
        "Nothing was written. Unknown offences: 77. Say below what they mean, then start again.",
    )
    assert "[offences]" in run.missing
    told = start(again=run, create_offences=False, words=run.missing + imports.AND + "[lots]\n")
    assert (told.failure, counts(told)) == ("", (1, 1, 1, 0, 0))


def test_import_whose_worker_died_is_followed_and_one_that_is_read_is_left(start: Start, staff: User) -> None:
    run, now = start({"number": "A-1"}, dry_run=False), timezone.now()
    ImportRun.objects.update(finished_at=None, taken_at=now - timedelta(minutes=4))
    assert unfinished_runs(ImportRun, at=now) == []
    go_on_with(run.pk, at=now)
    assert ImportRun.objects.get().finished_at is None
    ImportRun.objects.update(taken_at=now - timedelta(minutes=6))
    assert unfinished_runs(ImportRun, at=now) == [run.pk]
    go_on_with(run.pk, at=now)
    assert (counts(ImportRun.objects.get()), Violation.objects.count()) == ((1, 1, 0, 1, 0), 1)


def test_files_are_deleted_after_a_month_unless_another_run_needs_them(start: Start) -> None:
    first = start({"number": "A-1"})
    again, later = start(again=first), timezone.now() + timedelta(days=31)
    ImportRun.objects.filter(pk=again.pk).update(expires_at=later + timedelta(days=1))
    forget_files(ImportRun, at=later)
    first.refresh_from_db()
    again.refresh_from_db()
    assert (bool(first.file), bool(first.errors), again.file.storage.exists(str(again.file.name))) == (
        False,
        False,
        True,
    )


@pytest.mark.parametrize("tables", [{"mapping": "source = "}, {"mapping": "nyc", "words": "[offences"}])
def test_tables_that_cannot_be_read_start_nothing(start: Start, tables: dict[str, str]) -> None:
    with pytest.raises(PortalError):
        start({"number": "A-1"}, **tables)
    assert not ImportRun.objects.exists()


def test_office_reads_for_trial_then_for_real(staff_client: Client, tmp_path: Path, work_now: None) -> None:
    content = Importing(tmp_path).write({"number": "A-1"}).read_bytes()
    sent = {"file": SimpleUploadedFile("may.csv", content), "mapping": MAPPING, "create_offences": "on"}
    response = staff_client.post(ADD, sent)
    run = ImportRun.objects.get()
    assert (response.status_code, response["Location"]) == (302, f"/admin/violations/importrun/{run.pk}/change/")
    go_on_with(run.pk)
    page = staff_client.get(response["Location"]).content.decode()
    assert ("Trial finished: nothing was written" in page, "Import 1 ticket for real" in page) == (True, True)
    again = staff_client.post(f"/admin/violations/importrun/{run.pk}/again/", {"real": "1"})
    real = ImportRun.objects.order_by("-pk")[0]
    assert (again["Location"], real.dry_run) == (f"/admin/violations/importrun/{real.pk}/change/", False)
    errors = staff_client.get(f"/admin/violations/importrun/{run.pk}/errors/")
    assert b"".join(errors.streaming_content).startswith(b"line,ticket_number,severity")  # type: ignore[attr-defined]


def test_office_is_told_what_is_wrong_with_a_table(staff_client: Client) -> None:
    response = staff_client.post(ADD, {"file": SimpleUploadedFile("may.csv", b"a"), "mapping": "source = "})
    assert sorted(response.context["adminform"].form.errors) == ["mapping"]
