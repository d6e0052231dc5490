"""Countries, provinces and states, and the codes of their post."""

import re
from functools import lru_cache
from unicodedata import normalize

from babel import Locale
from django.core.exceptions import ValidationError
from django.utils.translation import get_language
from localflavor.ca.ca_provinces import PROVINCE_CHOICES
from localflavor.ca.forms import CAPostalCodeField
from localflavor.us.forms import USZipCodeField
from localflavor.us.us_states import STATE_CHOICES

REGIONS = [
    *((f"CA-{code}", name) for code, name in PROVINCE_CHOICES),
    *((f"US-{code}", name) for code, name in STATE_CHOICES),
]
WITH_REGIONS = ("CA", "US")
COUNTRY_CODE = re.compile(r"[A-Z]{2}")
NO_COUNTRIES = {"EU", "EZ", "QO", "UN", "XA", "XB", "ZZ"}  # Unicode's groups of countries, pretended and unknown ones
POSTAL_CODE = re.compile(r"[A-Z0-9][A-Z0-9 \-]{1,10}[A-Z0-9]")


def country_choices() -> list[tuple[str, str]]:
    """(ISO 3166 code, name in the active language); Canada and the United States come first."""
    names = _countries((get_language() or "en")[:2])
    first = [(code, names[code]) for code in WITH_REGIONS]
    return [*first, *((code, name) for code, name in names.items() if code not in WITH_REGIONS)]


def country_name(code: str) -> str:
    """The country in the active language; a code that is none as it is."""
    return _countries((get_language() or "en")[:2]).get(code, code)


@lru_cache(maxsize=8)
def _countries(language: str) -> dict[str, str]:
    names = Locale.parse(language).territories
    return {
        code: names[code]
        for code in sorted(names, key=lambda code: _plain(names[code]))
        if COUNTRY_CODE.fullmatch(code) and code not in NO_COUNTRIES
    }


def _plain(name: str) -> str:
    """The name without the accents that would put Égypte behind Zambie."""
    return normalize("NFKD", name).encode("ascii", "ignore").decode().lower()


def clean_postal_code(text: str, *, country: str) -> str:
    """The code as that country writes it: n1g2w1 becomes N1G 2W1, 148501234 becomes 14850-1234. ValueError where it is
    none."""
    code = " ".join(normalize("NFKC", text).upper().split())
    compact = code.replace(" ", "").replace("-", "")
    try:
        if country == "CA":
            return str(CAPostalCodeField().clean(compact))
        if country == "US":
            return str(USZipCodeField().clean(compact if len(compact) == 5 else f"{compact[:5]}-{compact[5:]}"))
    except ValidationError as error:
        raise ValueError(text) from error
    if code and not POSTAL_CODE.fullmatch(code):
        raise ValueError(text)
    return code
