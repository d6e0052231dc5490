"""EdgeExpress: a hosted page by XML whose way back carries nothing, so the order is always asked about. No webhooks.

It cannot close a page, and calls an order unfinished for ever that nobody paid or that it never had: the page's own time
decides.
"""

from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

from django.conf import settings
from django.utils import timezone

from opscom.lib.money import ZERO
from payments.errors import BadSignature, ProviderUnreachable
from payments.models import CardPage
from payments.providers import edgeexpress_api as api
from payments.providers import pages, wire
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
    RefundResult,
    Result,
    Setup,
    SetupOutcome,
    StoredPayment,
)

GRACE = timedelta(minutes=5)  # what the page sent at its end may still be on its way
ON_ITS_WAY = timedelta(minutes=1)
VOID = "V"  # the order number of a void is the refund's reference and this
VOIDED, RETURNED = "VOID", "RETURN"  # in the state of a sale
HARD = {"04", "07", "14", "15", "41", "43", "46", "54", "57"}
AUTHENTICATE = {"1A"}


class EdgeExpressProvider(Provider):
    """The order number is our reference, for payments, refunds and cards alike; the page's token is the provider's."""

    name = "edgeexpress"
    page_minutes = 10
    offers = Offers.REFUNDS | Offers.STORED_CARDS | Offers.LOOK_BACK

    def start(self, attempt: Attempt) -> HostedPage:
        return pages.open_page(self.name, attempt, lambda amount, _currency: _hosted(attempt, "CREDITSALE", amount))

    def resolve(self, attempt: Attempt) -> Outcome:
        page = pages.opened_page(self.name, attempt)
        answer = api.query(page.reference)
        if answer.code == api.APPROVED:
            return _paid(page.provider_ref, answer)
        if answer.code == api.PARTLY:
            _void_part(page.reference, answer)
            return pages.unpaid(page, Result.DECLINED, "only a part was approved")
        result = _unfinished(page, answer)
        return pages.unpaid(page, result, answer.text if result is Result.DECLINED else "")

    def expire(self, attempt: Attempt) -> None:
        pages.close_page(self.name, attempt)

    def refund(self, order: RefundOrder) -> RefundOutcome:
        if (known := self.resolve_refund(order)).result is not RefundResult.UNKNOWN:
            return known
        transaction: wire.Fields = {"TRANSACTIONID": order.charge_ref}
        whole = order.amount == order.payment.amount
        if whole and timezone.localdate(order.paid_at) == timezone.localdate():
            answer = api.ask(api.DIRECT, "CREDITVOID", {"ORDERID": order.reference + VOID, **transaction})
            if answer.code == api.APPROVED:
                return _given(order, answer)
        fields: wire.Fields = {"ORDERID": order.reference, "AMOUNT": wire.write_amount(order.amount), **transaction}
        answer = api.ask(api.DIRECT, "CREDITRETURN", fields)
        if answer.code == api.APPROVED:
            return _given(order, answer)
        return RefundOutcome(RefundResult.FAILED, "", order.amount, order.currency, answer.text)

    def resolve_refund(self, order: RefundOrder) -> RefundOutcome:
        references = [order.reference]
        if order.amount == order.payment.amount:
            references.append(order.reference + VOID)
        for reference in references:
            answer = api.query(reference)
            if answer.code == api.APPROVED:
                return _given(order, answer)
            if answer.code in api.REFUSALS:
                return RefundOutcome(RefundResult.FAILED, "", order.amount, order.currency, answer.text)
            if answer.code not in (api.UNFINISHED, api.PENDING):
                raise ProviderUnreachable(f"EdgeExpress answers with code {answer.code}")
        return RefundOutcome(RefundResult.UNKNOWN, "", order.amount, order.currency)

    def look_back(self, order: RefundOrder) -> list[RefundOutcome]:
        """By the state of the sale: a void is all of it, of a return it does not say how much."""
        sale = api.query(order.payment.reference)
        ref, state = sale.get("TRANSACTIONID"), sale.get("STATE").upper()
        if VOIDED in state:
            return [RefundOutcome(RefundResult.DONE, ref, order.amount, order.currency)]
        if RETURNED in state and order.amount == order.payment.amount:
            return [RefundOutcome(RefundResult.UNKNOWN, ref, ZERO, order.currency)]
        return []

    def start_setup(self, setup: Setup) -> HostedPage:
        return pages.open_page(self.name, setup, lambda _amount, _currency: _hosted(setup, "ALIASCREATE", None))

    def resolve_setup(self, setup: Setup) -> SetupOutcome:
        page = pages.opened_page(self.name, setup)
        answer = api.query(page.reference)
        if answer.code in (api.APPROVED, api.ALIAS_DONE, api.VERIFIED):
            card = _card(setup, answer)
            return SetupOutcome(Result.APPROVED, page.provider_ref, answer.get("ORDERID"), card)
        return SetupOutcome(_unfinished(page, answer), page.provider_ref, page.reference, message=answer.text)

    def charge_stored(self, payment: StoredPayment) -> Outcome:
        if (known := api.query(payment.reference)).code not in (api.UNFINISHED, api.PENDING):
            return _collected(payment, known)
        fields: wire.Fields = {
            "ORDERID": payment.reference,
            "AMOUNT": wire.write_amount(payment.amount),
            "ALIAS": payment.card.token,
            "ALLOWDUPLICATES": "true",
        }
        return _collected(payment, api.ask(api.DIRECT, "CREDITSALE", fields))

    def resolve_stored(self, payment: StoredPayment) -> Outcome:
        answer = api.query(payment.reference)
        if answer.code not in (api.UNFINISHED, api.PENDING, api.LAPSED):
            return _collected(payment, answer)
        fresh = timezone.now() - payment.started_at < ON_ITS_WAY
        result = Result.PENDING if fresh or answer.code == api.PENDING else Result.EXPIRED
        return Outcome(result, payment.provider_ref, payment.reference, payment.amount, payment.currency)

    def read_card(self, card: Card) -> Card | None:
        """It has no question for this: being told the end that we know already, it says whether there is such a card."""
        ends = f"{card.exp_month:02d}{card.exp_year % 100:02d}"
        answer = api.ask(api.DIRECT, "ALIASUPDATE", {"ALIAS": card.token, "EXPDATE": ends})
        if answer.code == api.ALIAS_DONE:
            return card
        if _is_about_alias(answer):
            return None
        raise ProviderUnreachable("EdgeExpress did not look the card up")

    def remove_card(self, card: Card) -> None:
        answer = api.ask(api.DIRECT, "ALIASDELETE", {"ALIAS": card.token})
        if answer.code != api.ALIAS_DONE and self.read_card(card) is not None:
            raise ProviderUnreachable("EdgeExpress did not forget the card")

    def read_webhook(self, body: bytes, headers: Mapping[str, str]) -> Notice | None:
        raise BadSignature("EdgeExpress sends no webhooks")


