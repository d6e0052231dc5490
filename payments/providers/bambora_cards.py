"""Cards stored at Bambora: a payment profile each, made from a card that the person entered on the hosted page.

The page holds one unit of money for a moment (a pre-authorisation), which is released as soon as the profile is made.
"""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.utils import timezone

from payments.errors import ProviderUnreachable
from payments.providers.bambora_wire import BRANDS, Refused, amount_of, call, page, question
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

HOLD = "1.00"
NO_SUCH_PROFILE = {15, 800}
PROFILE_EXISTS = 16
AUTHENTICATE = {311}
HARD = {52, *NO_SUCH_PROFILE}
DUPLICATE = 788
SETTLING = timedelta(minutes=2)


class BamboraCards(Provider):
    """The half of the contract that is about stored cards. `Card.token` is the profile, `customer_ref` our own group of them."""

    def start_setup(self, setup: Setup) -> HostedPage:
        return card_page(
            setup.reference,
            email=setup.email,
            language=setup.language,
            back=setup.success_url,
            closes=setup.expires_at,
        )

    def resolve_setup(self, setup: Setup) -> SetupOutcome:
        found = question(setup.reference)
        if not found or found["trnApproved"] != "1":
            over = setup.expires_at + SETTLING <= timezone.now()
            return SetupOutcome(Result.EXPIRED if over else Result.OPEN, setup.reference, setup.reference)
        held = self.payment(found["trnId"])
        series_ref = str((held.get("card_on_file") or {}).get("series_id") or "")
        named = (setup.reference, setup.customer_ref or setup.reference, series_ref)
        card = self._profile(*named)
        if card is None and not held.get(
            "adjusted_by"
        ):  # once its hold is released, it was stored, and is removed since
            self._make_profile(setup, str(held["id"]))
            card = self._profile(*named)
        return SetupOutcome(Result.APPROVED if card else Result.EXPIRED, setup.reference, setup.reference, card)

    def charge_stored(self, payment: StoredPayment) -> Outcome:
        if payment.currency != settings.BAMBORA_CURRENCY:
            raise ProviderUnreachable(f"Bambora: the merchant account takes {settings.BAMBORA_CURRENCY} only")
        if found := question(payment.reference):
            return self._outcome(payment, found)
        initiator = "subsequent_recurring" if payment.unattended else "subsequent_customer_initiated"
        series = {"series_id": payment.card.series_ref} if payment.card.series_ref else {}
        body = {
            "order_number": payment.reference,
            "amount": f"{payment.amount:.2f}",
            "payment_method": "payment_profile",
            "payment_profile": {"customer_code": payment.card.token, "card_id": 1, "complete": True},
            "card_on_file": {"type": initiator} | series,
            "comments": payment.description[:256],
        }
        try:
            answer = call("POST", "/payments", passcode=settings.BAMBORA_PAYMENTS_PASSCODE, body=body)
        except Refused as refusal:
            if refusal.code == DUPLICATE:
                return self.resolve_stored(payment)
            found = question(payment.reference)
            return self._outcome(payment, found) if found else _refused(payment, refusal.code, str(refusal))
        return self.approved(str(answer["id"]), payment.reference)

    def resolve_stored(self, payment: StoredPayment) -> Outcome:
        found = question(payment.reference)
        if found:
            return self._outcome(payment, found)
        fresh = timezone.now() - payment.started_at < SETTLING  # what we sent a moment ago may still be on its way
        result = Result.PENDING if fresh else Result.EXPIRED
        return Outcome(result, "", payment.reference, payment.amount, settings.BAMBORA_CURRENCY)

    def read_card(self, card: Card) -> Card | None:
        return self._profile(card.token, card.customer_ref, card.series_ref)

    def remove_card(self, card: Card) -> None:
        try:
            call("DELETE", f"/profiles/{card.token}", passcode=settings.BAMBORA_PROFILES_PASSCODE)
        except Refused as refusal:
            if refusal.code not in NO_SUCH_PROFILE:
                raise ProviderUnreachable(f"Bambora: {refusal}") from refusal

    def payment(self, transaction: str) -> dict[str, Any]:
        """One transaction as the API has it."""
        try:
            return call("GET", f"/payments/{transaction}", passcode=settings.BAMBORA_PAYMENTS_PASSCODE)
        except Refused as refusal:
            raise ProviderUnreachable(f"Bambora: {refusal}") from refusal

    def approved(self, transaction: str, reference: str) -> Outcome:
        """Money that came in, with the figures of the API and not of the page."""
        payment = self.payment(transaction)
        if str(payment["approved"]) != "1":
            raise ProviderUnreachable("Bambora: page and API say different things")
        return Outcome(
            Result.APPROVED,
            reference,
            payment["order_number"],
            amount_of(payment["amount"]),
            settings.BAMBORA_CURRENCY,
            charge_ref=str(payment["id"]),
        )

    def declined(self, reference: str, amount: Decimal, found: dict[str, str]) -> Outcome:
        """A refusal, in the bank's words."""
        message, code = found.get("messageText") or "declined", int(found["messageId"])
        currency = settings.BAMBORA_CURRENCY
        return Outcome(
            Result.DECLINED, reference, found["trnOrderNumber"], amount, currency, message, decline=_how(code)
        )

    def _outcome(self, payment: StoredPayment, found: dict[str, str]) -> Outcome:
        if found["trnApproved"] == "1":
            return self.approved(found["trnId"], payment.reference)
        return self.declined(payment.reference, payment.amount, found)

    def _make_profile(self, setup: Setup, transaction: str) -> None:
        """Keep the card of that pre-authorisation and release what it holds."""
        passcode = settings.BAMBORA_PROFILES_PASSCODE
        body = {"customer_code": setup.reference, "transaction_id": transaction, "comments": setup.name[:256]}
        try:
            call("POST", "/profiles", passcode=passcode, body=body)
        except Refused as refusal:
            if refusal.code != PROFILE_EXISTS:
                raise ProviderUnreachable(f"Bambora: {refusal}") from refusal
        path = f"/payments/{transaction}/completions"
        try:
            call("POST", path, passcode=settings.BAMBORA_PAYMENTS_PASSCODE, body={"amount": "0.00"})
        except Refused:
            return  # the bank lets go of it by itself after some days

    def _profile(self, code: str, customer_ref: str, series_ref: str) -> Card | None:
        try:
            answer = call("GET", f"/profiles/{code}/cards", passcode=settings.BAMBORA_PROFILES_PASSCODE)
        except Refused as refusal:
            if refusal.code in NO_SUCH_PROFILE:
                return None
            raise ProviderUnreachable(f"Bambora: {refusal}") from refusal
        cards = answer["card"]
        if not cards:
            return None
        card = cards[0]
        brand = BRANDS.get(card["card_type"], "unknown")
        year = 2000 + int(card["expiry_year"])
        return Card(code, customer_ref, brand, card["number"][-4:], int(card["expiry_month"]), year, series_ref)


def card_page(order: str, *, email: str, language: str, back: str, closes: datetime) -> HostedPage:
    """The page on which a card is entered to be stored."""
    return page(order, kind="PA", amount=HOLD, email=email, language=language, back=back, closes=closes)


def _refused(payment: StoredPayment, code: int, message: str) -> Outcome:
    currency = settings.BAMBORA_CURRENCY
    return Outcome(Result.DECLINED, "", payment.reference, payment.amount, currency, message, decline=_how(code))


def _how(code: int) -> Decline:
    if code in AUTHENTICATE:
        return Decline.AUTHENTICATE
    return Decline.HARD if code in HARD else Decline.SOFT
