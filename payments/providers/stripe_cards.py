"""Cards stored at Stripe: a Checkout Session in setup mode, and PaymentIntents without the person."""

from datetime import timedelta
from typing import Any

import stripe
from django.utils import timezone

from opscom.lib.money import to_minor_units
from payments.errors import ProviderUnreachable
from payments.providers.base import (
    Card,
    Decline,
    HostedPage,
    Outcome,
    Provider,
    Result,
    Setup,
    SetupOutcome,
    StoredPayment,
)
from payments.providers.stripe_api import LOCALES, amount_of, ask, open_page

# https://docs.stripe.com/declines/codes: another try with the same card cannot help.
HARD = {
    "card_not_supported",
    "expired_card",
    "fraudulent",
    "incorrect_number",
    "invalid_account",
    "invalid_number",
    "lost_card",
    "merchant_blacklist",
    "pickup_card",
    "restricted_card",
    "revocation_of_all_authorizations",
    "revocation_of_authorization",
    "security_violation",
    "stolen_card",
    "stop_payment_order",
    "transaction_not_allowed",
}
AUTHENTICATE = {"authentication_required", "payment_intent_authentication_failure"}
SETTLING = timedelta(minutes=2)


class StripeCards(Provider):
    """The half of the contract that is about stored cards. Stripe keeps a card with a customer of its own."""

    def start_setup(self, setup: Setup) -> HostedPage:
        customer = setup.customer_ref or self._new_customer(setup)
        return open_page(
            lambda client: client.v1.checkout.sessions.create(
                params={
                    "mode": "setup",
                    "allowed_payment_method_types": ["card"],
                    "customer": customer,
                    "client_reference_id": setup.reference,
                    "metadata": {"setup": setup.reference},
                    "setup_intent_data": {"metadata": {"setup": setup.reference}},
                    "success_url": setup.success_url,
                    "cancel_url": setup.cancel_url,
                    "expires_at": int(setup.expires_at.timestamp()),
                    "locale": LOCALES.get(setup.language, "auto"),
                },
                options={"idempotency_key": f"setup-{setup.reference}"},
            ),
            setup,
        )

    def resolve_setup(self, setup: Setup) -> SetupOutcome:
        session = ask(
            lambda client: client.v1.checkout.sessions.retrieve(
                setup.provider_ref, params={"expand": ["setup_intent.payment_method"]}
            )
        ).to_dict()
        reference = session["client_reference_id"] or ""
        intent = session["setup_intent"] or {}
        method = intent.get("payment_method")
        if session["status"] == "complete" and intent.get("status") == "succeeded" and method:
            return SetupOutcome(Result.APPROVED, session["id"], reference, _card(method))
        result = {"open": Result.OPEN, "expired": Result.EXPIRED}.get(session["status"], Result.PENDING)
        return SetupOutcome(result, session["id"], reference)

    def charge_stored(self, payment: StoredPayment) -> Outcome:
        known = self._find(payment)
        if known:
            return _outcome(known)
        try:
            intent = ask(
                lambda client: client.v1.payment_intents.create(
                    params={
                        "amount": to_minor_units(payment.amount, payment.currency),
                        "currency": payment.currency.lower(),
                        "customer": payment.card.customer_ref,
                        "payment_method": payment.card.token,
                        "allowed_payment_method_types": ["card"],
                        "confirm": True,
                        "off_session": payment.unattended,
                        "error_on_requires_action": True,
                        "description": payment.description,
                        "metadata": {"payment": payment.reference},
                    },
                    options={"idempotency_key": f"stored-{payment.reference}"},
                ),
                stripe.CardError,
                stripe.InvalidRequestError,
            )
        except stripe.CardError as error:
            return _declined(payment, error)
        except stripe.InvalidRequestError as error:
            if error.param in ("payment_method", "customer"):  # removed there, without our knowing
                message = error.user_message or "the card is not there"
                return _nothing(payment, Result.DECLINED, message=message, decline=Decline.HARD)
            raise ProviderUnreachable(f"Stripe: {error.user_message}") from error
        return _outcome(intent.to_dict())

    def resolve_stored(self, payment: StoredPayment) -> Outcome:
        known = self._find(payment)
        if known:
            return _outcome(known)
        # What we sent a moment ago may still be on its way.
        fresh = timezone.now() - payment.started_at < SETTLING
        return _nothing(payment, Result.PENDING if fresh else Result.EXPIRED)

    def read_card(self, card: Card) -> Card | None:
        try:
            method = ask(lambda client: client.v1.payment_methods.retrieve(card.token), stripe.InvalidRequestError)
        except stripe.InvalidRequestError as error:
            if error.code == "resource_missing":
                return None
            raise ProviderUnreachable(f"Stripe: {error.user_message}") from error
        kept = method.to_dict()
        return _card(kept) if kept["customer"] else None

    def remove_card(self, card: Card) -> None:
        try:
            ask(lambda client: client.v1.payment_methods.detach(card.token), stripe.InvalidRequestError)
        except stripe.InvalidRequestError as error:
            if self.read_card(card) is not None:
                raise ProviderUnreachable(f"Stripe: {error.user_message}") from error

    def _new_customer(self, setup: Setup) -> str:
        """Trouble is answered again for a day under the same key, and a customer too many, without a card, does no harm."""
        try:
            return self._customer(setup, stripe.APIError, key=f"customer-{setup.reference}")
        except stripe.APIError:
            return self._customer(setup, key=f"customer-{setup.reference}-again")

    def _customer(self, setup: Setup, *refusals: type[stripe.StripeError], key: str) -> str:
        customer = ask(
            lambda client: client.v1.customers.create(
                params={"name": setup.name, "email": setup.email, "metadata": {"setup": setup.reference}},
                options={"idempotency_key": key},
            ),
            *refusals,
        )
        return str(customer.id)

    def _find(self, payment: StoredPayment) -> dict[str, Any] | None:
        """The PaymentIntent of that reference. Asked before every charge: an idempotency key is forgotten after a day."""
        since = int((payment.started_at - SETTLING).timestamp())
        params: Any = {"customer": payment.card.customer_ref, "created": {"gte": since}, "limit": 100}
        for intent in ask(lambda client: list(client.v1.payment_intents.list(params).auto_paging_iter())):
            found: dict[str, Any] = intent.to_dict()
            if found["metadata"].get("payment") == payment.reference:
                return found
        return None


