"""What a permit costs, and why. One function for everybody who sells one: the price of the day, then which permit of the
household it is, then what part of the window is left. Each step is rounded once, and the next one goes on from the sum that people
see (RULES 47)."""

from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import User
from opscom.lib.dates import Period, months_begun, today
from opscom.lib.money import CENT, format_money, rounded
from permits.models import Permit, PermitType, SalesWindow
from permits.models.sale import price_on
from permits.services.households import Step, step_of, with_steps
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
    step: Step | None = None

    @property
    def nth(self) -> int | None:
        """Which permit of its household it is, where that matters."""
        return self.step.n if self.step else None

    @property
    def reasons(self) -> list[object]:
        """How the amount came about, each in the reader's language once it is written; none where the calendar's price is asked."""
        made: list[object] = [reason for reason in (self.step, self.part) if reason is not None]
        return [*made, WholePrice(self.price)] if self.amount != self.price else made


def quote_permit(
    window: SalesWindow, *, user: User, at: datetime, period: Period | None = None, replaces: Permit | None = None
) -> Quote:
    """What this person pays for a permit that is bought now, for the rest of the window or for the given days. A permit that
    this one `replaces` does not count in its household. Needs `permit_type`; call it with the lot and the household locked where
    the answer is written down. PermitRefused while there is no price."""
    price = price_on(list(window.prices.all()), today(at))
    if price is None:
        raise no_price(window).refusal()
    step = None
    if window.permit_type.household_counts:
        same = SalesWindow.objects.filter(pk=window.pk)
        step = step_of(with_steps(same, user, at, period=period, replaces=replaces).get())
    return quote_price(window, price.amount, period=period or rest_of(window, today(at)), step=step)


def quote_price(window: SalesWindow, price: Decimal, *, period: Period, step: Step | None) -> Quote:
    """The same for a price and a household's step that are known already, without asking the database; needs `permit_type`."""
    stepped = step.of(price) if step else price
    part = _part_left(window, period)
    return Quote(window, period, price, part.of(stepped) if part else stepped, part, step)


def step_price(permit: Permit, price: Decimal) -> Decimal:
    """What the calendar's price comes to for a permit that is renewed: it stays the permit of its household that it was.
    Needs `permit_type__steps` where it has a step."""
    if permit.step is None:
        return price
    found = [step for step in permit.permit_type.steps.all() if step.step <= permit.step]
    if not found:
        return price
    last = max(found, key=lambda step: step.step)
    return Step(permit.step, False, last.amount, last.percent).of(price)


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
