"""Countries, regions and postal codes."""

import re

import pytest
from django.utils.translation import override

from opscom.lib.places import REGIONS, clean_postal_code, country_choices, country_name


@pytest.mark.parametrize(
    ("country", "typed", "kept"),
    [
        ("CA", "n1g2w1", "N1G 2W1"),
        ("CA", " N1G-2W1 ", "N1G 2W1"),
        ("US", "14850", "14850"),
        ("US", "１４８５０", "14850"),
        ("US", "148501234", "14850-1234"),
        ("US", "14850-1234", "14850-1234"),
        ("GB", " sw1a  1aa ", "SW1A 1AA"),
        ("IE", "", ""),
    ],
)
def test_postal_code_is_written_as_its_country_does(country: str, typed: str, kept: str) -> None:
    assert clean_postal_code(typed, country=country) == kept


@pytest.mark.parametrize(
    ("country", "typed"),
    [
        ("CA", ""),
        ("CA", "14850"),
        ("CA", "D1G 2W1"),
        ("CA", "N1G 2W11"),
        ("US", ""),
        ("US", "N1G 2W1"),
        ("US", "1485"),
        ("US", "14850-12"),
        ("GB", "<b>"),
        ("GB", "A" * 13),
        ("GB", "-"),
    ],
)
def test_postal_code_that_is_none_is_refused(country: str, typed: str) -> None:
    with pytest.raises(ValueError, match=f"^{re.escape(typed)}$"):
        clean_postal_code(typed, country=country)


def test_countries_are_named_in_the_readers_language_and_sorted_by_it() -> None:
    with override("fr"):
        choices = country_choices()
        assert (choices[:2], country_name("DE")) == ([("CA", "Canada"), ("US", "États-Unis")], "Allemagne")
    names = [name for _code, name in choices[2:]]
    assert names.index("Égypte") < names.index("Zambie")
    assert len(choices) == len(dict(choices)) > 200
    assert {"EU", "ZZ", "001"} & dict(choices).keys() == set()


def test_unknown_country_keeps_its_code() -> None:
    assert country_name("QQ") == "QQ"


def test_regions_begin_with_their_country() -> None:
    assert {code[:3] for code, _name in REGIONS} == {"CA-", "US-"}
    assert dict(REGIONS)["CA-ON"] == "Ontario"
