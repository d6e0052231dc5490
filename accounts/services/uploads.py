"""Documents come in, are checked, looked at, taken into account, or deleted (UPL-1, UPL-2)."""

import hashlib
import logging
import unicodedata
from collections.abc import Iterable, Sequence
from datetime import datetime
from functools import partial
from pathlib import PurePath

from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.core.files.uploadedfile import UploadedFile
from django.db import transaction
from django.db.models import Count, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import AccountEvent, AccountUpload, User
from accounts.services.history import note_event
from opscom.lib.antivirus import ScannerAway, find_virus, is_configured
from opscom.lib.append_only import rewriting_history
from opscom.lib.errors import PortalError
from opscom.lib.files import MEGABYTE, CheckedFile, FileRefused, Kind, check_document, encode_photo
from opscom.lib.states import change_state

logger = logging.getLogger(__name__)
MOST_FILES = 40
MOST_TOTAL = 200 * MEGABYTE
MOST_AT_ONCE = 20
LONGEST_NAME = 120
THUMB_SIDE = 160


class UploadRefused(PortalError):
    """What was asked of the document cannot be done."""


def receive_files(
    user: User, *, files: Sequence[UploadedFile], by: User, at: datetime | None = None
) -> tuple[list[AccountUpload], list[FileRefused]]:
    """Keep each file that may be kept; a refused one stops none of the others."""
    kept: list[AccountUpload] = []
    refused: list[FileRefused] = []
    for number, file in enumerate(files):
        try:
            if number >= MOST_AT_ONCE:
                raise FileRefused(
                    _("%(name)s was not looked at: %(most)d files fit at a time. Add it again.")
                    % {"name": file.name, "most": MOST_AT_ONCE},
                    code="many",
                )
            kept.append(receive_file(user, file=file, by=by, at=at))
        except FileRefused as refusal:
            refused.append(refusal)
    return kept, refused


def receive_file(user: User, *, file: UploadedFile, by: User, at: datetime | None = None) -> AccountUpload:
    """Check one file by its content, have it scanned, and store it under a name of our own. FileRefused says why not."""
    file.name = plain_name(file.name or "")
    digest = _digest(file)
    _check_room(user, file.name, digest, size=0)  # before the work; once more when the person's row is locked
    checked = check_document(file)
    clean = _scan(checked.content, user=user, name=file.name, by=by, at=at)
    upload = AccountUpload(
        user=user,
        name=file.name,
        kind=checked.kind.suffix,
        size=len(checked.content),
        digest=digest,
        uploaded_at=at or timezone.now(),
    )
    if not clean:
        upload.wait()
    _store(upload, checked, by=by, at=at)
    return upload


def keep_file(user: User, *, file: UploadedFile, by: User, at: datetime | None = None) -> AccountUpload:
    """The same for a file that something else asks for: one that is among the person's documents already is found there."""
    try:
        return receive_file(user, file=file, by=by, at=at)
    except FileRefused as refusal:
        twin = AccountUpload.objects.for_user(user).filter(digest=_digest(file)).first()
        if refusal.code != "twin" or twin is None:
            raise
        return twin


def plain_name(name: str) -> str:
    """The file's name without what cannot be seen (control characters, changes of direction), its end kept."""
    name = "".join(sign for sign in name if unicodedata.category(sign)[0] != "C").strip()
    ending = PurePath(name).suffix[:10]
    return name[: LONGEST_NAME - len(ending)] + ending if len(name) > LONGEST_NAME else name


