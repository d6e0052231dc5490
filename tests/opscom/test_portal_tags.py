"""The portal's own filters, in each language."""

from datetime import date

import pytest
from django.utils.translation import override

from opscom.lib.dates import with_weekday

DAY = date(2026, 12, 5)


@pytest.mark.parametrize(
    ("language", "with_year", "without"),
    [
        ("en", "Saturday, Dec. 5, 2026", "Saturday, December 5"),
        ("fr", "samedi 5 décembre 2026", "samedi 5 décembre"),
        ("es", "sábado 5 de diciembre de 2026", "sábado 5 de diciembre"),
    ],
)
def test_a_day_with_its_weekday_is_written_as_the_language_has_it(language: str, with_year: str, without: str) -> None:
    with override(language):
        assert (with_weekday(DAY), with_weekday(DAY, "MONTH_DAY_FORMAT")) == (with_year, without)