def _hosted(asked: Attempt | Setup, kind: str, amount: Decimal | None) -> tuple[str, str]:
    """The token and the address of a new page. The amount of a card to be stored is none."""
    answer = api.ask(
        api.HOSTED,
        kind,
        {
            "ORDERID": asked.reference,
            **({"AMOUNT": wire.write_amount(amount)} if amount is not None else {"CREATEALIAS": "true"}),
            **({"CUSTOMERNAME": asked.name[:50]} if isinstance(asked, Setup) else {}),
            "ALLOWDUPLICATES": "true",
            "INVOICENO": asked.reference,
            "HOSTPAYSETTING": {
                "POSDEVICE": {"TYPE": "KEYED"},
                "RETURNOPTION": {"RETURNURL": asked.success_url, "RETURNTARGET": "_self"},
                "DISABLEFRAMING": "true",
            },
        },
    )
    token, address = answer.get("SESSIONTOKEN"), answer.get("PAYPAGEURL")
    if not token or not address.startswith(("https://", settings.EDGEEXPRESS_HOST + "/")):
        raise ProviderUnreachable("EdgeExpress opens no page")
    return token, address


def _unfinished(page: CardPage, answer: api.Answer) -> Result:
    """How a page stands on which nothing was approved."""
    if answer.code in api.REFUSALS:
        return Result.DECLINED
    if answer.code == api.LAPSED:
        return Result.EXPIRED
    if answer.code not in (api.PENDING, api.UNFINISHED):
        raise ProviderUnreachable(f"EdgeExpress answers with code {answer.code}")
    return Result.EXPIRED if page.closed_at or timezone.now() >= page.expires_at + GRACE else Result.OPEN


