"""How many pieces a text is cut into and paid as (3GPP TS 23.038): 160 characters of the GSM alphabet in one, 153 in each of
several; 70 and 67 where any character lies outside of it."""

import re
from collections.abc import Iterable

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # each is sent as an escape and a character

# Signs of good typesetting that a telephone does not need. Letters are never changed.
PLAIN = str.maketrans(
    dict.fromkeys("\u2018\u2019\u201a\u201b\u2032\u2039\u203a\u00b4`", "'")
    | dict.fromkeys("\u201c\u201d\u201e\u201f\u2033\u00ab\u00bb", '"')
    | dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212\u2022\u00b7", "-")
    | dict.fromkeys("\t\u00a0\u2002\u2003\u2007\u2008\u2009\u200a\u202f", " ")
    | dict.fromkeys("\u00ad\u200b\u200e\u200f\u2060\ufeff", "")
    | {"\u2026": "...", "\u00d7": "x"}
)
GUILLEMETS = re.compile(r"(?<=\u00ab)\s|\s(?=\u00bb)")


def with_plain_signs(text: str) -> str:
    """The text with the quotes, dashes and spaces of the GSM alphabet instead of typographic ones, any of which would make
    three pieces of one."""
    return GUILLEMETS.sub("", text).translate(PLAIN)


def count_segments(text: str) -> int:
    """How many segments the text takes; an empty one takes one. A pair is never cut in two: an escaped character, or the two
    code units of an emoji."""
    if set(text) <= BASIC | EXTENDED:
        return _pieces((2 if sign in EXTENDED else 1 for sign in text), alone=160, each=153)
    return _pieces((2 if ord(sign) > 0xFFFF else 1 for sign in text), alone=70, each=67)


def _pieces(widths: Iterable[int], *, alone: int, each: int) -> int:
    widths = list(widths)
    if sum(widths) <= alone:
        return 1
    pieces, filled = 1, 0
    for width in widths:
        if filled + width > each:
            pieces, filled = pieces + 1, 0
        filled += width
    return pieces
