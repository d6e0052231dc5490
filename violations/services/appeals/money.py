"""What a decision means in money: what is owed afterwards, and what goes back by itself."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from decimal import Decimal

from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.money import ZERO, format_money
from opscom.lib.states import change_state
from payments.models import Charge, Payment
from payments.services.charges import applied_to, is_being_paid, void_charge
from payments.services.refundable import Part, Share, paid_and_left, spread_refund, summed
from payments.services.refunds import create_refunds, needs_second_person
from payments.services.taxes import save_with_taxes
from violations.amounts import terms_to_json
from violations.errors import AppealRefused
from violations.models import Appeal, Violation
from violations.services.appeals.clock import days_after, start_clock
from violations.services.escalate import set_days
from violations.services.terms import clock_of, terms_of

State = Appeal.State


@dataclass(frozen=True)
class DecisionQuote:
    """Before and after: the fine, what was paid, what is then owed, and what goes back where. `waits`: a second person must
    approve the refund. `surplus`: a part payment that becomes the payer's surplus."""

    fine: Decimal
    paid: Decimal
    owed: Decimal
    back: Decimal
    surplus: Decimal = ZERO
    waits: bool = False
    shares: list[Share] = field(default_factory=list)

    @property
    def where(self) -> list[Part]:
        """What goes where, payments taken together."""
        return summed(self.shares)


def quote_decision(
    fine: Charge,
    fees: Sequence[Charge],
    payments: Sequence[Payment],
    *,
    decision: str,
    amount: Decimal | None,
    by: User,
) -> DecisionQuote:
    """Exactly what deciding so now would do with the fine and its late fees. AppealRefused where it cannot be done; true
    while the rows are locked."""
    charges = [charge for charge in (fine, *fees) if charge.state != Charge.State.VOID]
    owed = [charge for charge in charges if charge.state == Charge.State.OPEN]
    settled = [(charge, *paid_and_left(charge)) for charge in charges if charge.state == Charge.State.SETTLED]
    applied = sum(applied_to(owed).values(), start=ZERO)
    total = sum((charge.amount for charge in charges), start=ZERO)
    paid = applied + sum((paid for _charge, paid, _left in settled), start=ZERO)
    if decision == State.UPHELD:
        return DecisionQuote(total, paid, sum((charge.amount for charge in owed), start=ZERO) - applied, ZERO)
    wanted = ZERO if decision == State.CANCELLED else _reduced(owed, total, paid, amount, fine_owed=fine in owed)
    still_owed = wanted if fine in owed else ZERO
    rest = max(sum((left for _charge, _paid, left in settled), start=ZERO) - (wanted - still_owed), ZERO)
    shares = _spread(settled, payments, rest)
    back = sum((part.amount for part in summed(shares)), start=ZERO)
    waits = any(needs_second_person(payment, sum_, by=by) for payment, sum_ in _by_payment(shares))
    return DecisionQuote(total, paid, still_owed, back, surplus=applied, waits=waits, shares=shares)


def _by_payment(shares: Iterable[Share]) -> Iterable[tuple[Payment, Decimal]]:
    """What goes back of each payment, whatever it had paid."""
    payments, sums = dict[int, Payment](), dict[int, Decimal]()
    for share in shares:
        payments[share.payment.pk] = share.payment
        sums[share.payment.pk] = sum((part.amount for part in share.parts), start=sums.get(share.payment.pk, ZERO))
    return [(payments[pk], sum_) for pk, sum_ in sums.items()]


def _spread(
    settled: Iterable[tuple[Charge, Decimal, Decimal]], payments: Sequence[Payment], rest: Decimal
) -> list[Share]:
    """What goes back, charge by charge and payment by payment."""
    shares = list[Share]()
    for charge, _paid, left in settled:
        back = min(rest, left)
        rest -= back
        if back > 0:
            shares += spread_refund(charge, payments, back, refused=AppealRefused)
    return shares


