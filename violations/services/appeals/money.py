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
from payments.services.charges import applied_to, is_being_paid
from payments.services.plans.agreeing import keep_in_plan
from payments.services.plans.ending import restart_grace
from payments.services.refundable import Part, Share, paid_and_left, spread_refund, summed
from payments.services.refunds import create_refunds, needs_second_person
from payments.services.taxes import price_within, save_with_taxes
from violations.amounts import terms_to_json
from violations.errors import AppealRefused
from violations.models import Appeal, Violation
from violations.services.debts import block, void_open
from violations.services.escalate import set_days
from violations.services.issue import new_charge
from violations.services.terms import clock_of, terms_of

State = Appeal.State


@dataclass(frozen=True)
class Case:
    """What is decided about: the appeal, its ticket, and all of its charges with the fine's among them."""

    appeal: Appeal
    violation: Violation
    fine: Charge
    charges: Sequence[Charge]

    @property
    def language(self) -> str:
        """That of whoever pays."""
        return self.fine.payer.language if self.fine.payer else self.appeal.reader_language


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
    case: Case, payments: Sequence[Payment], *, decision: str, amount: Decimal | None, by: User
) -> DecisionQuote:
    """Exactly what deciding so now would do with the fine and its late fees. AppealRefused where it cannot be done; true
    while the rows are locked."""
    charges = [charge for charge in case.charges if charge.state != Charge.State.VOID]
    owed = [charge for charge in charges if charge.state == Charge.State.OPEN]
    settled = [(charge, *paid_and_left(charge)) for charge in charges if charge.state == Charge.State.SETTLED]
    applied = sum(applied_to(owed).values(), start=ZERO)
    total = sum((charge.amount for charge in charges), start=ZERO)
    paid = applied + sum((paid for _charge, paid, _left in settled), start=ZERO)
    if decision == State.UPHELD:
        return DecisionQuote(total, paid, sum((charge.amount for charge in owed), start=ZERO) - applied, ZERO)
    fine_owed = case.fine in owed
    wanted = ZERO if decision == State.CANCELLED else _reduced(owed, total, paid, amount, fine_owed=fine_owed)
    still_owed = wanted if fine_owed else ZERO
    rest = max(sum((left for _charge, _paid, left in settled), start=ZERO) - (wanted - still_owed), ZERO)
    shares = spread_refund([charge for charge, _paid, _left in settled], payments, rest, refused=AppealRefused)
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


def _reduced(
    owed: Sequence[Charge], total: Decimal, paid: Decimal, amount: Decimal | None, *, fine_owed: bool
) -> Decimal:
    """The amount that the ticket is reduced to, if it can be."""
    if amount is None or amount <= 0 or amount >= total:
        raise AppealRefused(
            _("Enter an amount above zero and below %(fine)s, or choose another decision.")
            % {"fine": format_money(total)},
            code="amount",
        )
    if owed and not fine_owed and amount > paid:
        raise AppealRefused(
            _("%(paid)s of this ticket is paid. Enter no more than that, or uphold it.") % {"paid": format_money(paid)},
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


def carry_out(case: Case, quote: DecisionQuote, *, by: User, at: datetime) -> None:
    """Change ticket and charges as the appeal was decided, and send the money on its way. All rows are locked."""
    violation, fine = case.violation, case.fine
    with override(case.language):
        reason = _("Appeal of ticket %(number)s") % {"number": violation.number}
    for share in quote.shares:
        create_refunds(share.payment, share.charge, share.parts, reason=reason, by=by, at=at, wait=quote.waits)
    if case.appeal.state == State.UPHELD:
        block(case.charges, "")
    else:
        fine = _end_or_lessen(case, quote, by=by, at=at)
    if violation.stopped:
        restart_grace([*case.charges, fine], at=at)
    if violation.state == Violation.State.OPEN:
        terms = terms_of(violation)
        set_days(violation, fine, terms, clock_of(violation, terms), at=at)


def _end_or_lessen(case: Case, quote: DecisionQuote, *, by: User, at: datetime) -> Charge:
    """Nothing more is owed, or less; answers the fine's charge."""
    violation, fine = case.violation, case.fine
    fine_owed = fine.state == Charge.State.OPEN
    void_open(case.charges, by=by, at=at, reason="appeal decided")
    if case.appeal.state == State.CANCELLED:
        change_state(
            violation, "grant_appeal", by=by, at=at, reason="appeal granted", voided_as=Violation.Voided.APPEAL
        )
    elif fine_owed:
        return _owe_less(case, quote.owed)
    elif violation.state == Violation.State.OPEN:  # only late fees were owed
        change_state(violation, "pay", by=by, at=at, reason="appeal decided")
    return fine


def _owe_less(case: Case, amount: Decimal) -> Charge:
    """A new charge of that amount, taxes within it, in place of the void one; its reduction for paying early stays where it
    is still one. It rises no more."""
    violation, old, terms = case.violation, case.fine, terms_of(case.violation)
    early = old.reduced_amount if old.reduced_amount is not None and old.reduced_amount < amount else None
    early_days = min([terms.early_days, *(step.after for step in terms.steps)])
    lessened = replace(terms, fine=amount, admin_fee=ZERO, early=early, early_days=early_days, steps=())
    violation.terms = terms_to_json(lessened)
    with override(case.language):
        charge = new_charge(violation, payer_id=old.payer_id)
    violation.charge = save_with_taxes(charge, pricing=price_within)
    keep_in_plan(old, new=violation.charge)
    violation.save(update_fields=["charge", "terms"])
    return violation.charge
