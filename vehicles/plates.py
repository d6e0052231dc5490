"""Plates as drivers type them and as the office compares them."""

import re

from localflavor.ca.ca_provinces import PROVINCE_CHOICES
from localflavor.us.us_states import STATE_CHOICES

SEPARATORS = re.compile(r"[\s\-\u2010-\u2015.·]+")

REGIONS = [
    *((f"CA-{code}", name) for code, name in PROVINCE_CHOICES),
    *((f"US-{code}", name) for code, name in STATE_CHOICES),
]


def normalise_plate(text: str) -> str:
    """The plate in capitals without spaces, hyphens and dots: ckrt-418 and CKRT 418 are one plate."""
    return SEPARATORS.sub("", text.strip()).upper()
