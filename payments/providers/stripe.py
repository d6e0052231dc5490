"""Stripe: hosted Checkout Sessions and signed webhooks (API version pinned in settings.STRIPE_API_VERSION)."""

import json
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

import stripe
from django.conf import settings

from opscom.lib.money import from_minor_units, to_minor_units
from payments.errors import BadSignature, ProviderUnreachable
from payments.providers.base import Attempt, HostedPage, Notice, Outcome, Provider, Result

EVENTS = {
    "checkout.session.completed",
    "checkout.session.async_payment_succeeded",
    "checkout.session.async_payment_failed",
    "checkout.session.expired",
}
LOCALES = {"en": "en", "fr": "fr-CA", "es": "es"}


class StripeProvider(Provider):
    """One Checkout Session an attempt; the attempt's reference is the idempotency key."""

    name = "stripe"

    def start(self, attempt: Attempt) -> HostedPage:
        session = self._ask(
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
            )
        )
        if session.url is None:
            raise ProviderUnreachable("the session has no page any more")
        return HostedPage(session.url, session.id, datetime.fromtimestamp(session.expires_at, UTC))

    def resolve(self, attempt: Attempt) -> Outcome:
        session = self._ask(lambda client: client.v1.checkout.sessions.retrieve(attempt.provider_ref))
        currency = (session.currency or "").upper()
        return Outcome(
            result=_result(session.status, session.payment_status),
            provider_ref=session.id,
            reference=session.client_reference_id or "",
            amount=from_minor_units(session.amount_total or 0, currency or settings.CURRENCY),
            currency=currency,
        )

    def expire(self, attempt: Attempt) -> None:
        try:
            self._ask(lambda client: client.v1.checkout.sessions.expire(attempt.provider_ref))
        except ProviderUnreachable:
            return  # it was not open any more, or nobody knows; whoever asks next learns how it ended

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        try:
            stripe.Webhook.construct_event(body, headers.get("Stripe-Signature", ""), settings.STRIPE_WEBHOOK_SECRET)
        except stripe.SignatureVerificationError as error:
            raise BadSignature(str(error)) from error
        event = json.loads(body)
        if event["type"] not in EVENTS:
            return None
        session = event["data"]["object"]
        return Notice(event["id"], event["type"], session["id"], session.get("client_reference_id") or "")

    def _ask(self, call: Any) -> Any:
        client = stripe.StripeClient(
            settings.STRIPE_SECRET_KEY,
            stripe_version=settings.STRIPE_API_VERSION,
            base_addresses={"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else {},
            http_client=stripe.RequestsClient(timeout=15),
            max_network_retries=1,
        )
        try:
            return call(client)
        except stripe.StripeError as error:
            raise ProviderUnreachable(f"Stripe: {error.user_message or type(error).__name__}") from error


def _result(status: str | None, payment_status: str) -> Result:
    """A session's two states as one: paid wins, and a completed one that is unpaid still waits for a slow method."""
    if payment_status != "unpaid" and status == "complete":
        return Result.APPROVED
    return {"open": Result.OPEN, "expired": Result.EXPIRED}.get(status or "", Result.PENDING)
