"""Stripe: hosted Checkout Sessions, refunds, stored cards and signed webhooks."""

import json
from collections.abc import Mapping
from datetime import datetime
from typing import Any

import stripe
from django.conf import settings

from opscom.lib.money import to_minor_units
from payments.errors import BadSignature, ProviderUnreachable
from payments.providers.base import (
    Attempt,
    DisputeOutcome,
    DisputeResult,
    HostedPage,
    Movement,
    Notice,
    Offers,
    Outcome,
    RefundOrder,
    RefundOutcome,
    RefundResult,
    Result,
    Subject,
)
from payments.providers.stripe_api import LOCALES, amount_of, ask, moment, open_page
from payments.providers.stripe_cards import StripeCards

EVENTS = {
    "checkout.session.completed": Subject.PAYMENT,
    "checkout.session.async_payment_succeeded": Subject.PAYMENT,
    "checkout.session.async_payment_failed": Subject.PAYMENT,
    "checkout.session.expired": Subject.PAYMENT,
    "refund.created": Subject.REFUND,
    "refund.updated": Subject.REFUND,
    "refund.failed": Subject.REFUND,
    "charge.dispute.created": Subject.DISPUTE,
    "charge.dispute.updated": Subject.DISPUTE,
    "charge.dispute.closed": Subject.DISPUTE,
    "charge.dispute.funds_withdrawn": Subject.DISPUTE,
    "charge.dispute.funds_reinstated": Subject.DISPUTE,
    "setup_intent.succeeded": Subject.CARD,
    "payment_method.detached": Subject.CARD,
    "payment_method.updated": Subject.CARD,
    "payment_method.automatically_updated": Subject.CARD,
}
REFUNDS = {
    "succeeded": RefundResult.DONE,
    "pending": RefundResult.PENDING,
    "requires_action": RefundResult.PENDING,
    "failed": RefundResult.FAILED,
    "canceled": RefundResult.FAILED,
}
# The bank asked and dropped the matter (warning_closed), or we could prove it (prevented: before it began).
DISPUTES = {
    "won": DisputeResult.WON,
    "warning_closed": DisputeResult.WON,
    "prevented": DisputeResult.WON,
    "lost": DisputeResult.LOST,
}
# https://docs.stripe.com/reports/balance-transaction-types; fees, payouts and reserves are not the payer's money.
MOVES = {
    "charge",
    "payment",
    "refund",
    "payment_refund",
    "refund_failure",
    "payment_failure_refund",
    "payment_reversal",
    "adjustment",
}


