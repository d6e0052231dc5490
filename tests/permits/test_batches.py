"""Permits of the office as one file, and what staff allow about single ones."""

import io
from datetime import timedelta
from pathlib import Path

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User
from opscom.lib.office import office
from opscom.models import SystemSettings
from permits.errors import PermitRefused
from permits.models import Permit, PermitCopy, PermitType, PrintBatch, PrintItem, Reprint
from permits.services import batches, printing
from tests.documents import pdf, picture, upload
from tests.factories import change_office, make_lot, make_permit, make_user, make_window

SHEETS = PrintItem.objects.order_by("pk")


@pytest.fixture(autouse=True)
def _stored_here(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = str(tmp_path)


@pytest.fixture
def permits(db: None) -> list[Permit]:
    """Three paid permits; drawing a sheet is told apart from the rest in test_pdf."""
    window = make_window(make_lot(spaces=20))
    made = [make_permit(make_user(), window) for _n in range(3)]
    Permit.objects.update(state="active", held_until=None)
    return list(Permit.objects.filter(pk__in=[permit.pk for permit in made]).order_by("pk"))


@pytest.fixture
def sheets(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """Instead of drawing, which takes long: a blank page whose title names permit and copy. Answers what was drawn."""
    drawn: list[str] = []

    def draw(permit: Permit, *, language: str, layout: str, copy: int) -> bytes:
        drawn.append(f"{permit.pk} {layout} {copy}")
        return pdf(text=drawn[-1])

    monkeypatch.setattr(printing, "permit_pdf", draw)
    return drawn


def start(staff: User, layout: str = "") -> PrintBatch:
    return batches.start_batch(Permit.objects.order_by("pk"), by=staff, layout=layout)


def pages(batch: PrintBatch) -> int:
    batch.refresh_from_db()
    with batch.file.open("rb") as stored, pikepdf.open(io.BytesIO(stored.read())) as whole:
        return len(whole.pages)


def test_batch_prints_each_permit_once_as_a_numbered_copy(
    staff: User, permits: list[Permit], sheets: list[str]
) -> None:
    printing.print_permit(permits[0], by=permits[0].holder, language="en")
    batch = start(staff, layout="hang_tag")
    assert batches.progress(batch) == (0, 0, 3)
    assert batches.go_on(batch) is False
    assert (batches.progress(batch), pages(batch)) == ((3, 0, 3), 3)
    assert sheets[1:] == [f"{permits[0].pk} hang_tag 2", f"{permits[1].pk} hang_tag 1", f"{permits[2].pk} hang_tag 1"]
    assert list(batch.copies.order_by("pk").values_list("number", "by")) == [
        (2, staff.pk),
        (1, staff.pk),
        (1, staff.pk),
    ]
    assert batch.finished_at is not None
    assert batch.expires_at == batch.finished_at + batches.KEPT
    assert [default_storage.exists(page) for page in SHEETS.values_list("page", flat=True)] == [False] * 3


def test_batch_goes_on_where_a_worker_died(
    staff: User, permits: list[Permit], sheets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(batches, "AT_ONCE", 1)
    batch, now = start(staff), timezone.now()
    assert batches.go_on(batch, at=now) is True
    second = SHEETS[1]
    PrintItem.objects.filter(pk=second.pk).update(taken_at=now)
    printing.print_for_office(second.permit, batch=batch, at=now)  # written into the log, and then it died
    assert batches.go_on(batch, at=now) is False
    assert (batches.progress(batch), batches.unfinished_batches()) == ((2, 0, 3), [batch.pk])
    assert batches.go_on(batch, at=now + batches.LEASE) is False
    assert (batches.progress(batch), pages(batch), batches.unfinished_batches()) == ((3, 0, 3), 3, [])
    assert list(PermitCopy.objects.order_by("permit").values_list("number", flat=True)) == [1, 1, 1]


def test_batch_is_not_stopped_by_one_that_cannot_be_printed(
    staff: User, permits: list[Permit], sheets: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    draw = vars(printing)["permit_pdf"]
    monkeypatch.setattr(
        printing, "permit_pdf", lambda permit, **how: draw(permit, **how) if permit != permits[1] else 1 / 0
    )
    Permit.objects.filter(pk=permits[2].pk).update(state="cancelled")
    batch = start(staff)
    batches.go_on(batch)
    assert (batches.progress(batch), pages(batch)) == ((3, 2, 3), 1)
    assert [note.partition(".")[0] for note in SHEETS.values_list("note", flat=True)] == [
        "",
        "It could not be drawn",
        f"Permit {permits[2].number} is not paid, so there is nothing to print yet",
    ]
    assert PermitCopy.objects.count() == 1


def test_batch_without_a_sheet_ends_without_a_file(staff: User, permits: list[Permit]) -> None:
    Permit.objects.update(state="cancelled")
    batch = start(staff)
    batches.go_on(batch)
    batch.refresh_from_db()
    assert (bool(batch.finished_at), batch.file.name) == (True, "")


def test_batch_file_is_deleted_after_its_time(staff: User, permits: list[Permit], sheets: list[str]) -> None:
    batch, now = start(staff), timezone.now()
    batches.go_on(batch, at=now)
    batch.refresh_from_db()
    name = str(batch.file.name)
    assert batches.expire_batches(at=now + batches.KEPT - timedelta(seconds=1)) == 0
    assert default_storage.exists(name)
    assert batches.expire_batches(at=now + batches.KEPT) == 1
    batch.refresh_from_db()
    assert (default_storage.exists(name), batch.file.name, batch.copies.count()) == (False, "", 3)


def test_batch_of_none_is_refused(staff: User) -> None:
    with pytest.raises(PermitRefused):
        start(staff)
    assert PrintBatch.objects.count() == 0


def test_office_prints_what_it_chose(
    staff_client: Client, permits: list[Permit], sheets: list[str], work_now: object
) -> None:
    PermitType.objects.update(layout="letter")
    chosen = {"action": "print_chosen", "_selected_action": [permits[0].pk, permits[2].pk]}
    answer = staff_client.post(reverse("admin:permits_permit_changelist"), chosen)
    batch = PrintBatch.objects.get()
    page = reverse("admin:permits_printbatch_change", args=[batch.pk])
    assert (answer.status_code, answer.headers["Location"]) == (302, page)
    waits = staff_client.get(page)
    assert (waits.headers["Refresh"], "0 of 2 done" in waits.content.decode()) == ("5", True)
    batches.go_on(batch)
    done = staff_client.get(page)
    download = reverse("admin:permits_printbatch_download", args=[batch.pk])
    assert ("Refresh" in done.headers, "2 of 2 done" in done.content.decode(), download in done.content.decode()) == (
        False,
        True,
        True,
    )
    answer = staff_client.get(download)
    assert b"".join(answer.streaming_content)[:5] == b"%PDF-"  # type: ignore[attr-defined]
    assert answer.headers["Content-Disposition"] == f'attachment; filename="permits-{batch.pk}.pdf"'
    assert sheets == [f"{permits[0].pk} letter 1", f"{permits[2].pk} letter 1"]


@pytest.mark.parametrize(("kind", "cancels"), [("office", False), ("lost", True), ("stolen", True)])
def test_office_allows_one_more_copy(
    staff_client: Client, staff: User, permits: list[Permit], sheets: list[str], kind: str, cancels: bool
) -> None:
    permit = permits[0]
    page = reverse("admin:permits_permit_reprint", args=[permit.pk])
    assert "can be printed already" in staff_client.post(page, {"kind": "office", "reason": "x"}).content.decode()
    printing.print_permit(permit, by=permit.holder, language="en")
    assert printing.standing_of(permit).spent is True
    assert staff_client.post(page, {"kind": kind, "reason": ""}).status_code == 200
    assert Reprint.objects.count() == 0
    answer = staff_client.post(page, {"kind": kind, "reason": "Printer ran out of ink"})
    assert answer.headers["Location"] == reverse("admin:permits_permit_change", args=[permit.pk])
    standing = printing.standing_of(permit)
    assert (standing.spent, standing.lost_through == 1) == (False, cancels)
    assert Reprint.objects.get().by == staff
    assert "Printer ran out of ink" in staff_client.get(answer.headers["Location"]).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_print_log_queries_do_not_grow(
    staff_client: Client,
    staff: User,
    permits: list[Permit],
    sheets: list[str],
    rows: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for permit in permits[:rows]:
        printing.print_permit(permit, by=staff, language="en")
    office()
    with django_assert_max_num_queries(8):
        page = staff_client.get(reverse("admin:permits_permitcopy_changelist")).content.decode()
    assert page.count('class="field-number"') == rows


def test_logo_is_drawn_anew_and_a_wrong_file_is_refused(staff_client: Client) -> None:
    change_office(office_name="Campus Parking")
    page = reverse("admin:opscom_systemsettings_change", args=[1])
    form = staff_client.get(page).context["adminform"].form
    said = {
        name: value
        for name, value in form.initial.items()
        if value is not None and value is not False and name != "logo"
    }
    refused = staff_client.post(page, said | {"logo": upload(b"<svg onload='x'/>", "logo.png")})
    assert "is no photo that we can read" in refused.content.decode()
    large = upload(picture("PNG", (1600, 400)) + b" " * (2 * 1024 * 1024), "logo.png")
    assert "Up to 2 MB fits" in staff_client.post(page, said | {"logo": large}).content.decode()
    answer = staff_client.post(page, said | {"logo": upload(picture("JPEG", (1600, 400)), "logo.exe")})
    assert answer.status_code == 302, answer.context["errors"]
    with default_storage.open(str(SystemSettings.objects.get().logo.name)) as stored:
        assert stored.read(8) == b"\x89PNG\r\n\x1a\n"
    change_office(logo=SystemSettings.objects.get().logo.name)  # in force at once, for pages too
    assert '<img src="data:image/png;base64,' in staff_client.get(page).content.decode()
