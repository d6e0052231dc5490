"""Refunds at Moneris: a correction of the whole on the day of payment, a refund afterwards. The Gateway keeps no reference
of ours for them, so each is noted before it is sent, and one payment has one refund in doubt at most."""

from dataclasses import replace
from datetime import timedelta

from django.conf import settings
from django.utils import timezone

from payments.errors import ProviderUnreachable
from payments.models import SentRefund
from payments.providers import moneris_gateway as gateway
from payments.providers import wire
from payments.providers.base import RefundOrder, RefundOutcome, RefundResult

PROVIDER = "moneris"
DOUBT = timedelta(minutes=2)


def refund(order: RefundOrder) -> RefundOutcome:
    """Give it back. What was sent before is asked about first."""
    note, new = SentRefund.objects.get_or_create(
        provider=PROVIDER,
        reference=order.reference,
        defaults={"order": order.payment.reference, "amount": order.amount},
    )
    if not new and (known := _look(note, order)).result is not RefundResult.UNKNOWN:
        return known
    try:
        _settle_doubts(note, order)
    except ProviderUnreachable:
        if new:
            note.delete()  # it was not sent
        raise
    if _may_correct(order):
        answer = gateway.ask("purchasecorrection", _fields(order, "purchasecorrection"))
        if answer.approved:
            return _done(note, order, answer)
    answer = gateway.ask("refund", _fields(order, "refund"))
    return _done(note, order, answer) if answer.approved else _failed(note, order, answer)


def resolve_refund(order: RefundOrder) -> RefundOutcome:
    """How it stands, by what was noted of it, or by asking."""
    note = SentRefund.objects.filter(provider=PROVIDER, reference=order.reference).first()
    return _look(note, order) if note else _unknown(order)


def look_back(order: RefundOrder) -> list[RefundOutcome]:
    """A correction, and refunds by their amounts: a status check must name the amount, so a part that nobody here would think
    of is not found."""
    ours = SentRefund.objects.filter(provider=PROVIDER, order=order.payment.reference).values_list("amount", flat=True)
    whole = replace(order, amount=order.payment.amount)
    asked = [("purchasecorrection", whole)]
    asked += [("refund", replace(order, amount=amount)) for amount in sorted({whole.amount, order.amount, *ours})]
    answers = [gateway.ask(kind, _fields(about, kind), status_check=True) for kind, about in asked]
    return [
        RefundOutcome(RefundResult.DONE, answer.get("TransID"), amount, settings.CURRENCY)
        for answer in answers
        if answer.found and answer.approved and (amount := wire.read_amount(gateway.NAME, answer.get("TransAmount")))
    ]


def _look(note: SentRefund, order: RefundOrder) -> RefundOutcome:
    if note.provider_ref:
        return RefundOutcome(RefundResult.DONE, note.provider_ref, note.amount, order.currency)
    for kind in ("purchasecorrection", "refund") if order.amount == order.payment.amount else ("refund",):
        answer = gateway.ask(kind, _fields(order, kind), status_check=True)
        if answer.found and answer.approved and _is_ours(note, answer):
            return _done(note, order, answer)
    return _unknown(order)


def _is_ours(note: SentRefund, answer: gateway.Answer) -> bool:
    """Of this amount, and not noted for another refund of the payment."""
    others = SentRefund.objects.filter(provider=PROVIDER, order=note.order).exclude(pk=note.pk)
    same = wire.read_amount(gateway.NAME, answer.get("TransAmount")) == note.amount
    return same and not others.filter(provider_ref=answer.get("TransID")).exists()


def _settle_doubts(note: SentRefund, order: RefundOrder) -> None:
    """Learn how the payment's other refunds ended before one more is sent: an answer might be taken for the wrong one."""
    for other in SentRefund.objects.filter(provider=PROVIDER, order=note.order, provider_ref="").exclude(pk=note.pk):
        asked = RefundOrder(
            other.reference, other.amount, order.currency, order.payment, order.charge_ref, order.paid_at
        )
        if _look(other, asked).result is not RefundResult.UNKNOWN:
            continue
        if timezone.now() - other.created_at < DOUBT:
            raise ProviderUnreachable("another refund of this payment is still under way")
        other.delete()


def _may_correct(order: RefundOrder) -> bool:
    """All of it, on the day it was paid: the batch may be open still. Moneris says no where it is not."""
    paid_on, today = timezone.localdate(order.paid_at), timezone.localdate()
    return order.amount == order.payment.amount and paid_on == today


def _fields(order: RefundOrder, kind: str) -> wire.Fields:
    amount: wire.Fields = {"amount": wire.write_amount(order.amount)} if kind == "refund" else {}
    return {
        "order_id": order.payment.reference,
        **amount,
        "txn_number": order.charge_ref,
        "crypt_type": gateway.CRYPT_TYPE,
    }


def _done(note: SentRefund, order: RefundOrder, answer: gateway.Answer) -> RefundOutcome:
    note.provider_ref = answer.get("TransID")
    note.save(update_fields=["provider_ref"])
    amount = wire.read_amount(gateway.NAME, answer.get("TransAmount"))
    return RefundOutcome(RefundResult.DONE, note.provider_ref, amount, settings.CURRENCY)


def _failed(note: SentRefund, order: RefundOrder, answer: gateway.Answer) -> RefundOutcome:
    note.delete()
    return RefundOutcome(RefundResult.FAILED, "", order.amount, order.currency, answer.text)


def _unknown(order: RefundOrder) -> RefundOutcome:
    return RefundOutcome(RefundResult.UNKNOWN, "", order.amount, order.currency)
