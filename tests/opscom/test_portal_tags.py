"""The portal's own filters, in each language."""

from datetime import UTC, date, datetime

import pytest
from django.template import defaultfilters
from django.utils import timezone
from django.utils.translation import override

from opscom.lib.dates import with_weekday
from opscom.templatetags import portal

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


@pytest.mark.parametrize("written", [None, "DATE_FORMAT", "MONTH_DAY_FORMAT", "c", "l", "Y-m-d"])
def test_date_writes_what_django_writes(written: str | None) -> None:
    at = datetime(2026, 11, 22, 23, 30, tzinfo=UTC)
    for language in ("en", "fr", "es", "en"):
        with override(language):
            for day in (date(2026, 11, 22), date(2027, 2, 1), at, timezone.localtime(at), None, "", "no day"):
                assert portal.written_date(day, written) == str(defaultfilters.date(day, written))


def test_weekday_is_that_of_the_moment_where_it_is_written() -> None:
    at = datetime(2026, 11, 23, 3, 30, tzinfo=UTC)
    local = timezone.localtime(at)
    assert at == local
    assert (with_weekday(at), with_weekday(local)) == ("Monday, Nov. 23, 2026", "Sunday, Nov. 22, 2026")
    assert with_weekday(local.date(), "MONTH_DAY_FORMAT") == "Sunday, November 22"
    with override("fr"):
        assert with_weekday(local.date()).startswith("dimanche")
