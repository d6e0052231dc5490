"""Files that support an appeal: judged by their content, kept privately, small pictures drawn by a worker (APP-3)."""

import hashlib
import logging
from collections.abc import Sequence
from datetime import datetime
from functools import partial

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.services.uploads import plain_name
from opscom.lib.antivirus import ScannerAway, find_virus, is_configured
from opscom.lib.files import FileRefused, Kind, check_document, encode_photo
from opscom.lib.office import office
from opscom.lib.work import hint
from violations.errors import AppealRefused
from violations.models import Appeal, AppealFile
from violations.services.appeals.drafting import lock_appeal

logger = logging.getLogger(__name__)
MOST_FILES = 10
LONGEST_SIDE = 2400  # of a stored picture: a letter on it can be read, and its small picture is drawn quickly
THUMB_SIDE = 160


def add_evidence(appeal: Appeal, *, files: Sequence[UploadedFile], at: datetime | None = None) -> list[FileRefused]:
    """Keep each file that may be kept; a refused one stops none of the others. Answers the refusals."""
    _check_open(appeal)
    refused = []
    for file in files:
        try:
            _add_file(appeal, file, at or timezone.now())
        except FileRefused as refusal:
            refused.append(refusal)
    return refused


def _add_file(appeal: Appeal, file: UploadedFile, at: datetime) -> None:
    from violations.tasks import look_at_evidence

    file.name = plain_name(file.name or "")
    if appeal.files.count() >= MOST_FILES:  # before the work; once more under the lock
        raise _full(file.name)
    checked = check_document(file, longest_side=LONGEST_SIDE)
    digest = hashlib.sha256()
    file.seek(0)
    for chunk in file.chunks():
        digest.update(chunk)
    row = AppealFile(appeal=appeal, name=file.name, kind=checked.kind.suffix, size=len(checked.content))
    row.digest, row.uploaded_at = digest.hexdigest(), at
    row.file.save("", ContentFile(checked.content), save=False)
    try:
        with transaction.atomic():
            _check_open(lock_appeal(appeal))
            _check_room(appeal, row)
            row.save()
            hint(look_at_evidence, file_id=row.pk)
    except BaseException:
        _delete_files(_names(row))
        raise


def _check_open(appeal: Appeal) -> None:
    if not office().appeal_files or not (appeal.is_draft or appeal.state == Appeal.State.ASKED):
        raise AppealRefused(_("Files can be added until the appeal is submitted."), code="files")


def _check_room(appeal: Appeal, row: AppealFile) -> None:
    if appeal.files.filter(digest=row.digest).exists():
        raise FileRefused(_("%(name)s is here already. It was not added again.") % {"name": row.name}, code="twin")
    if appeal.files.count() >= MOST_FILES:
        raise _full(row.name)


def _full(name: str) -> FileRefused:
    return FileRefused(
        _("%(name)s does not fit: up to %(most)d files can be added. Remove one first.")
        % {"name": name, "most": MOST_FILES},
        code="room",
    )


@transaction.atomic
def remove_evidence(appeal: Appeal, *, code: str) -> None:
    """Take a file back before the appeal is submitted."""
    appeal = lock_appeal(appeal)
    if not appeal.is_draft:
        raise AppealRefused(_("This appeal is submitted, so its files stay."), code="submitted")
    for row in appeal.files.filter(code=code):
        transaction.on_commit(partial(_delete_files, _names(row)))
        row.delete()


def look_at(file_id: int, *, at: datetime | None = None) -> bool:
    """Have a new file scanned, and draw its small picture; once. False while the scanner is away."""
    row = AppealFile.objects.filter(pk=file_id, seen_at=None).first()
    if row is None:
        return True
    try:
        with row.file.open("rb") as file:
            content = file.read()
        virus = find_virus(content) if is_configured() else ""
    except ScannerAway as error:
        logger.warning("virus scanner away, evidence %s waits: %s", file_id, error)
        return False
    except FileNotFoundError:
        content, virus = b"", "file is gone"
    small = b""
    if not virus and row.of_kind is not Kind.PDF:
        small = encode_photo(ContentFile(content, name=row.name), longest_side=THUMB_SIDE)
    _note_look(file_id, small, virus, at or timezone.now())
    return True


@transaction.atomic
def _note_look(file_id: int, small: bytes, virus: str, at: datetime) -> None:
    row = AppealFile.objects.select_for_update().filter(pk=file_id, seen_at=None).first()
    if row is None:  # removed meanwhile, or another worker was quicker
        return
    row.seen_at, row.virus = at, virus[:100]
    if virus:
        transaction.on_commit(partial(_delete_files, _names(row)))
        row.file.name = ""
    elif small:
        row.thumb.save("", ContentFile(small), save=False)
    row.save(update_fields=["seen_at", "virus", "file", "thumb"])


def waiting_evidence(*, limit: int = 100) -> list[int]:
    """Keys of files that no worker has looked at yet."""
    waiting = AppealFile.objects.filter(seen_at=None).order_by("uploaded_at")
    return list(waiting.values_list("pk", flat=True)[:limit])


def can_be_opened(row: AppealFile) -> bool:
    """Not while a scanner has yet to look at it, nor when it found something."""
    return bool(row.file) and (row.seen_at is not None or not is_configured())


def _names(row: AppealFile) -> list[str]:
    return [file.name for file in (row.file, row.thumb) if file.name]


def _delete_files(names: Sequence[str]) -> None:
    for name in names:
        default_storage.delete(name)
