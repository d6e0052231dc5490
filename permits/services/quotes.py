"""What a permit costs, and why. One function for everybody who sells one: the price of the day, then what part of the window
is left. Each step is rounded once, and the next one goes on from the sum that people see (RULES 47)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.dates import Period, months_begun, today
from opscom.lib.money import CENT, format_money, rounded
from permits.models import PermitType, SalesWindow
from permits.models.sale import price_on
from permits.services.sale import no_price

Proration = PermitType.Proration


@dataclass(frozen=True)
class Part:
    """So many days or months of a window's are left."""

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
        """That part of the price: at least one cent, for nothing can be sold for nothing."""
        return max(rounded(price * self.left / self.whole), CENT)


@dataclass(frozen=True)
class WholePrice:
    """The calendar's price, said beside another one."""

    price: Decimal

    def __str__(self) -> str:
        return _("the whole price is %(price)s") % {"price": format_money(self.price)}


@dataclass(frozen=True)
class Quote:
    """What a permit of a window costs for a period, before taxes on top. `price` is the calendar's, for the whole window."""

    window: SalesWindow
    period: Period
    price: Decimal
    amount: Decimal
    part: Part | None = None

    @property
    def reasons(self) -> list[object]:
        """How the amount came about, each in the reader's language once it is written; none where the calendar's price is asked."""
        return [self.part, WholePrice(self.price)] if self.part else []


def quote_permit(window: SalesWindow, *, user: User, at: datetime, period: Period | None = None) -> Quote:
    """What this person pays for a permit that is bought now, for the rest of the window or for the given days. Needs
    `permit_type`; call it with the lot locked where the answer is written down. PermitRefused while there is no price."""
    price = price_on(list(window.prices.all()), today(at))
    if price is None:
        raise no_price(window).refusal()
    return quote_price(window, price.amount, period=period or rest_of(window, today(at)))


def quote_price(window: SalesWindow, price: Decimal, *, period: Period) -> Quote:
    """The same for a price that is known already, without asking the database; needs `permit_type`."""
    part = _part_left(window, period)
    return Quote(window, period, price, part.of(price) if part else price, part)


def rest_of(window: SalesWindow, day: date) -> Period:
    """The days of a permit that is bought on that day."""
    return Period(max(window.valid_from, day), window.valid_before)


def _part_left(window: SalesWindow, period: Period) -> Part | None:
    """What part of the window the period is, where its type is prorated and the period is not the whole. The first day counts;
    so does a month that has begun. Days after the window, as a renewal has them, are whole."""
    unit, first, before = window.permit_type.proration, window.valid_from, window.valid_before
    start, end = max(period.start, first), min(period.end, before)
    if unit == Proration.NONE or (start, end) == (first, before) or start >= end:
        return None
    if unit == Proration.DAY:
        return Part(unit, (end - start).days, (before - first).days)
    over = months_begun(first, start + timedelta(days=1)) - 1
    left, whole = months_begun(first, end) - over, months_begun(first, before)
    return Part(unit, left, whole) if left < whole else None
