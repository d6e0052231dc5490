"""The newest payment, refund, plan and card, to try the office's texts on."""

from accounts.wordings.newest import newest
from payments import emails, plan_emails
from payments.models import CheckoutLine, Payment, PaymentPlan, Refund, StoredCard


def _lines(payment: Payment) -> list[CheckoutLine]:
    return list(payment.checkout.lines.select_related("charge"))


WRITERS = {
    "receipt": newest(
        lambda: Payment.objects.filter(receipt__isnull=False).select_related("receipt", "method", "checkout__user"),
        lambda payment: emails.send_receipt(payment, _lines(payment)),
    ),
    "promise": newest(
        lambda: Payment.objects.filter(promise_due_on__isnull=False).select_related("method", "checkout__user"),
        lambda payment: emails.send_promise(payment, _lines(payment)),
    ),
    "refund": newest(
        lambda: Refund.objects.filter(payment__receipt__isnull=False).select_related("payment__checkout", "charge"),
        emails.send_refund,
    ),
    "card_expires": newest(
        lambda: StoredCard.objects.exclude(user=None).select_related("user"),
        lambda card: emails.send_card_expires(card, days=30),
    ),
    "plan_offered": newest(lambda: PaymentPlan.objects.select_related("user"), plan_emails.send_offer),
    "plan_agreed": newest(lambda: PaymentPlan.objects.select_related("user"), plan_emails.send_agreed),
}
