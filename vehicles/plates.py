"""Plates as drivers type them and as the office compares them."""

import re
from itertools import product

LOOK_ALIKES = (("O", "0"), ("I", "1"), ("B", "8"))
MOST_ALIKE = 8  # each doubles the list
SEPARATORS = re.compile(r"[\s\-\u2010-\u2015.·]+")


def normalise_plate(text: str) -> str:
    """The plate in capitals without spaces, hyphens and dots: ckrt-418 and CKRT 418 are one plate."""
    return SEPARATORS.sub("", text.strip()).upper()


def look_of(plate: str) -> str:
    """What plates that are easily mistaken for one another have in common: B0I and 801 look alike."""
    for letter, digit in LOOK_ALIKES:
        plate = plate.replace(letter, digit)
    return plate


def spellings_of(plate: str) -> list[str]:
    """The plate with all that are easily mistaken for it: 1B, IB, 18 and I8. Of one that is hardly a plate, itself alone."""
    if sum(plate.count(sign) for pair in LOOK_ALIKES for sign in pair) > MOST_ALIKE:
        return [plate]
    pairs = {sign: pair for pair in LOOK_ALIKES for sign in pair}
    return ["".join(signs) for signs in product(*(pairs.get(sign, (sign,)) for sign in plate))]
