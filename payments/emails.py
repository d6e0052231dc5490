"""The messages of the payments core."""

from collections.abc import Sequence
from decimal import Decimal
from typing import Any

from django.conf import settings
from django.db.models import Sum, prefetch_related_objects
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail, queue_mail_to
from opscom.lib.money import ZERO
from opscom.lib.office import office
from payments.models import (
    Adjustment,
    Charge,
    CheckoutLine,
    Comparison,
    LedgerCheck,
    Payment,
    PaymentMethod,
    Refund,
    StoredCard,
)
from payments.services.charges import applied_to
from payments.services.receipts import ReceiptLine, describe_receipt
from payments.services.refundable import standing_of
from payments.services.taxes import TaxAmount


def send_receipt(payment: Payment, lines: Sequence[CheckoutLine]) -> None:
    """The receipt, once a payment (always sent: PREF-3). What was frozen is what was paid, unless it was less, more, in part
    by credit or too late: then it is read from the books, as the receipt's page does."""
    checkout = payment.checkout
    if not checkout.email:
        return
    frozen = payment.received == checkout.total and not payment.attention
    paid: list[ReceiptLine] = [ReceiptLine(line.charge, line.amount, line.discount) for line in lines]
    extra, credit, taxes = list[tuple[str | Promise, Decimal]](), ZERO, list[TaxAmount]()
    if not frozen or any(line.charge.taxed for line in lines):
        text = describe_receipt(payment, lines, payment.receipt.issued_at)
        paid, credit, taxes = text.lines, text.credit, text.taxes
        extra = [(_("More than was owed"), text.surplus), (_("Office credit"), -text.credit)]
    queue_mail(
        MailKind.RECEIPT,
        to=checkout.email,
        language=checkout.language,
        user=checkout.user,
        key=f"receipt:{payment.code}",
        context={
            "payment": payment,
            "receipt": payment.receipt,
            "lines": [*_named(payment, paid), *((words, amount) for words, amount in extra if amount)],
            "credit": credit,
            "discount": sum((line.discount for line in paid), start=ZERO),
            "owed": ZERO if frozen else _still_owed(lines),
            "taxes": taxes,
            "total": payment.received,
            "action_url": settings.BASE_URL + reverse("payments:receipt", args=[payment.receipt.code]),
        },
    )


def _still_owed(lines: Sequence[CheckoutLine]) -> Decimal:
    """What is left of the charges that a payment was for, where it was less."""
    charges = [line.charge for line in lines if line.charge.state == Charge.State.OPEN]
    applied = applied_to(charges) if charges else {}
    return sum((charge.amount - applied[charge.pk] for charge in charges), start=ZERO)


def send_promise(payment: Payment, lines: Sequence[CheckoutLine]) -> None:
    """What to bring to the office, and by when."""
    checkout = payment.checkout
    if not checkout.email:
        return
    queue_mail(
        MailKind.PROMISE,
        to=checkout.email,
        language=checkout.language,
        user=checkout.user,
        key=f"promise:{payment.code}",
        context={
            "payment": payment,
            "lines": _named(payment, lines),
            "total": payment.amount,
        },
    )


def send_card_expires(card: StoredCard, *, days: int) -> bool:
    """A stored card expires within so many days: once a card, date and notice. True where it was written now."""
    mail = queue_mail_to(
        card.user,
        MailKind.CARD_EXPIRES,
        key=f"card-expires:{card.code}:{card.exp_year}-{card.exp_month}:{days}",
        context={"card": card, "last_day": card.last_day, "action_url": settings.BASE_URL + reverse("payments:cards")},
    )
    return mail is not None


def _named(payment: Payment, lines: Sequence[CheckoutLine] | Sequence[ReceiptLine]) -> list[tuple[str, Decimal]]:
    """Each line with its sum; on a company's with the person whose debt it is."""
    if payment.checkout.company_id is None:
        return [(line.charge.description, line.amount) for line in lines]
    prefetch_related_objects([line.charge for line in lines], "payer")
    return [
        (f"{line.charge.description} ({payer.get_full_name()})" if payer else line.charge.description, line.amount)
        for line in lines
        for payer in [line.charge.payer]
    ]


