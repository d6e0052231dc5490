"""A text as its reader will see it: on the newest real record of its kind, or on an example, and as a test to oneself."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import Mail, TextMessage, User
from accounts.models.text import TextKind
from accounts.services.mail import frame_mail, store_mail
from accounts.services.texts import send_text
from accounts.services.wordings import WordingRefused, check_words, fill, trying
from accounts.wordings.meanings import SUM
from accounts.wordings.newest import newest_record, paper_of
from accounts.wordings.registry import Medium, Piece
from opscom.lib.logs import without_secrets
from opscom.lib.office import office
from opscom.lib.segments import BASIC, EXTENDED, count_segments, with_plain_signs
from opscom.lib.wording import WordingError, samples_of

LINED = ("receipt", "promise", "plan_offered", "plan_agreed", "permit_cancelled", "rollover_failed")


@dataclass(frozen=True)
class Preview:
    """What the reader gets. `record` names the real record; without one these are examples. A text message has `segments`, and
    in `costly` the characters that make each of them hold 70 instead of 160."""

    subject: str
    text: str
    html: str = ""
    record: str = ""
    segments: int = 0
    costly: str = ""


def preview_words(
    piece: Piece, language: str, *, subject: str, body: str, real: bool, said: str = "", mark: str = ""
) -> Preview:
    """The text filled in, whether it is saved or not; links that open something are cut. `mark` stands before its subject,
    `said` before its text. WordingRefused where it cannot be used."""
    check_words(piece, language, subject=subject, body=body)
    newest = piece.newest or (lambda: newest_record(piece.key, language))
    found = newest() if real and not piece.secret else None
    name, context = found or ("", _example(piece))
    with override(language):
        try:
            subject, body = fill(piece, subject, body, context=context)
        except WordingError as error:
            raise WordingRefused(error.message, field="body") from error
        if piece.is_paper:
            return Preview(subject, without_secrets(body), record=name)
        if piece.medium == Medium.TEXT:
            text = with_plain_signs(f"{mark} {body}".strip())
            outside = "".join(sorted(set(text) - BASIC - EXTENDED))
            return Preview("", text, segments=count_segments(text), costly=outside)
        words = f"{mark} {subject}".strip(), f"{said}\n\n{body}".strip()
        subject, text, html = frame_mail(piece.mail_kind, *words, context)
    return Preview(subject, without_secrets(text), without_secrets(html), name)


def draw_words(piece: Piece, language: str, *, subject: str, body: str) -> bytes:
    """The PDF of the newest real record with this text in it, saved or not. WordingRefused where it cannot be used, or there is
    no such record."""
    check_words(piece, language, subject=subject, body=body)
    paper = paper_of(piece.key)
    row = paper.newest() if paper else None
    if paper is None or row is None:
        raise WordingRefused(_("There is no record yet of which this could be drawn."))
    try:
        with override(language), trying(piece, subject, body):
            return paper.draw(row, language)
    except WordingError as error:
        raise WordingRefused(error.message, field="body") from error


def send_test(
    piece: Piece, language: str, *, subject: str, body: str, real: bool, to: User
) -> Mail | TextMessage | None:
    """The same to one's own address or telephone, marked as a test; in nobody's history. WordingRefused as above."""
    said = _("This is a test of a text of the office. Nobody else got it.")
    shown = preview_words(piece, language, subject=subject, body=body, real=real, said=said, mark=_("[Test]"))
    if piece.medium == Medium.TEXT:
        return _text(shown.text, to=to)
    return store_mail(piece.mail_kind, to=to.email, language=language, words=(shown.subject, shown.text, shown.html))


def _text(words: str, *, to: User) -> TextMessage:
    if not to.texts_from or to.texts_from != to.phone:
        raise WordingRefused(_("Confirm your mobile number in Your Profile first; then a test can be texted to you."))
    sent = send_text(str(to.texts_from), words, kind=TextKind.REPLY)
    if sent is None:
        raise WordingRefused(_("No text can be sent: there is no gateway, or your number wants no texts."))
    return sent


def _example(piece: Piece) -> Mapping[str, Any]:
    """The examples, with the lines and the sum of an e-mail that has them; the office is the real one."""
    lines = {"lines": [(_("Permit Y-20418"), SUM)], "total": SUM} if piece.key in LINED else {}
    return {**samples_of(piece.blanks()), **lines, **({"office": office()} if piece.is_mail else {})}
