"""Reasons that the portal puts together from words and values: kept in English with plain values, told in the reader's language."""

import re
from collections.abc import Iterator
from contextlib import suppress
from datetime import date
from decimal import Decimal

from django.utils.formats import date_format
from django.utils.translation import gettext
from django.utils.translation import gettext_noop as _

from opscom.lib.money import format_money

LONGEST = 250
# The more exact one stands before what would fit it, too.
SENTENCES = (
    _("kept until %(day)s: %(reason)s"),
    _("moved to position %(n)s: %(reason)s"),
    _("number %(old)s → %(new)s: %(reason)s"),
    _("number %(number)s: %(condition)s"),
    _("plates %(signs)s"),
    _("courtesy car ended %(plate)s"),
    _("courtesy car %(plate)s"),
    _("reduced from %(owed)s to %(to)s: %(reason)s"),
    _("towing %(amount)s: %(reason)s"),
    _("towing %(amount)s"),
    _("fee %(amount)s, %(name)s: %(reason)s"),
)
DAY, MONEY = r"\d{4}-\d\d-\d\d", r"\d+\.\d\d"
LIKE = {
    "day": DAY,
    "owed": MONEY,
    "to": MONEY,
    "amount": MONEY,
    "n": r"\d+",
    "signs": r"[+-].+",
    "condition": r"[a-z]+",
}
PLACE = re.compile(r"%\((\w+)\)s")


def spell(sentence: str, **values: object) -> str:
    """One of the sentences as a row keeps it. KeyError for any other: its reader would get it in English."""
    if sentence not in PATTERNS:
        raise KeyError(sentence)
    kept = {name: f"{value:.2f}" if isinstance(value, Decimal) else str(value) for name, value in values.items()}
    return (sentence % kept)[:LONGEST]


def said_sentence(text: str) -> str:
    """What a row keeps, in the reader's language; as it stands where it is none of the sentences, or names a day that is none."""
    for sentence, pattern in PATTERNS.items():
        if found := pattern.fullmatch(text):
            with suppress(ValueError):
                return gettext(sentence) % {name: _said(name, value) for name, value in found.groupdict().items()}
    return text


def _said(name: str, value: str) -> str:
    like = LIKE.get(name)
    if like == DAY:
        return date_format(date.fromisoformat(value))
    if like == MONEY:
        return format_money(Decimal(value))
    return gettext(value.capitalize()) if name == "condition" else value


def _pattern(sentence: str) -> Iterator[str]:
    for number, part in enumerate(PLACE.split(sentence)):
        yield f"(?P<{part}>{LIKE.get(part, '.*')})" if number % 2 else re.escape(part)


PATTERNS = {sentence: re.compile("".join(_pattern(sentence)), re.DOTALL) for sentence in SENTENCES}
