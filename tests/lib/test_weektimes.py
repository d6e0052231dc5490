"""Times of the week: read from the office's lines, judged by its clock, said in words."""

from datetime import UTC, datetime, timedelta

import pytest
from django.core.exceptions import ValidationError
from django.utils import timezone
from django.utils.translation import override

from opscom.lib.weektimes import check_times, times_end, written_times


def at(*when: int) -> datetime:
    return timezone.make_aware(datetime(*when)).astimezone(UTC)  # type: ignore[arg-type]  # noqa: DTZ001


@pytest.mark.parametrize(
    ("text", "moment", "end"),
    [
        ("mon-fri 08:00-17:00", (2026, 11, 23, 8, 0), (2026, 11, 23, 17, 0)),  # a Monday
        ("mon-fri 08:00-17:00", (2026, 11, 23, 17, 0), None),
        ("mon-fri 08:00-17:00", (2026, 11, 22, 9, 0), None),
        ("17:00-08:00\nsat,sun", (2026, 11, 23, 7, 59), (2026, 11, 23, 8, 0)),
        ("17:00-08:00\nsat,sun", (2026, 11, 22, 18, 0), (2026, 11, 23, 8, 0)),  # of two lines the one that holds longer
        ("fri 22:00-02:00", (2026, 11, 28, 1, 0), (2026, 11, 28, 2, 0)),  # Friday's night goes over midnight
        ("fri 22:00-02:00", (2026, 11, 27, 1, 0), None),
        ("sat-mon", (2026, 11, 23, 12, 0), (2026, 11, 24, 0, 0)),
        ("02:00-05:00 12-01..03-31", (2027, 1, 5, 2, 0), (2027, 1, 5, 5, 0)),
        ("02:00-05:00 12-01..03-31", (2026, 11, 30, 2, 0), None),
        ("02:00-05:00 12-01..03-31", (2027, 3, 31, 4, 59), (2027, 3, 31, 5, 0)),
        ("05-01..08-31", (2026, 8, 31, 23, 0), (2026, 9, 1, 0, 0)),
        ("mon wed", (2026, 11, 25, 12, 0), (2026, 11, 26, 0, 0)),
        ("05-01..08-31", (2026, 6, 1, 12, 0), (2026, 9, 1, 0, 0)),  # days that follow each other
        ("17:00-08:00\nsat,sun", (2026, 11, 27, 20, 0), (2026, 11, 30, 8, 0)),  # a night, a weekend, a night
        ("mon-fri 08:00-12:00\nmon 12:00-17:00", (2026, 11, 23, 8, 0), (2026, 11, 23, 17, 0)),
        ("sun-sat", (2026, 11, 23, 12, 0), (2027, 11, 25, 0, 0)),  # never: beyond a year
        ("", (2026, 11, 23, 12, 0), None),
    ],
)
def test_times_hold_until_their_end(text: str, moment: tuple[int, ...], end: tuple[int, ...] | None) -> None:
    assert times_end(text, at(*moment)) == (at(*end) if end else None)


def test_hour_that_comes_twice_in_autumn_ends_after_the_moment_that_is_asked_for() -> None:
    first = datetime(2026, 11, 1, 5, tzinfo=UTC)  # 1 a.m., and an hour later again
    found = [times_end("00:00-01:45", first + timedelta(minutes=minutes)) for minutes in (30, 50, 90, 110)]
    assert found == [first + timedelta(minutes=45), None, first + timedelta(minutes=105), None]


@pytest.mark.parametrize(
    "line", ["mon-fry 08:00-17:00", "25:00-26:00", "24:00-02:00", "12-32..01-01", "8-17", "sat 1:00-2:00 3:00-4:00"]
)
def test_what_cannot_be_read_is_named(line: str) -> None:
    with pytest.raises(ValidationError) as error:
        check_times(f"sat,sun\n{line}")
    assert f"“{line}” cannot be read." in error.value.messages[0]


def test_words_come_in_the_readers_language() -> None:
    text = "mon-fri 08:00-17:00\nsat,sun\n02:00-05:00 12-01..03-31"
    said = "Monday to Friday, 8 a.m. to 5 p.m.; Saturday, Sunday; every day, 2 a.m. to 5 a.m., December 1 to March 31"
    assert written_times(text) == said
    with override("fr"):
        assert written_times("sat").casefold() == "samedi"