def _card(method: dict[str, Any]) -> Card:
    card = method["card"]
    return Card(
        method["id"], method["customer"] or "", card["brand"], card["last4"], card["exp_month"], card["exp_year"]
    )


def _declined(payment: StoredPayment, error: stripe.CardError) -> Outcome:
    details = error.error.to_dict() if error.error else {}
    intent = details.get("payment_intent")
    if not intent:
        return _nothing(
            payment,
            Result.DECLINED,
            message=error.user_message or "",
            decline=_how(error.code, details.get("decline_code")),
        )
    return _outcome(intent | {"last_payment_error": intent.get("last_payment_error") or details})


def _outcome(intent: dict[str, Any]) -> Outcome:
    """How a PaymentIntent stands. One that waits for its person is declined: nobody will come to this page."""
    currency = intent["currency"].upper()
    failure = intent.get("last_payment_error") or {}
    result = {"succeeded": Result.APPROVED, "processing": Result.PENDING}.get(intent["status"], Result.DECLINED)
    decline = None
    if result is Result.DECLINED:
        waits = intent["status"] == "requires_action"
        decline = Decline.AUTHENTICATE if waits else _how(failure.get("code"), failure.get("decline_code"))
    return Outcome(
        result=result,
        provider_ref=intent["id"],
        reference=intent["metadata"].get("payment", ""),
        amount=amount_of(intent["amount"], currency),
        currency=currency,
        message=failure.get("message", "") if decline else "",
        charge_ref=intent["id"] if result is Result.APPROVED else "",
        decline=decline,
    )


def _nothing(payment: StoredPayment, result: Result, *, message: str = "", decline: Decline | None = None) -> Outcome:
    return Outcome(result, "", payment.reference, payment.amount, payment.currency, message, decline=decline)


def _how(code: str | None, decline_code: str | None) -> Decline:
    codes = {code, decline_code}
    if codes & AUTHENTICATE:
        return Decline.AUTHENTICATE
    return Decline.HARD if codes & HARD else Decline.SOFT