class StripeProvider(StripeCards):
    """One Checkout Session an attempt; our reference is the idempotency key."""

    name = "stripe"
    offers = ~Offers.LOOK_BACK

    def start(self, attempt: Attempt) -> HostedPage:
        return open_page(
            lambda client: client.v1.checkout.sessions.create(
                params={
                    "mode": "payment",
                    "line_items": [
                        {
                            "price_data": {
                                "currency": attempt.currency.lower(),
                                "unit_amount": to_minor_units(line.amount, attempt.currency),
                                "product_data": {"name": line.text},
                            },
                            "quantity": 1,
                        }
                        for line in attempt.lines
                    ],
                    "client_reference_id": attempt.reference,
                    "metadata": {"payment": attempt.reference},
                    "payment_intent_data": {"metadata": {"payment": attempt.reference}},
                    "customer_email": attempt.email,
                    "success_url": attempt.success_url,
                    "cancel_url": attempt.cancel_url,
                    "expires_at": int(attempt.expires_at.timestamp()),
                    "locale": LOCALES.get(attempt.language, "auto"),
                },
                options={"idempotency_key": f"pay-{attempt.reference}"},
            ),
            attempt,
        )

    def resolve(self, attempt: Attempt) -> Outcome:
        session = ask(lambda client: client.v1.checkout.sessions.retrieve(attempt.provider_ref))
        currency = (session.currency or "").upper()
        result = _result(session.status, session.payment_status)
        return Outcome(
            result=result,
            provider_ref=session.id,
            reference=session.client_reference_id or "",
            amount=amount_of(session.amount_total, currency),
            currency=currency,
            charge_ref=session.payment_intent or "" if result is Result.APPROVED else "",
        )

    def expire(self, attempt: Attempt) -> None:
        try:
            ask(lambda client: client.v1.checkout.sessions.expire(attempt.provider_ref))
        except ProviderUnreachable:
            return  # it was not open any more, or nobody knows; whoever asks next learns how it ended

    def refund(self, order: RefundOrder) -> RefundOutcome:
        known = self.resolve_refund(order)
        if known.result is not RefundResult.UNKNOWN:
            return known
        try:
            refund = ask(
                lambda client: client.v1.refunds.create(
                    params={
                        "payment_intent": order.charge_ref,
                        "amount": to_minor_units(order.amount, order.currency),
                        "metadata": {"refund": order.reference},
                    },
                    options={"idempotency_key": f"refund-{order.reference}"},
                ),
                stripe.InvalidRequestError,
            )
        except stripe.InvalidRequestError as error:
            message = error.user_message or "refused"
            return RefundOutcome(RefundResult.FAILED, "", order.amount, order.currency, message)
        return _refund_outcome(refund.to_dict())

    def resolve_refund(self, order: RefundOrder) -> RefundOutcome:
        if order.refund_ref:
            return _refund_outcome(ask(lambda client: client.v1.refunds.retrieve(order.refund_ref)).to_dict())
        params: Any = {"payment_intent": order.charge_ref, "limit": 100}
        for refund in ask(lambda client: list(client.v1.refunds.list(params).auto_paging_iter())):
            found = refund.to_dict()
            if found["metadata"].get("refund") == order.reference:
                return _refund_outcome(found)
        return RefundOutcome(RefundResult.UNKNOWN, "", order.amount, order.currency)

    def resolve_dispute(self, dispute_ref: str) -> DisputeOutcome:
        dispute = ask(lambda client: client.v1.disputes.retrieve(dispute_ref)).to_dict()
        currency = dispute["currency"].upper()
        return DisputeOutcome(
            DISPUTES.get(dispute["status"], DisputeResult.OPEN),
            dispute["id"],
            dispute["payment_intent"] or "",
            amount_of(dispute["amount"], currency),
            currency,
        )

    def movements(self, start: datetime, end: datetime) -> list[Movement]:
        params: Any = {
            "created": {"gte": int(start.timestamp()), "lt": int(end.timestamp())},
            "limit": 100,
            "expand": ["data.source"],
        }
        listed = ask(lambda client: list(client.v1.balance_transactions.list(params).auto_paging_iter()))
        rows = [row.to_dict() for row in listed]
        return [_movement(row) for row in reversed(rows) if row["type"] in MOVES]

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        try:
            stripe.Webhook.construct_event(body, headers.get("Stripe-Signature", ""), settings.STRIPE_WEBHOOK_SECRET)
        except stripe.SignatureVerificationError as error:
            raise BadSignature(str(error)) from error
        event = json.loads(body)
        subject = EVENTS.get(event["type"])
        thing = event["data"]["object"]
        if subject is None or thing.get("mode") == "setup":  # setup_intent.succeeded tells of a stored card
            return None
        return Notice(event["id"], event["type"], *_names(subject, thing))


def _result(status: str | None, payment_status: str) -> Result:
    """A session's two states as one: paid wins, and a completed one that is unpaid still waits for a slow method."""
    if payment_status != "unpaid" and status == "complete":
        return Result.APPROVED
    return {"open": Result.OPEN, "expired": Result.EXPIRED}.get(status or "", Result.PENDING)


def _refund_outcome(refund: dict[str, Any]) -> RefundOutcome:
    currency = refund["currency"].upper()
    result = REFUNDS.get(refund["status"] or "", RefundResult.PENDING)
    message = refund.get("failure_reason") or "" if result is RefundResult.FAILED else ""
    return RefundOutcome(result, refund["id"], amount_of(refund["amount"], currency), currency, message)


def _movement(row: dict[str, Any]) -> Movement:
    """One balance transaction. `amount` is gross: Stripe's fee is a field of its own."""
    currency, source = row["currency"].upper(), row["source"] if isinstance(row["source"], dict) else {}
    named = source.get("payment_intent") if source.get("object") == "charge" else source.get("id")
    reference = _ours(source, "payment") if source.get("object") == "charge" else _ours(source, "refund")
    return Movement(named or "", reference, amount_of(row["amount"], currency), currency, moment(row["created"]))


def _names(subject: Subject, thing: dict[str, Any]) -> tuple[str, str, Subject, str]:
    """What a webhook's object is called there and here, and the transaction behind it."""
    charge_ref = thing.get("payment_intent") or ""
    if subject is Subject.PAYMENT:
        return thing["id"], thing.get("client_reference_id") or "", subject, ""
    if subject is Subject.REFUND:
        return thing["id"], _ours(thing, "refund"), subject, charge_ref
    if subject is Subject.DISPUTE:
        return thing["id"], "", subject, charge_ref
    return thing.get("payment_method") or thing["id"], _ours(thing, "setup"), subject, ""


def _ours(thing: dict[str, Any], kind: str) -> str:
    reference: str = (thing.get("metadata") or {}).get(kind, "")
    return reference
