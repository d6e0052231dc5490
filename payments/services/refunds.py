"""Refunds: asked for, approved by a second person above the office's limit, tried again (RULES 34 to 36, 43)."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.states import change_state
from opscom.lib.work import hint
from payments.errors import RefundRefused
from payments.models import Charge, Payment, Refund, RefundEvent
from payments.models.refund import HandedAs
from payments.services.attention import clear_attention, flag_payment
from payments.services.charges import lock_charges
from payments.services.refund_books import finish_refund
from payments.services.refundable import Part, Way, check_refundable, plan_refund, standing_of

Target, State = Refund.Target, Refund.State


@transaction.atomic
def request_refund(
    payment: Payment,
    *,
    amount: Decimal,
    reason: str,
    by: User,
    charge: Charge | None = None,
    way: Way = Way.ORIGINAL,
    at: datetime | None = None,
) -> list[Refund]:
    """Give back part of a payment, for one of its charges or of its surplus. Above what one person may give back of it
    alone, it waits for a second one. RefundRefused says what can be done instead."""
    if not reason.strip():
        raise RefundRefused(_("Say why; the payer and the books see it."), code="reason")
    payment = lock_payment(payment.pk)
    if charge is not None:
        charge = lock_charges([charge.pk])[charge.pk]
    standing = standing_of(payment)
    check_refundable(payment, charge, amount, standing)
    parts = plan_refund(payment, amount, standing=standing, way=way)
    wait = needs_second_person(payment, amount, by=by)
    return create_refunds(payment, charge, parts, reason=reason.strip(), by=by, at=at, wait=wait)


@dataclass(frozen=True)
class Preview:
    """Exactly what would go where, and whether a second person is asked first."""

    parts: list[Part]
    waits: bool


def preview_refund(
    payment: Payment,
    *,
    amount: Decimal,
    reason: str,
    by: User,
    charge: Charge | None = None,
    way: Way = Way.ORIGINAL,
) -> Preview:
    """What `request_refund` would do now; it refuses the same."""
    standing = standing_of(payment)
    check_refundable(payment, charge, amount, standing)
    parts = plan_refund(payment, amount, standing=standing, way=way)
    return Preview(parts, needs_second_person(payment, amount, by=by))


def lock_payment(pk: int) -> Payment:
    """The payment, locked: every refund of it waits here."""
    locked = Payment.objects.select_for_update(of=("self",)).select_related("checkout__user", "method")
    return locked.get(pk=pk)


def needs_second_person(payment: Payment, amount: Decimal, *, by: User) -> bool:
    """Whether this is more than one person may give back of a payment; what they gave back of it alone counts too, so
    that nobody cuts a large refund into small ones."""
    alone = payment.refunds.counted().filter(by=by, approved_by=None, external=False)
    return amount + (alone.aggregate(total=Sum("amount"))["total"] or ZERO) > office().refund_limit


def create_refunds(
    payment: Payment,
    charge: Charge | None,
    parts: Iterable[Part],
    *,
    reason: str,
    by: User | None,
    at: datetime | None = None,
    wait: bool = False,
) -> list[Refund]:
    """A row for each part, within the transaction that has payment and charge locked and has checked what is left. What
    goes to a card is sent after the commit."""
    at = at or timezone.now()
    refunds = []
    for part in parts:
        refund = Refund(
            payment=payment,
            charge=charge,
            amount=part.amount,
            target=part.target,
            reason=reason[:200],
            by=by,
            created_at=at,
        )
        if wait:
            change_state(refund, "request", by=by, at=at, reason=reason[:250])
        else:
            refund.save()
            RefundEvent.objects.create(refund=refund, at=at, by=by, to_state=refund.state, reason=reason[:250])
            _begin(refund, by, at)
        refunds.append(refund)
    if payment.attention == Payment.Attention.SURPLUS and not standing_of(payment).surplus:
        clear_attention(payment)
    return refunds


@transaction.atomic
def approve_refund(refund: Refund, *, by: User, at: datetime | None = None) -> Refund:
    """A second person, who may approve, agrees: it goes on its way."""
    refund = _lock_waiting(refund, by)
    if by.pk == refund.by_id:
        raise RefundRefused(_("You asked for this refund. Somebody else must approve it."), code="same-person")
    if standing_of(refund.payment).left(refund.charge) < 0:
        raise RefundRefused(_("This was given back in another way meanwhile. Reject it."), code="too-much")
    at = at or timezone.now()
    change_state(refund, "approve", by=by, at=at, approved_by=by)
    _begin(refund, by, at)
    return refund


@transaction.atomic
def reject_refund(refund: Refund, *, by: User, reason: str, at: datetime | None = None) -> Refund:
    """A second person does not agree, or whoever asked takes it back: nothing is given."""
    if not reason.strip():
        raise RefundRefused(_("Say why; whoever asked for it sees it."), code="reason")
    refund = _lock_waiting(refund, by, own=True)
    change_state(refund, "reject", by=by, at=at, reason=reason.strip()[:250], note=reason.strip()[:250])
    if refund.charge_id is None:
        flag_payment(refund.payment_id, Payment.Attention.SURPLUS)
    return refund


@transaction.atomic
def retry_refund(
    refund: Refund, *, by: User, reason: str, way: Way = Way.ORIGINAL, at: datetime | None = None
) -> Refund:
    """Try a failed refund again, if it has not been given back otherwise since. Another way than before is a new decision:
    above the limit a second person agrees to it first."""
    if not reason.strip():
        raise RefundRefused(_("Say why it may work now."), code="reason")
    refund = lock_refund(refund)
    if refund.state != State.FAILED or refund.external:
        raise RefundRefused(_("Only a failed refund of the office can be tried again."), code="not-failed")
    check_refundable(refund.payment, refund.charge, refund.amount, standing_of(refund.payment))
    at = at or timezone.now()
    wait = way != Way.ORIGINAL and needs_second_person(refund.payment, refund.amount, by=by)
    fields = _try_anew(refund)
    if way != Way.ORIGINAL:
        [part] = plan_refund(refund.payment, refund.amount, standing=standing_of(refund.payment), way=way)
        fields |= {"target": part.target, "by_id": by.pk, "approved_by": None}
    change_state(refund, "retry", by=by, at=at, reason=reason.strip()[:250], **fields)
    if refund.payment.attention == Payment.Attention.REFUND:
        clear_attention(refund.payment)
    if wait:
        change_state(refund, "request", by=by, at=at, reason=reason.strip()[:250])
    else:
        _begin(refund, by, at)
    return refund


@transaction.atomic
def drop_refund(refund: Refund, *, by: User, reason: str, at: datetime | None = None) -> Refund:
    """Nothing more is done about a failed refund: what it was for can be given back anew, and a late word of the provider
    on it is news of money that left there."""
    if not reason.strip():
        raise RefundRefused(_("Say why nothing is given back; the history keeps it."), code="reason")
    refund = lock_refund(refund)
    if refund.state != State.FAILED:
        raise RefundRefused(_("This refund has not failed. Look at its state."), code="not-failed")
    change_state(refund, "reject", by=by, at=at, reason=reason.strip()[:250], **_try_anew(refund))
    if refund.payment.attention == Payment.Attention.REFUND:
        clear_attention(refund.payment)
    if refund.charge_id is None and standing_of(refund.payment).surplus > 0:
        flag_payment(refund.payment_id, Payment.Attention.SURPLUS)
    return refund


def _try_anew(refund: Refund) -> dict[str, Any]:
    """What parts a failed refund from the provider's words on it."""
    return {"tries": refund.tries + 1, "provider_ref": "", "note": "", "done_at": None}


