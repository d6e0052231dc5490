"""What part of a term's price is asked of somebody who buys when the term has begun (RULES 47, 48)."""

from dataclasses import dataclass
from datetime import timedelta
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from opscom.lib.dates import Period, months_begun
from opscom.lib.money import CENT, rounded


class Proration(models.TextChoices):
    """By what a price is divided."""

    NONE = "none", _("The whole price")
    DAY = "day", _("The days that are left")
    MONTH = "month", _("The months that are left; one that has begun counts")


@dataclass(frozen=True)
class Part:
    """So many days or months of a term's are left."""

    unit: str
    left: int
    whole: int

    def __str__(self) -> str:
        if self.unit == Proration.MONTH:
            text = ngettext(
                "prorated: %(left)s of %(whole)s month", "prorated: %(left)s of %(whole)s months", self.whole
            )
        else:
            text = ngettext("prorated: %(left)s of %(whole)s day", "prorated: %(left)s of %(whole)s days", self.whole)
        return text % {"left": self.left, "whole": self.whole}

    def of(self, price: Decimal) -> Decimal:
        """That part of a price above zero: at least one cent, for nothing can be sold for nothing."""
        return max(rounded(price * self.left / self.whole), CENT)


def part_left(unit: str, term: Period, period: Period) -> Part | None:
    """What part of the term the period is, where prices are prorated and the period is not the whole. The first day counts; so
    does a month that has begun. Days after the term, as a renewal has them, are whole."""
    first, before = term.start, term.end
    start, end = max(period.start, first), min(period.end, before)
    if unit == Proration.NONE or (start, end) == (first, before) or start >= end:
        return None
    if unit == Proration.DAY:
        return Part(unit, (end - start).days, (before - first).days)
    over = months_begun(first, start + timedelta(days=1)) - 1
    left, whole = months_begun(first, end) - over, months_begun(first, before)
    return Part(unit, left, whole) if left < whole else None
