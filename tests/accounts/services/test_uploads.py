"""Documents come in, are checked, looked at, taken into account, or deleted."""

import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django_fsm import TransitionNotAllowed
from pytest_django import DjangoCaptureOnCommitCallbacks, Settings

from accounts.models import AccountEvent, AccountUpload, User
from accounts.services import uploads
from accounts.services.uploads import (
    MOST_AT_ONCE,
    UploadRefused,
    delete_upload,
    note_view,
    plain_name,
    receive_file,
    receive_files,
    scan_waiting,
    take_uploads,
)
from accounts.tasks import scan_waiting_uploads
from opscom.lib.files import FileRefused
from tests.documents import pdf, picture, upload
from tests.factories import make_upload, make_user
from tests.lib.ports import free_port
from tests.peers.clamd_peer import EICAR
from tests.peers.process import PeerProcess
from tests.together import all_at_once, without_row_locks

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def media(tmp_path: Path, settings: Settings) -> Path:
    """Files of one test do not stay."""
    settings.MEDIA_ROOT = str(tmp_path / "media")
    return tmp_path / "media"


@pytest.fixture
def scanner(settings: Settings) -> Iterator[str]:
    """A scanner that lives."""
    with PeerProcess("tests.peers.clamd_peer") as peer:
        settings.CLAMD_URL = peer.url
        yield peer.url


def infected() -> bytes:
    """A PDF with the scanners' test virus in it."""
    return pdf(lambda d: d.Root.update({"/Padding": d.make_stream(EICAR)}), compress_streams=False)


def told(user: User) -> list[tuple[str, str, User | None]]:
    return [(event.verb, event.detail, event.by) for event in AccountEvent.objects.for_user(user).order_by("pk")]


def stored(media: Path) -> list[str]:
    """The endings of what lies in the folder."""
    return sorted(path.suffix for path in media.rglob("*") if path.is_file())


def refusal(user: User, content: bytes, name: str = "a.pdf") -> str:
    with pytest.raises(FileRefused) as refused:
        receive_file(user, file=upload(content, name), by=user)
    return refused.value.code


def test_document_is_stored_under_a_name_of_our_own(resident: User, media: Path) -> None:
    row = receive_file(resident, file=upload(pdf(), "../../etc/Lease.pdf"), by=resident)
    assert (row.name, row.kind, row.state, row.size) == ("Lease.pdf", "pdf", "ready", len(pdf()))
    assert row.file.name == f"uploads/{row.code[:2]}/{row.code}.pdf"
    assert (len(row.code), bool(row.thumb), stored(media)) == (20, False, [".pdf"])
    assert told(resident) == [("uploaded", "Lease.pdf", resident)]


def test_photo_has_a_small_picture_beside_it(resident: User, media: Path) -> None:
    row = receive_file(resident, file=upload(picture("PNG", (800, 400)), "card.png"), by=resident)
    assert (row.kind, row.thumb.name) == ("png", f"uploads/{row.code[:2]}/{row.code}-small.jpg")
    assert stored(media) == [".jpg", ".png"]


def test_one_bad_file_stops_none_of_the_others(resident: User) -> None:
    files = [upload(pdf(), "a.pdf"), upload(b"MZ", "b.exe"), upload(picture(), "c.jpg"), upload(pdf(), "d.pdf")]
    kept, refused = receive_files(resident, files=files, by=resident)
    assert [row.name for row in kept] == ["a.pdf", "c.jpg"]
    assert [str(each) for each in refused] == [
        "b.exe is no PDF, PNG or JPG file. Save it as one of these, then add it again.",
        "d.pdf is here already, as a.pdf. It was not added again.",
    ]


def test_same_file_of_another_person_is_no_twin(resident: User) -> None:
    for user in (resident, make_user()):
        receive_file(user, file=upload(pdf(), "a.pdf"), by=user)
    assert refusal(resident, pdf(), "other.pdf") == "twin"


def test_database_keeps_one_of_the_same(resident: User) -> None:
    row = make_upload(resident)
    with pytest.raises(IntegrityError), transaction.atomic():
        make_upload(resident, digest=row.digest)


def test_person_has_room_for_so_many_and_so_much(resident: User, monkeypatch: pytest.MonkeyPatch, media: Path) -> None:
    monkeypatch.setattr(uploads, "MOST_FILES", 1)
    receive_file(resident, file=upload(pdf(), "a.pdf"), by=resident)
    assert refusal(resident, pdf(text="two")) == "room"
    monkeypatch.setattr(uploads, "MOST_FILES", 9)
    monkeypatch.setattr(uploads, "MOST_TOTAL", len(pdf()) + 10)
    assert refusal(resident, pdf(text="two")) == "room"
    assert stored(media) == [".pdf"]


def test_no_more_than_so_many_are_looked_at_in_one_go(resident: User) -> None:
    files = [upload(b"x", f"{n}.pdf") for n in range(MOST_AT_ONCE + 1)]
    _kept, refused = receive_files(resident, files=files, by=resident)
    assert [each.code for each in refused] == ["kind"] * MOST_AT_ONCE + ["many"]


def test_name_loses_what_cannot_be_seen_and_keeps_its_end() -> None:
    assert plain_name("le\u202eas\x00e.pdf ") == "lease.pdf"
    assert plain_name("x" * 300 + ".jpeg") == "x" * 115 + ".jpeg"


def test_nothing_lies_about_when_the_row_cannot_be_written(
    resident: User, monkeypatch: pytest.MonkeyPatch, media: Path
) -> None:
    def fail(*_args: object, **_kwargs: object) -> None:
        raise RuntimeError

    monkeypatch.setattr(uploads, "note_event", fail)
    with pytest.raises(RuntimeError):
        receive_file(resident, file=upload(picture(), "a.jpg"), by=resident)
    assert (stored(media), AccountUpload.objects.count()) == ([], 0)