def _reduced(
    owed: Iterable[Charge], total: Decimal, paid: Decimal, amount: Decimal | None, *, fine_owed: bool
) -> Decimal:
    """The amount that the ticket is reduced to, if it can be."""
    if amount is None or amount <= 0 or amount >= total:
        raise AppealRefused(
            _("Enter an amount above zero and below %(fine)s, or choose another decision.")
            % {"fine": format_money(total)},
            code="amount",
        )
    if fine_owed and paid:
        raise AppealRefused(
            _("%(paid)s of this ticket is paid. Uphold or cancel it, or wait until all of it is paid.")
            % {"paid": format_money(paid)},
            code="part-paid",
        )
    if any(is_being_paid(charge.pk) for charge in owed):
        raise AppealRefused(_("A payment for this ticket is under way. Decide when it is done."), code="under-way")
    return amount


def carry_out(
    appeal: Appeal,
    violation: Violation,
    fine: Charge,
    fees: Sequence[Charge],
    quote: DecisionQuote,
    *,
    by: User,
    at: datetime,
) -> None:
    """Change ticket and charges as the appeal was decided, and send the money on its way. All rows are locked."""
    with override(fine.payer.language if fine.payer else appeal.reader_language):
        reason = _("Appeal of ticket %(number)s") % {"number": violation.number}
    for share in quote.shares:
        create_refunds(share.payment, share.charge, share.parts, reason=reason, by=by, at=at, wait=quote.waits)
    if appeal.state == State.UPHELD:
        start_clock(appeal, fine, fees)
    else:
        fine = _end_or_lessen(appeal, violation, fine, fees, quote, by=by, at=at)
    if violation.state == Violation.State.OPEN:
        terms = terms_of(violation)
        set_days(violation, fine, terms, clock_of(violation, terms), at=at)


def _end_or_lessen(
    appeal: Appeal,
    violation: Violation,
    fine: Charge,
    fees: Sequence[Charge],
    quote: DecisionQuote,
    *,
    by: User,
    at: datetime,
) -> Charge:
    """Nothing more is owed, or less; answers the fine's charge."""
    fine_owed = fine.state == Charge.State.OPEN
    for charge in (fine, *fees):
        if charge.state == Charge.State.OPEN:
            void_charge(charge, by=by, at=at, reason="appeal decided")
    if appeal.state == State.CANCELLED:
        change_state(violation, "grant_appeal", by=by, at=at, reason="appeal granted")
    elif fine_owed:
        return _owe_less(appeal, violation, fine, quote.owed)
    elif violation.state == Violation.State.OPEN:  # only late fees were owed
        change_state(violation, "pay", by=by, at=at, reason="appeal decided")
    return fine


def _owe_less(appeal: Appeal, violation: Violation, old: Charge, amount: Decimal) -> Charge:
    """A new charge in place of the void one; its reduction for paying early stays where it is still one. It rises no more."""
    due_on, reduced_through = days_after(appeal)
    with override(old.payer.language if old.payer else appeal.reader_language):
        description = _("Ticket %(number)s") % {"number": violation.number}
    charge = Charge(
        kind=old.kind,
        payer_id=old.payer_id,
        amount=amount,
        description=description,
        detail=old.detail,
        link=old.link,
        due_on=due_on,
    )
    if reduced_through and old.reduced_amount is not None and old.reduced_amount < amount:
        charge.reduced_amount, charge.reduced_through = old.reduced_amount, reduced_through
    terms = terms_of(violation)
    early = terms.reduced if charge.reduced_amount is not None else None
    early_days = min([terms.early_days, *(step.after for step in terms.steps)])
    lessened = replace(terms, fine=amount, admin_fee=ZERO, early=early, early_days=early_days, steps=())
    violation.charge, violation.terms = save_with_taxes(charge), terms_to_json(lessened)
    violation.save(update_fields=["charge", "terms"])
    return violation.charge
