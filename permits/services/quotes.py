"""What a permit costs, and why. One function for everybody who sells one: the price of the day, then which permit of the
household it is, then what part of the window is left. Each step is rounded once, and the next one goes on from the sum that people
see (RULES 47)."""

from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from functools import cached_property

from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import Period, today
from opscom.lib.money import format_money
from opscom.lib.proration import Part, part_left
from permits.models import Permit, SalesWindow
from permits.models.sale import price_on
from permits.services.households import Step, steps_of
from permits.services.sale import no_price


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

    @cached_property
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
    steps = steps_of([window], user, at, period=period, replaces=replaces)
    return quote_price(window, price.amount, period=period or rest_of(window, today(at)), step=steps.get(window.pk))


def quote_price(window: SalesWindow, price: Decimal, *, period: Period, step: Step | None) -> Quote:
    """The same for a price and a household's step that are known already, without asking the database; needs `permit_type`."""
    stepped = step.of(price) if step else price
    part = part_left(window.permit_type.proration, Period(window.valid_from, window.valid_before), period)
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
