"""Every text that the office may write itself: what it is for, its placeholders and the built-in words.

A piece is a kind of e-mail, or what an app registers when it starts.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db.models import TextChoices
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models.mail import READABLE_KINDS, MailKind
from accounts.wordings.mails import blanks_of_mail, built_in_mail
from accounts.wordings.meanings import REQUIRED
from opscom.lib.wording import Blank


class Medium(TextChoices):
    """How a text reaches its reader."""

    MAIL = "mail", _("E-mail")
    MANY = "many", _("Template of e-mails to many")
    TEXT = "text", _("Text message")
    LETTER = "letter", _("Letter")
    PERMIT = "permit", _("Printed permit")


@dataclass(frozen=True)
class Piece:
    """One text. `built_in` answers (subject, body) in a language; a text that has no subject has none. What is `secret` holds
    what opens an account, and is shown with examples alone. `source` is the sentence of a text message, `template` begins the
    names of the templates of paper. `headed`: on paper a heading stands above it. `longest`: as many characters fit, filled in;
    0 for any. `newest`: (name, what is told) of the newest real record, where the text itself knows how to find it; `rights`: what
    somebody needs who sees that."""

    key: str
    medium: Medium
    title: str | Promise
    blanks: Callable[[], tuple[Blank, ...]]
    built_in: Callable[[str], tuple[str, str]]
    required: tuple[str, ...] = ()
    secret: bool = False
    source: str | Promise = ""
    template: str = ""
    headed: bool = False
    longest: int = 0
    newest: Callable[[], tuple[str, Mapping[str, Any]] | None] | None = None
    rights: tuple[str, ...] = ()

    @property
    def is_mail(self) -> bool:
        """It reaches its reader by e-mail."""
        return self.medium in (Medium.MAIL, Medium.MANY)

    @property
    def is_template(self) -> bool:
        """The office itself added it; there is no built-in one."""
        return self.medium == Medium.MANY

    @property
    def mail_kind(self) -> str:
        """Of which kind an e-mail with this text is."""
        return MailKind.OFFICE_MESSAGE.value if self.is_template else self.key

    @property
    def has_subject(self) -> bool:
        """An e-mail has one; on paper it is the heading."""
        return self.is_mail or self.headed

    @property
    def is_paper(self) -> bool:
        """It is printed, and tried as a PDF."""
        return bool(self.template)


_pieces: dict[str, Piece] = {}
_finders: dict[str, Callable[[str], Piece | None]] = {}


def register(*pieces: Piece) -> None:
    """Called by an app that starts, for the texts that it writes."""
    _pieces.update({piece.key: piece for piece in pieces})


def register_finder(prefix: str, find: Callable[[str], Piece | None]) -> None:
    """For texts that are found by their key alone: those whose keys begin like that."""
    _finders[prefix] = find


def all_pieces() -> Iterable[Piece]:
    """The e-mails in the order of their kinds, then what apps registered."""
    return _pieces.values()


def piece_of(key: str) -> Piece | None:
    """The text of that name."""
    if key in _pieces:
        return _pieces[key]
    return next((find(key) for prefix, find in _finders.items() if key.startswith(prefix)), None)


def register_mails() -> None:
    """Every kind of e-mail that the portal writes; one to many is worded each time."""
    register(*(_piece_of_mail(kind) for kind in MailKind if kind != MailKind.OFFICE_MESSAGE))


def _piece_of_mail(kind: MailKind) -> Piece:
    return Piece(
        key=kind.value,
        medium=Medium.MAIL,
        title=kind.label,
        blanks=lambda: blanks_of_mail(kind.value),
        built_in=lambda language: built_in_mail(kind.value, language),
        required=REQUIRED.get(kind.value, ()),
        secret=kind not in READABLE_KINDS,
    )
