"""Receipts (PAY-3, GST-2)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.views.decorators.http import require_safe

from opscom.lib.money import ZERO
from payments.models import LedgerEntry, Receipt
from payments.views.claims import money_back


@require_safe
def show_receipt(request: HttpRequest, code: str) -> HttpResponse:
    """What was paid, how and when. A guest's receipt opens for whoever has its address."""
    receipts = Receipt.objects.for_user(request.user).select_related("payment__checkout__user", "payment__method")
    receipt = get_object_or_404(receipts, code=code.upper())
    payment = receipt.payment
    credit = LedgerEntry.objects.filter(payment=payment, account=LedgerEntry.Account.CREDIT, refund=None)
    context = {
        "receipt": receipt,
        "payment": payment,
        "lines": payment.checkout.lines.select_related("charge__payer"),
        "credit": sum(credit.values_list("amount", flat=True), start=ZERO),
        **money_back(payment),
    }
    return render(request, "payments/receipt.html", context)
