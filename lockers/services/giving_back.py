"""A holder gives a locker back before its time, and gets back what the office's rules say (RULES 40)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from lockers import emails
from lockers.errors import LockerRefused
from lockers.models import LockerTerm
from lockers.services.creation import lock_locker
from lockers.services.ending import check_no_payment, leave_locker
from opscom.lib.dates import today
from opscom.lib.money import ZERO
from opscom.lib.states import change_state
from payments.cancellation import CancelQuote, money_back, office_policy
from payments.models import Charge, Payment
from payments.services.charges import lock_charges
from payments.services.refundable import Share, paid_on, payments_of, spread_refund, summed
from payments.services.refunds import create_refunds, lock_payment


def is_unfinished(term: LockerTerm, *, at: datetime) -> bool:
    """Whether its holder has it now, or will."""
    return term.state == LockerTerm.State.ACTIVE and term.ends_before > today(at)


def quote_giving_back(term: LockerTerm, *, at: datetime | None = None) -> CancelQuote:
    """Exactly what giving it back now would bring, and where to. LockerRefused where it cannot be given back."""
    charges = _charges_of(term)
    return _quote(term, charges, payments_of(*charges), at or timezone.now())[0]


@transaction.atomic
def give_back(term: LockerTerm, *, expected: Decimal, by: User, at: datetime | None = None) -> CancelQuote:
    """End the term, free the locker at once, and send the money on its way. Where another amount than the holder saw would
    come back, LockerRefused and nothing happens. No provider is asked here: the refunds are rows."""
    at = at or timezone.now()
    payments = [lock_payment(payment.pk) for payment in payments_of(*_charges_of(term))]
    charges = list(lock_charges(charge.pk for charge in _charges_of(term)).values())
    lock_locker(term.locker_id)
    terms = LockerTerm.objects.select_for_update(of=("self",)).select_related("user", "locker__site")
    term = terms.get(pk=term.pk)
    quote, shares = _quote(term, charges, payments, at)
    if quote.amount != expected:
        raise LockerRefused(
            _("The amount has changed since you opened this page. Look at it again before you give the locker back."),
            code="changed",
        )
    change_state(term, "end", by=by, at=at, reason="given back")
    leave_locker(term)
    with override(term.user.language):
        reason = _("Locker %(name)s given back") % {"name": term.locker}
    for share in shares:
        create_refunds(share.payment, share.charge, share.parts, reason=reason, by=by, at=at)
    emails.send_locker_changed(term, emails.GIVEN_BACK, lines=[(part.where, part.amount) for part in quote.parts])
    return quote


def _quote(
    term: LockerTerm, charges: list[Charge], payments: list[Payment], at: datetime
) -> tuple[CancelQuote, list[Share]]:
    _check(term, charges, at)
    paid = sum((paid_on(charge) for charge in charges), start=ZERO)
    back = money_back(paid, starts=_first_day(term), ends=term.ends_before, on=today(at), policy=office_policy())
    shares = spread_refund(charges, payments, back.amount, refused=LockerRefused)
    return CancelQuote(paid, back, summed(shares)), shares


def _check(term: LockerTerm, charges: list[Charge], at: datetime) -> None:
    if not is_unfinished(term, at=at):
        raise LockerRefused(_("You do not have this locker any more. There is nothing to give back."), code="over")
    if term.replacements.filter(state=LockerTerm.State.HELD).exists():
        raise LockerRefused(
            _("Another locker is in your cart in its place. Take it out of the cart first."), code="switching"
        )
    for charge in charges:
        check_no_payment(charge)


def _line_of(term: LockerTerm) -> list[LockerTerm]:
    """The term, and those that it took the place of by switches: what was paid for them was paid for it."""
    line = [term]
    while (before := line[-1].replaces) is not None:
        line.append(before)
    return line


def _charges_of(term: LockerTerm) -> list[Charge]:
    charges = [each.charge for each in _line_of(term) if each.charge and each.charge.state == Charge.State.SETTLED]
    return sorted(charges, key=lambda charge: charge.pk)


def _first_day(term: LockerTerm) -> date:
    return _line_of(term)[-1].starts_on
