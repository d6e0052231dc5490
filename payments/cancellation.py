"""What a thing that is given up gives back, a permit or a locker: dates and amounts in, amounts out (RULES 40, 47, 48)."""

from dataclasses import dataclass
from datetime import date, timedelta
from decimal import Decimal

from opscom.lib.dates import months_begun
from opscom.lib.money import ZERO, rounded
from opscom.lib.office import office
from opscom.models import SystemSettings
from payments.services.refundable import Part

CancelRefund = SystemSettings.CancelRefund


@dataclass(frozen=True)
class Policy:
    """The office's rules. Until so many days from the first one all comes back, without a fee. A percentage falls by
    `step_percent` with each `step_days`; what is below `least` is not paid out."""

    refund: str
    full_days: int
    fee: Decimal
    step_days: int = 30
    step_percent: int = 25
    least: Decimal = ZERO


def office_policy() -> Policy:
    """What the office has set."""
    rules = office()
    return Policy(
        rules.cancel_refund,
        rules.cancel_full_days,
        rules.cancel_fee,
        step_days=rules.cancel_step_days,
        step_percent=rules.cancel_step_percent,
        least=rules.cancel_least,
    )


@dataclass(frozen=True)
class Back:
    """What comes back: the part of the price that was not used, less a fee."""

    unused: Decimal
    fee: Decimal

    @property
    def amount(self) -> Decimal:
        """What the payer gets."""
        return self.unused - self.fee


@dataclass(frozen=True)
class CancelQuote:
    """What a permit's cancellation gives back, and where to: nothing of an unpaid one."""

    paid: Decimal
    back: Back
    parts: list[Part]

    @property
    def amount(self) -> Decimal:
        """What its payers get. Less than the rules say where some was given back before."""
        return sum((part.amount for part in self.parts), start=ZERO)

    @property
    def kept(self) -> Decimal:
        """What stays with the office."""
        return self.paid - self.amount


def money_back(paid: Decimal, *, starts: date, ends: date, on: date, policy: Policy) -> Back:
    """What of `paid` comes back where a permit that is valid from `starts` until before `ends` is cancelled on that day.
    The day itself, or its month, counts as used."""
    if on < starts + timedelta(days=policy.full_days):
        return Back(paid, ZERO)
    unused = ZERO
    if policy.refund == CancelRefund.DAY:
        unused = _share(paid, (ends - on).days - 1, (ends - starts).days)
    elif policy.refund == CancelRefund.MONTH:
        months = months_begun(starts, ends)
        unused = _share(paid, months - months_begun(starts, on + timedelta(days=1)), months)
    elif policy.refund == CancelRefund.STEPS:
        steps = max((on - starts).days, -1) // policy.step_days + 1
        unused = _share(paid, 100 - steps * policy.step_percent, 100)
    back = Back(unused, min(policy.fee, unused))
    return back if back.amount >= policy.least else Back(ZERO, ZERO)


def _share(paid: Decimal, unused: int, whole: int) -> Decimal:
    return rounded(paid * max(unused, 0) / whole)