def send_refund(refund: Refund) -> None:
    """What goes back, where to, and why: once a try."""
    payment = refund.payment
    if not payment.checkout.email:
        return
    _to_payer(
        payment,
        MailKind.REFUND,
        key=f"refund:{refund.reference}",
        context={"refund": refund, "what": refund.charge.description if refund.charge else ""},
    )


def send_surplus(payment: Payment) -> None:
    """More was paid than was owed, and how to get it back: once a payment, and again when the sum has changed."""
    left = standing_of(payment).surplus
    if left > 0 and payment.checkout.email and hasattr(payment, "receipt"):
        _to_payer(payment, MailKind.SURPLUS, key=f"surplus:{payment.code}:{left}", context={"sum": left})


def _to_payer(payment: Payment, kind: str, *, key: str, context: dict[str, Any]) -> None:
    checkout = payment.checkout
    queue_mail(
        kind,
        to=checkout.email,
        language=checkout.language,
        user=checkout.user,
        key=key,
        context={
            "payment": payment,
            "action_url": settings.BASE_URL + reverse("payments:receipt", args=[payment.receipt.code]),
            **context,
        },
    )


def send_bounced(payment: Payment, lines: Sequence[CheckoutLine], fee: Charge | None) -> None:
    """The bank sent the cheque back: what is owed again, and the fee."""
    checkout = payment.checkout
    if not checkout.email:
        return
    queue_mail(
        MailKind.CHEQUE_BOUNCED,
        to=checkout.email,
        language=checkout.language,
        user=checkout.user,
        key=f"bounced:{payment.code}",
        context={
            "payment": payment,
            "receipt": payment.receipt,
            "paid": payment.received,
            "fee": fee.amount if fee else ZERO,
            "parts": [line.charge.description for line in lines],
            "action_url": settings.BASE_URL + (reverse("payments:list") if checkout.user else checkout.back),
        },
    )


def tell_payroll(payment: Payment, lines: Sequence[CheckoutLine]) -> None:
    """What is to be deducted from somebody's pay, once a payment is processed (FLEX-4): what payroll paid of it, and every
    credit by payroll that it was the first to spend."""
    person = payment.checkout.user
    if not office().payroll_email or person is None:
        return
    spent = payment.adjustments.filter(
        method__code=PaymentMethod.PAYROLL, rest_of=None, state=Adjustment.State.PROCESSED
    )
    deducted = -(spent.aggregate(total=Sum("amount"))["total"] or ZERO)
    if payment.method_id == PaymentMethod.PAYROLL:
        deducted += payment.received or ZERO
    if not deducted:
        return
    queue_mail(
        MailKind.PAYROLL,
        to=office().payroll_email,
        language="en",
        key=f"payroll:{payment.code}",
        context={
            "payment": payment,
            "receipt": payment.receipt,
            "person": person,
            "paid": deducted,
            "parts": [line.charge.description for line in lines],
        },
    )


def tell_staff(payment: Payment, *, about: str = "") -> None:
    """A payment needs attention: once a payment, reason and what it is about, if the office named an address."""
    if not office().staff_email:
        return
    queue_mail(
        MailKind.ATTENTION,
        to=office().staff_email,
        language="en",
        key=f"attention:{payment.code}:{payment.attention}:{about}".rstrip(":"),
        context={
            "payment": payment,
            "action_url": settings.BASE_URL + reverse("admin:payments_payment_change", args=[payment.pk]),
        },
    )


def tell_books(run: LedgerCheck, broken: Sequence[tuple[str | Promise, int]]) -> None:
    """A check of the books found rows that are wrong: which rules are broken, and by how many."""
    _tell_of_books(
        f"check:{run.pk}",
        reverse("admin:payments_ledgercheck_change", args=[run.pk]),
        {"found": run.found, "broken": broken},
    )


def tell_differences(comparison: Comparison, found: int) -> None:
    """A day's movements at the provider are not those in the books."""
    page = reverse("admin:payments_difference_changelist") + f"?comparison__id__exact={comparison.pk}"
    _tell_of_books(
        f"comparison:{comparison.pk}:{comparison.looked_back_to}", page, {"found": found, "comparison": comparison}
    )


def _tell_of_books(key: str, page: str, context: dict[str, Any]) -> None:
    if office().staff_email:
        queue_mail(
            MailKind.BOOKS,
            to=office().staff_email,
            language="en",
            key=f"books:{key}",
            context={**context, "action_url": settings.BASE_URL + page},
        )
