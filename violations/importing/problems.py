"""What can be wrong with a row. Errors refuse it; warnings go into the report with the row that was kept."""

from dataclasses import dataclass

from django.db import models
from django.utils.translation import gettext_lazy as _


class Problem(models.TextChoices):
    """The named reasons of the report."""

    CELLS = "cells", _("The line has more or fewer cells than the heading.")
    NUMBER_MISSING = "number-missing", _("No ticket number.")
    NUMBER_UNREADABLE = (
        "number-unreadable",
        _("The ticket number has other characters than letters, digits, dots and hyphens, or more than 30."),
    )
    DUPLICATE_IN_FILE = "duplicate-in-file", _("An earlier line has the same ticket number.")
    DUPLICATE_NUMBER = "duplicate-number", _("The ticket number is there already, from elsewhere.")
    DIFFERS = "differs", _("The ticket is there already and says something else; it was left as it is.")
    DATE_MISSING = "date-missing", _("No date.")
    DATE_UNREADABLE = "date-unreadable", _("The date cannot be read.")
    DATE_OUT_OF_RANGE = "date-out-of-range", _("The date lies outside the years of this file, or in the future.")
    TIME_MISSING = "time-missing", _("No time; the ticket is kept with its day.")
    TIME_UNREADABLE = "time-unreadable", _("The time cannot be read; the ticket is kept with its day.")
    PLATE_UNKNOWN = "plate-unknown", _("No plate was recorded.")
    PLATE_ODD = "plate-odd", _("The plate has other characters than letters and digits, or more than 10.")
    STATE_UNKNOWN = "state-unknown", _("The plate's province or state is not known.")
    YEAR_IMPOSSIBLE = "year-impossible", _("The vehicle would be newer than the ticket.")
    AMOUNT_UNREADABLE = "amount-unreadable", _("The amount cannot be read.")
    AMOUNT_MISSING = "amount-missing", _("Neither the row nor the offence names a fine.")
    STATUS_UNKNOWN = "status-unknown", _("The mapping does not say what this status means.")
    STATUS_UNSURE = "status-unsure", _("The status does not say whether the ticket is paid; it is kept as owed.")
    TEXT_SHORTENED = "text-shortened", _("A text was too long and was cut.")
    MARKED = "marked", _("The file itself marks this row.")


REFUSING = frozenset(
    {
        Problem.CELLS,
        Problem.NUMBER_MISSING,
        Problem.NUMBER_UNREADABLE,
        Problem.DUPLICATE_IN_FILE,
        Problem.DATE_MISSING,
        Problem.DATE_UNREADABLE,
        Problem.DATE_OUT_OF_RANGE,
        Problem.AMOUNT_UNREADABLE,
        Problem.STATUS_UNKNOWN,
    }
)


@dataclass(frozen=True)
class Finding:
    """One problem of one row, with the text that caused it. `refuses` decides whether the row goes in."""

    problem: Problem
    detail: str = ""
    refuses: bool = False


def finding(problem: Problem, detail: str = "", *, refuses: bool | None = None) -> Finding:
    """A finding with its usual severity, unless `refuses` says otherwise."""
    return Finding(problem, detail[:200], problem in REFUSING if refuses is None else refuses)
