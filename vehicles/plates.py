"""Plates as drivers type them and as the office compares them."""

import re

SEPARATORS = re.compile(r"[\s\-\u2010-\u2015.·]+")


def normalise_plate(text: str) -> str:
    """The plate in capitals without spaces, hyphens and dots: ckrt-418 and CKRT 418 are one plate."""
    return SEPARATORS.sub("", text.strip()).upper()
