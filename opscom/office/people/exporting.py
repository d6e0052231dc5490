"""A person's copy of the own data: every app's rows as JSON, with the files, in one ZIP."""

import json
import logging
import shutil
import tempfile
import zipfile
from datetime import datetime, timedelta

from django.conf import settings
from django.core.files import File
from django.db import transaction
from django.db.models import QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import override

from accounts.models import AccountEvent, DataExport, User
from accounts.models.mail import MailKind
from accounts.services.history import note_event
from accounts.services.mail import queue_mail_to
from opscom.lib.work import hint
from opscom.office.people.parts import PARTS, Part, as_json

logger = logging.getLogger(__name__)
KEPT, LEASE, AGAIN, MOST_TRIES = timedelta(days=7), timedelta(minutes=5), timedelta(hours=1), 5
State = DataExport.State


@transaction.atomic
def ask_for_export(user: User, *, language: str, at: datetime | None = None) -> DataExport:
    """Have a copy made. One that is being made, or was asked for within the hour, is answered instead of a second one."""
    from opscom.office.tasks import write_export

    at = at or timezone.now()
    user = User.objects.select_for_update().get(pk=user.pk)
    latest = DataExport.objects.for_user(user).exclude(state=State.OVER).order_by("-pk").first()
    if latest and (latest.state == State.WAITING or latest.asked_at > at - AGAIN):
        return latest
    export = DataExport.objects.create(user=user, language=language, steps=len(PARTS), asked_at=at, claimed_until=at)
    note_event(user, AccountEvent.Verb.DATA_ASKED, by=user, at=at)
    hint(write_export, export_id=export.pk)
    return export


def due_exports(*, at: datetime | None = None) -> list[int]:
    """Copies that no worker is at."""
    due = DataExport.objects.filter(state=State.WAITING, claimed_until__lte=at or timezone.now())
    return list(due.order_by("pk").values_list("pk", flat=True)[:50])


def build_export(pk: int, *, at: datetime | None = None) -> bool:
    """Write one copy, if nobody else is at it; True where it is there now. Safe to run twice and at once."""
    at = at or timezone.now()
    export = _claim(pk, at)
    if export is None:
        return False
    with tempfile.TemporaryFile() as file, override(export.language):
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
            for number, part in enumerate(PARTS, start=1):
                _write_part(archive, part, export.user)
                DataExport.objects.filter(pk=pk).update(done=number)
        file.seek(0)
        export.file.save("copy.zip", File(file), save=False)
    return _hand_over(export, at)


def expired(at: datetime) -> QuerySet[DataExport]:
    """The copies whose time is over and whose files are there."""
    return DataExport.objects.filter(state=State.READY, expires_at__lte=at)


def expire_exports(*, at: datetime | None = None) -> int:
    """Delete the files of copies whose time is over. Answers how many."""
    over = expired(at or timezone.now())
    for export in over:
        export.file.delete(save=False)
        DataExport.objects.filter(pk=export.pk).update(state=State.OVER, file="")
    return len(over)


@transaction.atomic
def _claim(pk: int, at: datetime) -> DataExport | None:
    """The copy, this worker's for a while. A person who is gone, or too many tries, end it."""
    waiting = DataExport.objects.select_for_update(skip_locked=True, of=("self",)).select_related("user")
    export = waiting.filter(pk=pk, state=State.WAITING, claimed_until__lte=at).first()
    if export is None:
        return None
    if not export.user.is_active or export.tries >= MOST_TRIES:
        logger.error("copy %s given up after %s tries", export.pk, export.tries)
        export.state = State.OVER
        export.save(update_fields=["state"])
        return None
    export.tries, export.done, export.claimed_until = export.tries + 1, 0, at + LEASE
    export.save(update_fields=["tries", "done", "claimed_until"])
    return export


@transaction.atomic
def _hand_over(export: DataExport, at: datetime) -> bool:
    """The file is stored: say so, once."""
    locked = DataExport.objects.select_for_update().filter(pk=export.pk, state=State.WAITING).first()
    if locked is None or locked.tries != export.tries:  # another worker took it up meanwhile
        export.file.delete(save=False)
        return False
    locked.file, locked.state, locked.expires_at = export.file, State.READY, at + KEPT
    locked.save(update_fields=["file", "state", "expires_at"])
    queue_mail_to(
        export.user,
        MailKind.DATA_READY,
        context={"until": locked.expires_at, "action_url": settings.BASE_URL + reverse("my_data")},
    )
    return True


def _write_part(archive: zipfile.ZipFile, part: Part, user: User) -> None:
    rows = []
    for row in part.rows(user):
        rows.append(as_json(row, part))
        for stored in part.files(row):
            with stored.open("rb") as content, archive.open(f"files/{stored.name}", "w") as target:
                shutil.copyfileobj(content, target)
    archive.writestr(f"{part.name}.json", json.dumps(rows, ensure_ascii=False, indent=1))
