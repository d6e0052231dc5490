"""The office's notes about people."""

from datetime import datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import PersonNote, User
from opscom.lib.errors import PortalError


class NoteRefused(PortalError):
    """Nothing to write down."""


def write_note(user: User, text: str, *, by: User, at: datetime | None = None) -> PersonNote:
    """Append a note about that person. NoteRefused for an empty one."""
    if not (text := text.strip()):
        raise NoteRefused(_("Write the note first."), code="empty")
    return PersonNote.objects.create(user=user, text=text, by=by, at=at or timezone.now())
