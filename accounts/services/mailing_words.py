"""The words of an e-mail to many: checked, and filled in for each person with the rows by which they were chosen."""

from collections.abc import Sequence
from typing import Any

from django.conf import settings
from django.utils.translation import override

from accounts.models import Mailing, MailingPerson
from accounts.models.mail import MailKind
from accounts.services.mail import render_mail
from accounts.services.wordings import check_words, fill
from accounts.wordings.registry import Piece
from accounts.wordings.rows import kind_named, piece_of_rows, told_of
from opscom.lib.office import office
from opscom.lib.wording import compile_wording

NAME = "{name}", "{{ person.get_full_name }}"  # as it is written where only the name is wanted
Told = dict[str, Any]


def piece_for(mailing: Mailing) -> Piece:
    """What its words may name."""
    return piece_of_rows(kind_named(mailing.rows))


def check_mailing(mailing: Mailing, language: str, *, subject: str, text: str) -> None:
    """WordingRefused says which of the two cannot be used, and why."""
    check_words(piece_for(mailing), language, subject=_spelled(subject), body=_spelled(text))


def told_to(mailing: Mailing, people: Sequence[MailingPerson]) -> list[Told]:
    """What its words name of each of these people. WordingError where they cannot be used."""
    return told_of(kind_named(mailing.rows), [(person.user, person.rows) for person in people], _names(mailing))


def written_in(mailing: Mailing) -> dict[str, str]:
    """Subject and body as they are written in the active language, else in English."""
    return {"subject": _spelled(mailing.subject or ""), "body": _spelled(mailing.text or "")}


def words_for(mailing: Mailing, told: Told) -> dict[str, str]:
    """Subject and text in the active language, else in English, filled in. WordingError where nothing is left to read."""
    context = {**told, "office": office()}
    subject, text = fill(piece_for(mailing), **written_in(mailing), context=context)
    return {"subject": subject, "text": text}


def sample_of(mailing: Mailing, person: MailingPerson) -> tuple[str, str]:
    """(subject, text) as that person will read them. WordingError where they cannot be filled in."""
    [told] = told_to(mailing, [person])
    language = person.user.language
    with override(language):
        context = {**told, **words_for(mailing, told)}
        subject, text, _html = render_mail(MailKind.OFFICE_MESSAGE, language, context)
    return subject, text


def _names(mailing: Mailing) -> frozenset[str]:
    """What any of its texts names."""
    blanks, names = piece_for(mailing).blanks(), frozenset[str]()
    for code, _language in settings.LANGUAGES:
        for column in (f"subject_{code}", f"text_{code}"):
            names |= compile_wording(_spelled(getattr(mailing, column) or ""), blanks).names
    return names


def _spelled(words: str) -> str:
    return words.replace(*NAME)
