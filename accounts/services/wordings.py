"""The office's own words: saved as versions, checked before, and never the reason that a message is not written."""

import logging
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import datetime
from functools import lru_cache
from typing import Any

from django.db import IntegrityError, transaction
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.translation import get_language, override
from django.utils.translation import gettext as _

from accounts.models import User, Wording, WordingVersion
from accounts.wordings.registry import Piece, piece_of
from opscom.lib.errors import PortalError
from opscom.lib.wording import CheckedText, WordingError, compile_wording, samples_of, values_of

logger = logging.getLogger(__name__)
LONGEST_SUBJECT = 500  # with its placeholders
_tried: ContextVar[tuple[str, str, str] | None] = ContextVar("tried_words", default=None)


class WordingRefused(PortalError):
    """The office's text is not saved. `field` is subject, body, or "" where neither is wrong."""

    def __init__(self, message: str, *, field: str = "", code: str | None = None) -> None:
        super().__init__(message, code=code)
        self.field = field


def own_words(kind: str, language: str, context: Mapping[str, Any]) -> tuple[str, str] | None:
    """(subject, body) from the office's own text, in the active language; None where it has none. One that cannot be used
    gives way to the built-in text, whatever is wrong with it, and the office is told: a payment must not fail over a letter."""
    if (tried := _tried.get()) and tried[0] == kind:
        return fill(_known(kind), *tried[1:], context=context)
    own = Wording.objects.filter(kind=kind, language=language).first()
    if own is None:
        return None
    try:
        return fill(_known(kind), own.subject, own.body, context=context)
    except Exception as error:
        logger.exception("the office's text %s (%s) cannot be used", kind, language)
        _note_failure(own, error)
        return None


def say(key: str, **values: object) -> str:
    """A text message in the active language: the office's words, else the built-in ones."""
    own = own_words(key, get_language() or "", values)
    return own[1] if own else str(_known(key).source) % values


def printed(key: str, context: Mapping[str, Any]) -> tuple[str, str]:
    """(heading, text) on paper in the active language: the office's words, else the built-in ones."""
    own = own_words(key, get_language() or "", context)
    if own:
        return own
    piece = _known(key)
    heading = render_to_string(f"{piece.template}_subject.txt", context).strip() if piece.headed else ""
    return heading, render_to_string(f"{piece.template}.txt", context).strip()


@contextmanager
def trying(piece: Piece, subject: str, body: str) -> Iterator[None]:
    """Inside, these words are the office's own, whatever is saved; WordingError where they cannot be used."""
    token = _tried.set((piece.key, subject, body))
    try:
        yield
    finally:
        _tried.reset(token)


def fill(piece: Piece, subject: str, body: str, *, context: Mapping[str, Any] | None = None) -> tuple[str, str]:
    """Both texts with the values of a record, or with the examples; in the active language. WordingError where that fails,
    or nothing is left to read."""
    texts = [_compiled(piece.key, subject, False)] if piece.has_subject else []
    texts.append(_compiled(piece.key, body, True))
    names = frozenset[str]().union(*(text.names for text in texts))
    values = samples_of(piece.blanks()) if context is None else values_of(context, piece.blanks(), only=names)
    try:
        filled = [text.render(values).strip() for text in texts]
    except WordingError:
        raise
    except Exception as error:  # what one person has may not fit, though the examples did
        raise WordingError(_misfit(error)) from error
    if not all(filled):
        raise WordingError(_("Filled in, there is nothing to read."))
    if piece.longest and len(filled[-1]) > piece.longest:
        raise WordingError(_too_long(piece))
    return (" ".join(filled[0].split()) if piece.has_subject else "", filled[-1])


def check_words(piece: Piece, language: str, *, subject: str, body: str) -> None:
    """WordingRefused says which of the two cannot be used, and why."""
    for field, text in (("subject", subject), ("body", body)):
        if field == "subject" and not piece.has_subject:
            continue
        if not text.strip():
            refusal = _("Write something here, or go back to the built-in text.")
            raise WordingRefused(_("Write something here.") if piece.is_template else refusal, field=field)
        try:
            checked = _compiled(piece.key, text, field == "body")
        except WordingError as error:
            raise WordingRefused(error.message, field=field) from error
        _try_out(checked, piece, language, field)
    if len(subject) > LONGEST_SUBJECT:
        raise WordingRefused(_("A subject has at most %(n)s characters.") % {"n": LONGEST_SUBJECT}, field="subject")


def judge_wordings(**_kwargs: Any) -> None:
    """After every migration: what an upgrade made of the office's own texts. One that cannot be used any more is told before it
    is due."""
    for own in Wording.objects.filter(failed_at=None):
        try:
            check_words(_known(own.kind), own.language, subject=own.subject, body=own.body)
        except PortalError as error:
            _tell(own.pk, _told(error))


