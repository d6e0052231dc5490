"""Bambora / Worldline North America: a hash-signed redirect, questions by order number, and the REST API.

Written from public documents; the vendor has not certified it (docs/providers.md). It sends no webhooks, and a page that is
open cannot be closed: its hash expires.
"""

from collections.abc import Iterator, Mapping
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.utils import timezone

from payments.errors import BadSignature, ProviderUnreachable
from payments.providers import pages
from payments.providers.bambora_cards import SETTLING, BamboraCards
from payments.providers.bambora_wire import Refused, amount_of, call, moment, pacific, page, question
from payments.providers.base import (
    Attempt,
    HostedPage,
    Movement,
    Notice,
    Offers,
    Outcome,
    RefundOrder,
    RefundOutcome,
    RefundResult,
    Result,
)

DUPLICATE = {16, 788}
TOO_LATE_TO_VOID = 205
RETURN, VOID = "R", "VP"
SIGNS = {"P": 1, RETURN: -1, VOID: -1}
ROWS = 1000


class BamboraProvider(BamboraCards):
    """One order number an attempt: our reference."""

    name = "bambora"
    offers = Offers.REFUNDS | Offers.STORED_CARDS | Offers.MOVEMENTS

    def start(self, attempt: Attempt) -> HostedPage:
        _check_currency(attempt.currency)
        pages.open_page(self.name, attempt, lambda _amount, _currency: (attempt.reference, ""))
        return page(
            attempt.reference,
            kind="P",
            amount=f"{attempt.amount:.2f}",
            email=attempt.email,
            language=attempt.language,
            back=attempt.success_url,
            closes=attempt.expires_at,
        )

    def resolve(self, attempt: Attempt) -> Outcome:
        opened = pages.opened_page(self.name, attempt)
        found = question(attempt.reference)
        if not found:
            over = opened.closed_at or opened.expires_at + SETTLING <= timezone.now()
            result = Result.EXPIRED if over else Result.OPEN
            return Outcome(result, attempt.reference, attempt.reference, attempt.amount, settings.BAMBORA_CURRENCY)
        if found["trnApproved"] != "1":
            return self.declined(attempt.reference, attempt.amount, found)
        return self.approved(found["trnId"], attempt.reference)

    def expire(self, attempt: Attempt) -> None:
        """The page stays open until its hash expires; who pays on it all the same is found by asking again."""
        pages.close_page(self.name, attempt)

    def refund(self, order: RefundOrder) -> RefundOutcome:
        _check_currency(order.currency)
        known = self.resolve_refund(order)
        if known.result is not RefundResult.UNKNOWN:
            return known
        try:
            return _given(self._give_back(order))
        except Refused as refusal:
            if refusal.code in DUPLICATE:
                return self.resolve_refund(order)
            return RefundOutcome(RefundResult.FAILED, "", order.amount, order.currency, str(refusal))

    def resolve_refund(self, order: RefundOrder) -> RefundOutcome:
        """A return carries our reference as its order number. A void carries none, but takes the whole payment back, so
        there is at most one."""
        payment = self.payment(order.charge_ref)
        whole = amount_of(payment["amount"]) == order.amount
        for adjustment in payment.get("adjusted_by") or []:
            if str(adjustment.get("approval")) != "1":
                continue
            if adjustment["type"] == VOID and whole:
                return _given(adjustment)
            if adjustment["type"] == RETURN:
                given = self.payment(str(adjustment["id"]))
                if given["order_number"] == order.reference:
                    return _given(given)
        return RefundOutcome(RefundResult.UNKNOWN, "", order.amount, settings.BAMBORA_CURRENCY)

    def movements(self, start: datetime, end: datetime) -> list[Movement]:
        moved = []
        for row in _report(start, end):
            if str(row["trn_response"]) != "1" or row["trn_type"] not in SIGNS:
                continue
            at = moment(row["trn_date_time"])
            if start <= at < end:
                reference = "" if row["trn_type"] == VOID else row["trn_order_number"]
                amount = SIGNS[row["trn_type"]] * amount_of(row["trn_amount"])
                moved.append(Movement(str(row["trn_id"]), reference, amount, settings.BAMBORA_CURRENCY, at))
        return moved

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        raise BadSignature("Bambora sends none")

    def _give_back(self, order: RefundOrder) -> dict[str, Any]:
        """The whole of today's payment is voided, so that it never reaches the payer's statement; all else is returned."""
        path, passcode = f"/payments/{order.charge_ref}", settings.BAMBORA_PAYMENTS_PASSCODE
        amount = f"{order.amount:.2f}"
        today = pacific(order.paid_at, "%Y%m%d") == pacific(timezone.now(), "%Y%m%d")
        if today and order.amount == order.payment.amount:
            try:
                return call("POST", f"{path}/void", passcode=passcode, body={"amount": amount})
            except Refused as refusal:
                if refusal.code != TOO_LATE_TO_VOID:
                    raise
        body = {"order_number": order.reference, "amount": amount}
        return call("POST", f"{path}/returns", passcode=passcode, body=body)


def _check_currency(currency: str) -> None:
    if currency != settings.BAMBORA_CURRENCY:
        raise ProviderUnreachable(f"Bambora: the merchant account takes {settings.BAMBORA_CURRENCY} only")


def _given(transaction: Mapping[str, Any]) -> RefundOutcome:
    amount = amount_of(transaction["amount"])
    return RefundOutcome(RefundResult.DONE, str(transaction["id"]), amount, settings.BAMBORA_CURRENCY)


def _report(start: datetime, end: datetime) -> Iterator[dict[str, Any]]:
    """Rows of the transaction report, page by page."""
    form, first = "%Y-%m-%dT%H:%M:%S", 1
    while True:
        body = {
            "name": "Search",
            "start_date": pacific(start, form),
            "end_date": pacific(end + timedelta(seconds=1), form),
            "start_row": str(first),
            "end_row": str(first + ROWS),
        }
        rows = call("POST", "/reports", passcode=settings.BAMBORA_REPORTING_PASSCODE, body=body)["records"]
        yield from rows
        if len(rows) < ROWS:
            return
        first += ROWS
