"""A holder gives a permit up, and gets back what the office's rules say (RULES 40, 41)."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import ZERO
from opscom.lib.states import change_state
from payments.cancellation import Back, CancelQuote, CancelRefund, Policy, money_back, office_policy
from payments.models import Charge, Payment
from payments.services.charges import is_being_paid, lock_charges, void_charge
from payments.services.moves import move_back
from payments.services.refundable import Share, paid_on, payments_of, spread_refund, summed
from payments.services.refunds import create_refunds, lock_payment
from permits import emails
from permits.errors import PermitRefused
from permits.models import Permit, PermitTerm
from permits.services.needed_forms import has_approved
from permits.services.tags import drop_tags_of
from permits.services.waitlists.ending import lose_offer

UNAPPROVED = "form not approved"
BY_DAYS = Policy(CancelRefund.DAY, 0, ZERO)


def quote_cancellation(permit: Permit, *, at: datetime | None = None) -> CancelQuote:
    """Exactly what cancelling it now would give back, and where to. PermitRefused where it cannot be cancelled."""
    term = last_term(permit)
    return _quote(permit, term, term.charge, payments_of(term.charge), at or timezone.now())[0]


@transaction.atomic
def cancel_permit(permit: Permit, *, expected: Decimal, by: User, at: datetime | None = None) -> CancelQuote:
    """End the permit, free its space at once, and send the money on its way, or end what is owed. Where another amount than
    the holder saw would come back, PermitRefused and nothing happens. No provider is asked here: the refunds are rows."""
    at = at or timezone.now()
    permit, term, charge, payments = _lock(permit)
    quote, shares = _quote(permit, term, charge, payments, at)
    if quote.amount != expected or last_term(permit).charge_id != charge.pk:
        raise PermitRefused(
            _("The amount has changed since you opened this page. Look at it again before you cancel."), code="changed"
        )
    _end(permit, charge, shares, reason="given up by its holder", by=by, at=at)
    emails.send_permit_cancelled(permit, quote)
    return quote


@transaction.atomic
def end_unapproved(permit: Permit, *, at: datetime) -> CancelQuote:
    """End a paid permit whose form the office has refused, or not decided on in time: what was paid for the days on which it
    was not valid comes back, without a fee. PermitRefused where that must wait."""
    permit, term, charge, payments = _lock(permit)
    if (
        permit.review is None
        or permit.last_provisional_day is None
        or has_approved(permit.holder, permit.review.form_id)
    ):
        raise PermitRefused(_("The form of this permit is approved."), code="approved")
    used = min(today(at), permit.last_provisional_day)
    quote, shares = _quote(permit, term, charge, payments, at, on=used, policy=BY_DAYS)
    _end(permit, charge, shares, reason=UNAPPROVED, by=None, at=at)
    emails.send_permit_cancelled(permit, quote, form=permit.review.form.name)
    return quote


def _lock(permit: Permit) -> tuple[Permit, PermitTerm, Charge, list[Payment]]:
    """The permit with what was paid for its last month or its whole time, all locked."""
    term = last_term(permit)
    payments = [lock_payment(payment.pk) for payment in payments_of(term.charge)]
    charge = lock_charges([term.charge_id])[term.charge_id]
    locked = Permit.objects.select_for_update(of=("self",)).select_related("holder", "lot", "review__form")
    return locked.get(pk=permit.pk), term, charge, payments


def _end(permit: Permit, charge: Charge, shares: list[Share], *, reason: str, by: User | None, at: datetime) -> None:
    """The space is free, and the money on its way, or no longer owed."""
    change_state(permit, "cancel", by=by, at=at, reason=reason)
    lose_offer(permit, at=at, declined=True)
    drop_tags_of(permit, by=by, at=at)
    if charge.state == Charge.State.OPEN:
        if permit.replaces_id:  # an exchange that is given up: the old permit has its money again
            move_back(charge, at=at)
        void_charge(charge, by=by, at=at, reason="permit cancelled")
    with override(permit.holder.language):
        said = _("Permit %(number)s cancelled") % {"number": permit.number}
    for share in shares:
        create_refunds(share.payment, charge, share.parts, reason=said, by=by, at=at)


def _quote(
    permit: Permit,
    term: PermitTerm,
    charge: Charge,
    payments: list[Payment],
    at: datetime,
    *,
    on: date | None = None,
    policy: Policy | None = None,
) -> tuple[CancelQuote, list[Share]]:
    """By the office's rules as of today, unless another day or others are said."""
    _check(permit, charge, at)
    if charge.state != Charge.State.SETTLED:
        return CancelQuote(ZERO, Back(ZERO, ZERO), []), []
    paid = paid_on(charge)
    if permit.starts_at:  # by the hour: all of it until it begins, nothing afterwards
        back = Back(ZERO if permit.has_begun(at) else paid, ZERO)
    else:
        used, rules = on or today(at), policy or office_policy()
        back = money_back(paid, starts=term.starts_on, ends=term.ends_before, on=used, policy=rules)
    shares = spread_refund([charge], payments, back.amount, refused=PermitRefused)
    return CancelQuote(paid, back, summed(shares)), shares


def last_term(permit: Permit) -> PermitTerm:
    """The last month of a permit that renews itself; of every other one its whole time, as if it were one. What was paid for
    earlier months is used. PermitRefused where the month is not paid."""
    counted = [PermitTerm.State.PAID, PermitTerm.State.DUE]
    term = permit.terms.filter(state__in=counted).select_related("charge").order_by("-starts_on").first()
    if term is not None and term.state == PermitTerm.State.DUE:
        raise PermitRefused(
            _("Its next month is owed. Turn Permit Rollover off first, then cancel the permit."), code="rollover"
        )
    return term or PermitTerm(starts_on=permit.valid_from, ends_before=permit.valid_before, charge=permit.charge)


def _check(permit: Permit, charge: Charge, at: datetime) -> None:
    if permit.state not in (Permit.State.HELD, Permit.State.ACTIVE) or permit.is_over(at):
        raise PermitRefused(_("This permit is over already. There is nothing to cancel."), code="over")
    if permit.on_hours:
        raise PermitRefused(_("Visitor hours paid for this permit. End it on the Visitors page."), code="hours")
    if permit.replacements.filter(state=Permit.State.HELD).exists():
        raise PermitRefused(
            _("An exchange of this permit waits for its payment. Pay it, or cancel the new permit first."),
            code="exchange",
        )
    if permit.starts_at and permit.renewals.filter(state__in=Permit.UNRELEASED).exists():
        raise PermitRefused(_("This permit was extended. Cancel the extension first."), code="extended")
    if is_being_paid(charge.pk):
        raise PermitRefused(
            _("A payment for this permit is under way. Wait until it is done, or call the parking office."),
            code="under-way",
        )