def save_wording(
    piece: Piece,
    language: str,
    *,
    subject: str,
    body: str,
    by: User | None,
    after: int | None = None,
    note: str = "",
    at: datetime | None = None,
) -> WordingVersion:
    """Use these words from now on, as a new version; the newest one where it says just that. `after` is the number of the
    version that its author has seen. WordingRefused where they cannot be used, or somebody else was quicker."""
    subject, body = " ".join(subject.split()), "\n".join(body.replace("\0", "").splitlines()).strip()
    check_words(piece, language, subject=subject, body=body)
    with _alone():
        newest = _newest(piece.key, language, after)
        if newest and not newest.built_in and (newest.subject, newest.body) == (subject, body):
            Wording.objects.filter(kind=piece.key, language=language).update(failed_at=None, failure="")
            return newest
        words = {"subject": subject, "body": body}
        own = Wording.objects.filter(kind=piece.key, language=language).first()
        own = own or Wording(kind=piece.key, language=language)
        own.subject, own.body, own.failed_at, own.failure = subject, body, None, ""
        own.save()
        return _add_version(piece.key, language, newest, by=by, note=note, at=at, **words)


def use_built_in(
    piece: Piece, language: str, *, by: User | None, after: int | None = None, at: datetime | None = None
) -> WordingVersion | None:
    """Forget the office's own words for now; its versions stay. None where there were none."""
    with _alone():
        newest = _newest(piece.key, language, after)
        own = Wording.objects.filter(kind=piece.key, language=language).first()
        if own is None:
            return None
        own.delete()
        return _add_version(piece.key, language, newest, by=by, at=at, built_in=True)


def use_again(
    version: WordingVersion, *, by: User, after: int | None = None, at: datetime | None = None
) -> WordingVersion:
    """An earlier version once more, as the newest one. WordingRefused where it does not fit any more."""
    note = _("as in version %(number)s") % {"number": version.number}
    words = {"subject": version.subject, "body": version.body}
    return save_wording(_known(version.kind), version.language, **words, by=by, after=after, note=note, at=at)


def _known(kind: str) -> Piece:
    piece = piece_of(kind)
    if piece is None:
        raise WordingError(_("The portal does not write such a text any more."))
    return piece


@lru_cache(maxsize=256)
def _compiled(kind: str, text: str, is_body: bool) -> CheckedText:
    piece = _known(kind)
    return compile_wording(text, piece.blanks(), required=piece.required if is_body else ())


def _try_out(checked: CheckedText, piece: Piece, language: str, field: str) -> None:
    """Fill it in with the examples."""
    try:
        with override(language):
            filled = checked.render(samples_of(piece.blanks())).strip()
    except WordingError as error:
        raise WordingRefused(error.message, field=field) from error
    except Exception as error:
        raise WordingRefused(_misfit(error), field=field) from error
    if field == "body" and piece.longest and len(filled) > piece.longest:
        raise WordingRefused(_too_long(piece), field=field)


def _misfit(error: Exception) -> str:
    problem = _("A filter does not fit what it is used on (%(error)s). See the examples in the list.")
    return problem % {"error": f"{error!s:.80}"}


def _too_long(piece: Piece) -> str:
    return _("Filled in, the text has more than the %(n)s characters that fit there.") % {"n": piece.longest}


@contextmanager
def _alone() -> Iterator[None]:
    """In a transaction; two who save at once are told apart by the number of their version."""
    try:
        with transaction.atomic():
            yield
    except IntegrityError as error:
        raise _too_late() from error


def _note_failure(own: Wording, error: Exception) -> None:
    """Once the change around it is done: a text that failed is no reason to hold up anybody's payment."""
    told = _told(error)
    transaction.on_commit(lambda: _tell(own.pk, told), robust=True)


def _told(error: Exception) -> dict[str, Any]:
    return {"failed_at": timezone.now(), "failure": f"{error}"[:250] or type(error).__name__}


def _tell(pk: int, told: dict[str, Any]) -> None:
    Wording.objects.filter(pk=pk, failed_at=None).update(**told)


def _newest(kind: str, language: str, after: int | None) -> WordingVersion | None:
    newest = WordingVersion.objects.filter(kind=kind, language=language).order_by("-number").first()
    if after is not None and after != (newest.number if newest else 0):
        raise _too_late()
    return newest


def _add_version(
    kind: str, language: str, newest: WordingVersion | None, *, at: datetime | None, **fields: Any
) -> WordingVersion:
    number = newest.number + 1 if newest else 1
    return WordingVersion.objects.create(kind=kind, language=language, number=number, at=at or timezone.now(), **fields)


def _too_late() -> WordingRefused:
    return WordingRefused(
        _("Somebody else saved another version of this text meanwhile. Look at it below, then save yours again."),
        code="meanwhile",
    )
