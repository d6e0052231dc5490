"""Files of permits in the background: a trial first, then for real; longer than a request, and taken up where a worker died."""

from datetime import timedelta

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from accounts.models import User
from opscom.lib.import_runs import unfinished_runs
from permits.models import Permit, PermitImport
from permits.services import import_file
from permits.services.import_runs import go_on_with, start_import
from tests.factories import make_lot, make_user, make_window
from tests.permits.test_importing import HEAD, line

ADD = "/admin/permits/permitimport/add/"
pytestmark = pytest.mark.django_db


def counts(run: PermitImport) -> tuple[int, ...]:
    run.refresh_from_db()
    return run.rows, run.read, run.imported, run.unchanged, run.refused


def lines(n: int) -> str:
    cells = ({"id": f"A-{k}", "plates": f"CKRT{k:03}", "email": f"user{k}@example.test"} for k in range(n))
    return HEAD + "".join(line(**one).removeprefix(HEAD) for one in cells)


def test_office_reads_a_long_file_for_trial_then_for_real(
    staff_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(import_file, "AT_ONCE", 2)
    make_window(make_lot(code="north", spaces=1))
    for k in range(5):
        make_user(email=f"user{k}@example.test")
    text = lines(5) + line(id="=1+1", email="no@example.test").removeprefix(HEAD)
    sent = staff_client.post(ADD, {"file": SimpleUploadedFile("old.csv", text.encode())})
    trial = PermitImport.objects.get()
    go_on_with(trial.pk)
    page = f"/admin/permits/permitimport/{trial.pk}"
    assert (sent["Location"], counts(trial), Permit.objects.count()) == (f"{page}/change/", (6, 6, 5, 0, 1), 0)
    shown = staff_client.get(sent["Location"]).content.decode()
    assert ("Trial finished: nothing was written" in shown, "Import 5 permits for real" in shown) == (True, True)
    errors = b"".join(staff_client.get(f"{page}/errors/").streaming_content).decode()  # type: ignore[attr-defined]
    assert errors == "line,id,problem\n7,'=1+1,Nobody with this address has an account.\n"
    staff_client.post(f"{page}/again/", {"real": "1"})
    real = PermitImport.objects.order_by("-pk")[0]
    go_on_with(real.pk)
    assert (counts(real), real.dry_run, Permit.objects.count()) == ((6, 6, 5, 0, 1), False, 5)
    shown = staff_client.get("/admin/permits/permit/").content.decode()
    assert '<a href="/admin/permits/permitimport/">Import permits</a>' in shown


def test_whoever_follows_a_dead_worker_skips_what_is_there(staff: User) -> None:
    make_window(make_lot(code="north", spaces=1))
    make_user(email="user0@example.test")
    run = start_import(SimpleUploadedFile("old.csv", lines(1).encode()), by=staff, dry_run=False)
    go_on_with(run.pk)
    PermitImport.objects.update(finished_at=None, taken_at=timezone.now())
    go_on_with(run.pk)
    assert counts(run) == (1, 1, 1, 0, 0)  # somebody else has it in hand
    PermitImport.objects.update(taken_at=timezone.now() - timedelta(minutes=6))
    assert unfinished_runs(PermitImport) == [run.pk]
    go_on_with(run.pk)
    assert (counts(run), Permit.objects.count()) == ((1, 1, 0, 1, 0), 1)


ENDLESS = f'{HEAD}\n"{"x" * 140_000}'


@pytest.mark.parametrize(
    ("content", "said"),
    [("lot\n", "these are missing: id"), ("\n", "missing: id"), (HEAD, ""), (ENDLESS, "field larger than field limit")],
)
def test_file_that_is_none_says_so(staff: User, content: str, said: str) -> None:
    run = start_import(SimpleUploadedFile("old.csv", content.encode()), by=staff)
    go_on_with(run.pk)
    run.refresh_from_db()
    assert (said in run.failure, bool(run.failure), run.finished_at is not None) == (True, bool(said), True)


def test_file_that_is_gone_is_not_looked_for_for_ever(staff: User) -> None:
    run = start_import(SimpleUploadedFile("old.csv", HEAD.encode()), by=staff)
    run.file.storage.delete(str(run.file.name))
    go_on_with(run.pk)
    run.refresh_from_db()
    assert "cannot be read" in run.failure
    assert unfinished_runs(PermitImport) == []
