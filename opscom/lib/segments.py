"""How many pieces a text is cut into and paid as (3GPP TS 23.038): 160 characters of the GSM alphabet in one, 153 in each of
several; 70 and 67 where any character lies outside of it."""

from collections.abc import Iterable

BASIC = frozenset(
    "@£$¥èéùìòÇ\nØø\rÅåΔ_ΦΓΛΩΠΨΣΘΞÆæßÉ !\"#¤%&'()*+,-./0123456789:;<=>?¡ABCDEFGHIJKLMNOPQRSTUVWXYZÄÖÑÜ§¿"
    "abcdefghijklmnopqrstuvwxyzäöñüà"
)
EXTENDED = frozenset("\f^{}\\[~]|€")  # each is sent as an escape and a character


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