def _digest(file: UploadedFile) -> str:
    digest = hashlib.sha256()
    for chunk in file.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _check_room(user: User, name: str, digest: str, *, size: int) -> None:
    mine = AccountUpload.objects.for_user(user)
    twin = mine.filter(digest=digest).first()
    if twin:
        raise FileRefused(
            _("%(name)s is here already, as %(twin)s. It was not added again.") % {"name": name, "twin": twin.name},
            code="twin",
        )
    held = mine.aggregate(count=Count("pk"), total=Sum("size"))
    if held["count"] >= MOST_FILES or (held["total"] or 0) + size > MOST_TOTAL:
        raise FileRefused(
            _("%(name)s does not fit: up to %(files)d files and %(total)d MB in all. Delete what you no longer need.")
            % {"name": name, "files": MOST_FILES, "total": MOST_TOTAL // MEGABYTE},
            code="room",
        )


def _scan(content: bytes, *, user: User, name: str, by: User, at: datetime | None) -> bool:
    """Whether it is known to be clean; without a scanner everything is. FileRefused for what the scanner finds."""
    if not is_configured():
        return True
    try:
        virus = find_virus(content)
    except ScannerAway as error:
        logger.warning("virus scanner away, the file waits: %s", error)
        return False
    if virus:
        logger.warning("virus %s in an upload of user %s", virus, user.pk)
        note_event(user, AccountEvent.Verb.UPLOAD_REFUSED, by=by, detail=name, at=at)
        raise FileRefused(
            _("%(name)s was not kept: the virus scanner found something in it.") % {"name": name}, code="virus"
        )
    return True


def _store(upload: AccountUpload, checked: CheckedFile, *, by: User, at: datetime | None) -> None:
    """The row and its files. What fails leaves no file behind."""
    thumb = b""
    if checked.kind is not Kind.PDF:
        thumb = encode_photo(ContentFile(checked.content, name=upload.name), longest_side=THUMB_SIDE)
    try:
        with transaction.atomic():
            User.objects.select_for_update().get(pk=upload.user_id)
            _check_room(upload.user, upload.name, upload.digest, size=upload.size)
            upload.file.save("", ContentFile(checked.content), save=False)
            if thumb:
                upload.thumb.save("", ContentFile(thumb), save=False)
            upload.save()
            note_event(upload.user, AccountEvent.Verb.UPLOADED, by=by, detail=upload.name, at=at)
    except BaseException:
        _delete_files(_files_of(upload))
        raise


def _files_of(upload: AccountUpload) -> list[str]:
    return [file.name for file in (upload.file, upload.thumb) if file.name]


def _delete_files(names: Iterable[str]) -> None:
    for name in names:
        default_storage.delete(name)


@rewriting_history()
def delete_upload(upload: AccountUpload, *, by: User, at: datetime | None = None) -> None:
    """Take a document back. UploadRefused once the office has taken it into account."""
    locked = AccountUpload.objects.select_for_update().get(pk=upload.pk)
    if locked.state == AccountUpload.State.TAKEN:
        raise UploadRefused(
            _("The parking office has taken %(name)s into account, so it stays.") % {"name": locked.name}, code="taken"
        )
    note_event(locked.user, AccountEvent.Verb.UPLOAD_DELETED, by=by, detail=locked.name, at=at)
    transaction.on_commit(partial(_delete_files, _files_of(locked)))
    locked.events.all().delete()
    AccountUpload.objects.filter(pk=locked.pk).delete()


@transaction.atomic
def take_uploads(uploads: Iterable[AccountUpload], *, by: User, at: datetime | None = None) -> int:
    """The office has used these documents, so their owners can no longer delete them; answers how many that holds for
    from now on. One that is being checked or was refused is left out."""
    keys = [upload.pk for upload in uploads]
    ready = AccountUpload.objects.select_for_update(of=("self",)).select_related("user")
    rows = list(ready.filter(pk__in=keys, state=AccountUpload.State.READY).order_by("pk"))
    for upload in rows:
        change_state(upload, "take", by=by, at=at)
        note_event(upload.user, AccountEvent.Verb.UPLOAD_TAKEN, by=by, detail=upload.name, at=at)
    return len(rows)


def note_view(upload: AccountUpload, *, by: User, at: datetime | None = None) -> None:
    """Staff looked at it; the person can read that."""
    note_event(upload.user, AccountEvent.Verb.UPLOAD_VIEWED, by=by, detail=upload.name, at=at)


def waiting_uploads(*, limit: int = 100) -> list[int]:
    """Keys of documents that wait for the scanner."""
    return list(AccountUpload.objects.waiting().order_by("uploaded_at").values_list("pk", flat=True)[:limit])


def scan_waiting(pk: int, *, at: datetime | None = None) -> bool:
    """Have one waiting document scanned; False while the scanner is away. Without a scanner nothing waits any longer."""
    upload = AccountUpload.objects.waiting().filter(pk=pk).first()
    if upload is None:
        return True
    try:
        with upload.file.open("rb") as file:
            virus = find_virus(file.read()) if is_configured() else ""
    except ScannerAway as error:
        logger.warning("virus scanner away, document %s waits: %s", pk, error)
        return False
    except FileNotFoundError:
        virus = "file is gone"
    _settle_scan(pk, virus, at=at)
    return True


@transaction.atomic
def _settle_scan(pk: int, virus: str, *, at: datetime | None) -> None:
    upload = AccountUpload.objects.select_for_update().waiting().filter(pk=pk).first()
    if upload is None:  # deleted by its owner, or another worker was quicker
        return
    if not virus:
        change_state(upload, "clear", at=at)
        return
    names = _files_of(upload)
    change_state(upload, "refuse", at=at, reason=virus[:250], file="", thumb="")
    note_event(upload.user, AccountEvent.Verb.UPLOAD_REFUSED, detail=upload.name, at=at)
    transaction.on_commit(partial(_delete_files, names))
