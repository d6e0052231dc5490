"""Moneris: its checkout embedded on a page of ours, and its Gateway for refunds and stored cards. It sends no webhooks.

It cannot close a ticket. A page that we gave up and that is paid all the same is found by asking again.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import Any

from django.conf import settings
from django.urls import reverse
from django.utils import timezone

from payments.errors import BadSignature, ProviderUnreachable
from payments.providers import moneris_checkout as checkout
from payments.providers import moneris_gateway as gateway
from payments.providers import moneris_refunds, pages, wire
from payments.providers.base import (
    Attempt,
    Card,
    Decline,
    HostedPage,
    Notice,
    Offers,
    Outcome,
    Provider,
    RefundOrder,
    RefundOutcome,
    Result,
    Setup,
    SetupOutcome,
    StoredPayment,
)

BRANDS = {"V": "visa", "M": "mastercard", "AX": "amex", "NO": "discover", "DS": "discover", "C1": "jcb", "SE": "sears"}
ON_ITS_WAY = timedelta(minutes=1)  # so long an unknown charge may still arrive
VERIFIED = "_veri"  # what Moneris adds to the order number where a card is only verified


class MonerisProvider(Provider):
    """The order number is the payment's reference, which Moneris takes once; the ticket is the provider's reference."""

    name = "moneris"
    page_minutes = 15
    offers = Offers.REFUNDS | Offers.STORED_CARDS | Offers.LOOK_BACK

    def start(self, attempt: Attempt) -> HostedPage:
        return self._open(attempt)

    def resolve(self, attempt: Attempt) -> Outcome:
        page = pages.opened_page(self.name, attempt)
        answer = checkout.receipt(page.provider_ref)
        if answer is not None:
            return _outcome(attempt, answer)
        if page.closed_at is None and timezone.now() < page.expires_at:
            return pages.unpaid(page, Result.OPEN)
        order: wire.Fields = {
            "order_id": page.reference,
            "amount": wire.write_amount(page.amount),
            "crypt_type": gateway.CRYPT_TYPE,
        }
        known = gateway.ask("purchase", order, status_check=True)
        if known.found and known.approved:
            return _paid(page.provider_ref, known)
        return pages.unpaid(page, Result.EXPIRED)

    def expire(self, attempt: Attempt) -> None:
        pages.close_page(self.name, attempt)

    def refund(self, order: RefundOrder) -> RefundOutcome:
        return moneris_refunds.refund(order)

    def resolve_refund(self, order: RefundOrder) -> RefundOutcome:
        return moneris_refunds.resolve_refund(order)

    def look_back(self, order: RefundOrder) -> list[RefundOutcome]:
        return moneris_refunds.look_back(order)

    def start_setup(self, setup: Setup) -> HostedPage:
        return self._open(setup)

    def resolve_setup(self, setup: Setup) -> SetupOutcome:
        page = pages.opened_page(self.name, setup)
        answer = checkout.receipt(page.provider_ref)
        if answer is not None:
            return _setup_outcome(setup, answer)
        over = page.closed_at is not None or timezone.now() >= page.expires_at
        return SetupOutcome(Result.EXPIRED if over else Result.OPEN, page.provider_ref, page.reference)

    def charge_stored(self, payment: StoredPayment) -> Outcome:
        answer = gateway.ask("res_purchase_cc", _stored_fields(payment))
        return self.resolve_stored(payment) if answer.repeated else _stored_outcome(payment, answer)

    def resolve_stored(self, payment: StoredPayment) -> Outcome:
        answer = gateway.ask("res_purchase_cc", _stored_fields(payment), status_check=True)
        if answer.found:
            return _stored_outcome(payment, answer)
        fresh = timezone.now() - payment.started_at < ON_ITS_WAY
        result = Result.PENDING if fresh else Result.EXPIRED
        return Outcome(result, payment.provider_ref, payment.reference, payment.amount, payment.currency)

    def read_card(self, card: Card) -> Card | None:
        answer = gateway.ask("res_lookup_masked", {"data_key": card.token})
        if answer.code is None:
            raise ProviderUnreachable("Moneris did not look the card up")
        if answer.get("ResSuccess") != "true":
            return None
        ends = answer.get("expdate")  # YYMM here, MMYY in the checkout
        month, year = _expiry(ends[2:] + ends[:2])
        return replace(card, last4=answer.get("masked_pan")[-4:], exp_month=month, exp_year=year)

    def remove_card(self, card: Card) -> None:
        done = gateway.ask("res_delete", {"data_key": card.token})
        if done.get("ResSuccess") != "true" and self.read_card(card) is not None:
            raise ProviderUnreachable("Moneris did not forget the card")

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        raise BadSignature("Moneris sends no webhooks")

    def _open(self, asked: Attempt | Setup) -> HostedPage:
        address = settings.BASE_URL + reverse("payments:card_page", args=[asked.reference])
        return pages.open_page(
            self.name, asked, lambda amount, _currency: (checkout.preload(asked, wire.write_amount(amount)), address)
        )


def _outcome(attempt: Attempt, answer: Mapping[str, Any]) -> Outcome:
    """A finished ticket, with Moneris' own figures. It has no currency on the wire: a store has one."""
    card = _card_part(answer)
    approved = _is_approved(answer)
    return Outcome(
        Result.APPROVED if approved else Result.DECLINED,
        attempt.provider_ref,
        str(card.get("order_no") or ""),
        wire.read_amount(checkout.NAME, str(card.get("amount") or "")),
        settings.CURRENCY,
        charge_ref=str(card.get("transaction_no") or "") if approved else "",
    )