def _void_part(reference: str, answer: api.Answer) -> None:
    """A part of the amount is no payment: it goes back at once."""
    done = api.query(reference + VOID)
    if done.code != api.APPROVED:
        fields: wire.Fields = {"ORDERID": reference + VOID, "TRANSACTIONID": answer.get("TRANSACTIONID")}
        done = api.ask(api.DIRECT, "CREDITVOID", fields)
    if done.code != api.APPROVED:
        raise ProviderUnreachable("EdgeExpress did not void a part payment")


def _paid(provider_ref: str, answer: api.Answer) -> Outcome:
    """An approved sale, with EdgeExpress' own figures. It has no currency on the wire: a terminal has one."""
    amount = wire.read_amount(api.NAME, answer.get("APPROVEDAMOUNT"))
    charge = answer.get("TRANSACTIONID")
    return Outcome(Result.APPROVED, provider_ref, answer.get("ORDERID"), amount, settings.CURRENCY, charge_ref=charge)


def _given(order: RefundOrder, answer: api.Answer) -> RefundOutcome:
    amount = wire.read_amount(api.NAME, answer.get("APPROVEDAMOUNT"))
    return RefundOutcome(RefundResult.DONE, answer.get("TRANSACTIONID"), amount, settings.CURRENCY)


def _collected(payment: StoredPayment, answer: api.Answer) -> Outcome:
    """What became of a charge to a stored card."""
    if answer.code == api.APPROVED:
        return _paid(answer.get("TRANSACTIONID"), answer)
    if answer.code == api.PARTLY:
        _void_part(payment.reference, answer)
    elif answer.code not in api.REFUSALS and not _is_about_alias(answer):
        raise ProviderUnreachable(f"EdgeExpress answers with code {answer.code}")
    return Outcome(
        Result.DECLINED,
        answer.get("TRANSACTIONID"),
        payment.reference,
        payment.amount,
        payment.currency,
        answer.text,
        decline=_decline(answer),
    )


def _decline(answer: api.Answer) -> Decline:
    bank = answer.get("PROCESSORRESPONSE")
    if bank in AUTHENTICATE:
        return Decline.AUTHENTICATE
    hard = bank in HARD or answer.code == api.BAD_EXPIRY or _is_about_alias(answer)
    return Decline.HARD if hard else Decline.SOFT


def _is_about_alias(answer: api.Answer) -> bool:
    """Whether it says that it has no such card."""
    return answer.code not in (api.APPROVED, api.ALIAS_DONE) and "alias" in answer.text.lower()


def _card(setup: Setup, answer: api.Answer) -> Card:
    month, year, number = answer.get("EXPMONTH"), answer.get("EXPYEAR"), answer.get("MASKEDCARDNUMBER")
    if not answer.get("ALIAS") or not month.isdigit() or not year.isdigit():
        raise ProviderUnreachable("EdgeExpress names no stored card")
    return replace(
        Card(answer.get("ALIAS"), setup.customer_ref or setup.reference, "", number[-4:], int(month), 0),
        brand=answer.get("CARDBRAND").lower(),
        exp_year=2000 + int(year) % 100,
    )