def test_document_is_deleted_with_its_files(
    resident: User, media: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    row = receive_file(resident, file=upload(picture(), "a.jpg"), by=resident)
    with django_capture_on_commit_callbacks(execute=True):
        delete_upload(row, by=resident)
    assert (AccountUpload.objects.count(), stored(media)) == (0, [])
    assert told(resident)[-1] == ("upload_deleted", "a.jpg", resident)


def test_what_the_office_has_taken_into_account_stays(resident: User, staff: User) -> None:
    row = make_upload(resident)
    assert take_uploads([row], by=staff) == 1
    with pytest.raises(UploadRefused) as refused:
        delete_upload(row, by=resident)
    assert str(refused.value) == f"The parking office has taken {row.name} into account, so it stays."
    assert take_uploads([row], by=staff) == 0
    assert told(resident) == [("upload_taken", row.name, staff)]
    event = row.events.get()
    assert (event.from_state, event.to_state, event.by) == ("ready", "taken", staff)


def test_state_changes_through_its_transitions_only(resident: User) -> None:
    row = make_upload(resident)
    with pytest.raises(AttributeError):
        row.state = "taken"
    with pytest.raises(TransitionNotAllowed):
        row.clear()


def test_look_of_staff_is_noted(resident: User, staff: User) -> None:
    note_view(make_upload(resident, name="lease.pdf"), by=staff)
    assert told(resident) == [("upload_viewed", "lease.pdf", staff)]


# The virus scanner ---------------------------------------------------------------------------------------------------


def test_scanner_lets_clean_files_in_and_keeps_the_virus_out(resident: User, scanner: str, media: Path) -> None:
    assert receive_file(resident, file=upload(pdf(), "a.pdf"), by=resident).state == "ready"
    with pytest.raises(FileRefused) as refused:
        receive_file(resident, file=upload(infected(), "b.pdf"), by=resident)
    assert str(refused.value) == "b.pdf was not kept: the virus scanner found something in it."
    assert (stored(media), told(resident)[-1]) == ([".pdf"], ("upload_refused", "b.pdf", resident))


def test_file_waits_while_the_scanner_is_away_and_is_looked_at_later(resident: User, settings: Settings) -> None:
    settings.CLAMD_URL = f"tcp://127.0.0.1:{free_port()}"
    row = receive_file(resident, file=upload(pdf(), "a.pdf"), by=resident)
    assert (row.state, row.is_open) == ("checking", False)
    scan_waiting_uploads()
    row.refresh_from_db()
    assert row.state == "checking"
    assert take_uploads([row], by=resident) == 0
    with PeerProcess("tests.peers.clamd_peer") as peer:
        settings.CLAMD_URL = peer.url
        scan_waiting_uploads()
    row.refresh_from_db()
    assert (row.state, row.is_open) == ("ready", True)


def test_virus_that_waited_is_thrown_away_and_the_line_stays(
    resident: User, settings: Settings, media: Path, django_capture_on_commit_callbacks: DjangoCaptureOnCommitCallbacks
) -> None:
    settings.CLAMD_URL = f"tcp://127.0.0.1:{free_port()}"
    row = receive_file(resident, file=upload(infected(), "b.pdf"), by=resident)
    with PeerProcess("tests.peers.clamd_peer") as peer, django_capture_on_commit_callbacks(execute=True):
        settings.CLAMD_URL = peer.url
        assert scan_waiting(row.pk)
    row.refresh_from_db()
    assert (row.state, row.is_open, row.file.name, stored(media)) == ("refused", False, "", [])
    assert row.events.get().reason == "Eicar-Signature"
    assert told(resident)[-1] == ("upload_refused", "b.pdf", None)
    delete_upload(row, by=resident)


def test_nothing_waits_for_a_scanner_that_was_taken_away(resident: User, settings: Settings) -> None:
    row = make_upload(resident, state="checking")
    settings.CLAMD_URL = ""
    scan_waiting_uploads()
    row.refresh_from_db()
    assert row.state == "ready"


def test_waiting_document_whose_file_is_gone_is_refused(resident: User) -> None:
    row = make_upload(resident, state="checking")
    default_storage.delete(str(row.file.name))
    assert scan_waiting(row.pk)
    row.refresh_from_db()
    assert row.state == "refused"


def test_document_that_was_settled_meanwhile_is_left_alone(resident: User) -> None:
    assert scan_waiting(make_upload(resident).pk)


def all_before_any_stores(check: Callable[..., None], *, tabs: int) -> Callable[..., None]:
    """That check, whose second round ends in all tabs at one moment."""
    barrier = threading.Barrier(tabs)

    def wait_for_the_others(*args: Any, size: int) -> None:
        check(*args, size=size)
        if size:
            barrier.wait(30)

    return wait_for_the_others


@pytest.mark.race
@pytest.mark.parametrize("locked", [True, False])
@pytest.mark.django_db(transaction=True)
def test_two_tabs_do_not_fill_the_last_room_twice(
    locked: bool, monkeypatch: pytest.MonkeyPatch, resident: User
) -> None:
    """The control: without the lock on the person more files come in than fit."""
    monkeypatch.setattr(uploads, "MOST_FILES", 1)
    if not locked:
        without_row_locks(monkeypatch)
        monkeypatch.setattr(uploads, "_check_room", all_before_any_stores(uploads._check_room, tabs=4))
    contents = [pdf(text=str(n)) for n in range(4)]
    all_at_once(
        [
            lambda content=content: receive_file(resident, file=upload(content, "a.pdf"), by=resident)  # type: ignore[misc]
            for content in contents
        ]
    )
    assert (AccountUpload.objects.count() == 1) is locked