@transaction.atomic
def hand_out_refund(
    refund: Refund, *, handed_as: HandedAs, by: User, note: str = "", at: datetime | None = None
) -> Refund:
    """The payer has the money. Only cash leaves the cashier's drawer."""
    refund = lock_refund(refund)
    if refund.state != State.CREATED or refund.target != Target.OFFICE:
        raise RefundRefused(_("This refund is not to be handed out. Look at its state."), code="not-due")
    return finish_refund(refund, at=at or timezone.now(), by=by, handed_as=handed_as, note=note[:250])


def lock_refund(refund: Refund) -> Refund:
    """The refund with its payment and charge, all locked, in the order of locks."""
    payment = lock_payment(refund.payment_id)
    charges = lock_charges([refund.charge_id] if refund.charge_id else [])
    refund = Refund.objects.select_for_update().get(pk=refund.pk)
    refund.payment = payment
    refund.charge = charges.get(refund.charge_id or 0)
    return refund


def _lock_waiting(refund: Refund, by: User, *, own: bool = False) -> Refund:
    refund = lock_refund(refund)
    if refund.state != State.REQUESTED:
        raise RefundRefused(_("This refund does not wait for anybody. Look at its state."), code="not-waiting")
    if not by.has_perm("payments.approve_refund") and not (own and by.pk == refund.by_id):
        raise RefundRefused(_("Only somebody who may approve refunds decides on it."), code="no-right")
    return refund


def _begin(refund: Refund, by: User | None, at: datetime) -> None:
    """Credit is given at once, a card's provider is asked after the commit, and the office hands out when the payer comes."""
    from payments.tasks import send_refund

    if refund.target == Target.CREDIT:
        finish_refund(refund, at=at, by=by)
    elif refund.target == Target.CARD:
        hint(send_refund, refund_id=refund.pk)
