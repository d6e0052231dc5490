"""Every text that the office may write itself: what it is for, its placeholders and the built-in words.

A piece is a kind of e-mail, or what an app registers when it starts.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

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
    TEXT = "text", _("Text message")


@dataclass(frozen=True)
class Piece:
    """One text. `built_in` answers (subject, body) in a language; a text without `subject` has none. What is `secret` holds
    what opens an account, and is shown with examples alone. `source` is the sentence of a text message."""

    key: str
    medium: Medium
    title: str | Promise
    blanks: Callable[[], tuple[Blank, ...]]
    built_in: Callable[[str], tuple[str, str]]
    required: tuple[str, ...] = ()
    secret: bool = False
    source: str | Promise = ""

    @property
    def has_subject(self) -> bool:
        """Only an e-mail has one."""
        return self.medium == Medium.MAIL


_pieces: dict[str, Piece] = {}


def register(*pieces: Piece) -> None:
    """Called by an app that starts, for the texts that it writes."""
    _pieces.update({piece.key: piece for piece in pieces})


def all_pieces() -> Iterable[Piece]:
    """The e-mails in the order of their kinds, then what apps registered."""
    return _pieces.values()


def piece_of(key: str) -> Piece | None:
    """The text of that name."""
    return _pieces.get(key)


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