def _setup_outcome(setup: Setup, answer: Mapping[str, Any]) -> SetupOutcome:
    card = _card_part(answer)
    reference = str(card.get("order_no") or "").removesuffix(VERIFIED)
    token = card.get("tokenize")
    token = token if isinstance(token, dict) else {}
    if not (_is_approved(answer) and token.get("success") == "true" and token.get("datakey")):
        return SetupOutcome(Result.DECLINED, setup.provider_ref, reference)
    month, year = _expiry(str(card.get("expiry_date") or ""))
    stored = Card(
        token=str(token["datakey"]),
        customer_ref=setup.customer_ref or setup.reference,  # Moneris keeps whatever the merchant calls a customer
        brand=BRANDS.get(str(card.get("card_type")), ""),
        last4=str(card.get("first6last4") or "")[-4:],
        exp_month=month,
        exp_year=year,
        series_ref=str(card.get("issuer_id") or ""),
    )
    return SetupOutcome(Result.APPROVED, setup.provider_ref, reference, stored)


def _card_part(answer: Mapping[str, Any]) -> Mapping[str, Any]:
    receipt = answer.get("receipt")
    card = receipt.get("cc") if isinstance(receipt, dict) else None
    if not isinstance(card, dict):
        raise ProviderUnreachable("Moneris' receipt names no card payment")
    return card


def _is_approved(answer: Mapping[str, Any]) -> bool:
    """Both of its words must say so: the result, and the host's code below 50."""
    code = str(_card_part(answer).get("response_code"))
    return answer["receipt"].get("result") == "a" and code.isdigit() and int(code) < 50


def _expiry(text: str) -> tuple[int, int]:
    """Month and year of MMYY."""
    if len(text) != 4 or not text.isdigit() or not 1 <= int(text[:2]) <= 12:
        raise ProviderUnreachable("Moneris names no end of the card")
    return int(text[:2]), 2000 + int(text[2:])


def _stored_fields(payment: StoredPayment) -> wire.Fields:
    signs = settings.MONERIS_COF_UNATTENDED if payment.unattended else settings.MONERIS_COF_ATTENDED
    return {
        "data_key": payment.card.token,
        "order_id": payment.reference,
        "cust_id": payment.card.customer_ref[:50],
        "amount": wire.write_amount(payment.amount),
        "crypt_type": gateway.CRYPT_TYPE,
        "cof_info": {
            "payment_indicator": signs[:1],
            "payment_information": signs[1:],
            "issuer_id": payment.card.series_ref,
        },
    }


def _stored_outcome(payment: StoredPayment, answer: gateway.Answer) -> Outcome:
    if answer.approved:
        return _paid(answer.get("TransID"), answer)
    if answer.code is None:
        raise ProviderUnreachable("Moneris did not send it to the bank")
    iso = answer.get("ISO")
    decline = Decline.SOFT
    if iso in gateway.AUTHENTICATE:
        decline = Decline.AUTHENTICATE
    elif iso in gateway.HARD or answer.get("ResSuccess") == "false":
        decline = Decline.HARD
    return Outcome(
        Result.DECLINED,
        answer.get("TransID"),
        payment.reference,
        payment.amount,
        payment.currency,
        answer.text,
        decline=decline,
    )


def _paid(provider_ref: str, answer: gateway.Answer) -> Outcome:
    """An approved purchase, with the Gateway's own figures."""
    return Outcome(
        Result.APPROVED,
        provider_ref,
        answer.get("ReceiptId"),
        wire.read_amount(gateway.NAME, answer.get("TransAmount")),
        settings.CURRENCY,
        charge_ref=answer.get("TransID"),
    )
