"""Receipts (PAY-3, GST-2)."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.http import content_disposition_header
from django.views.decorators.http import require_safe

from payments.models import Receipt
from payments.pdf import receipt_pdf
from payments.services.receipts import ReceiptText, describe_receipt
from payments.views.claims import money_back


@require_safe
def show_receipt(request: HttpRequest, code: str) -> HttpResponse:
    """What was paid, how and when. A guest's receipt opens for whoever has its address."""
    receipt = _receipt(request, code)
    payment = receipt.payment
    context = {"receipt": receipt, "payment": payment, "text": _text(receipt), **money_back(payment)}
    return render(request, "payments/receipt.html", context)


@require_safe
def print_receipt(request: HttpRequest, code: str) -> HttpResponse:
    """The same as a PDF."""
    receipt = _receipt(request, code)
    return as_pdf(receipt_pdf(receipt, _text(receipt)), f"{receipt.number}.pdf")


def as_pdf(content: bytes, name: str) -> HttpResponse:
    """A PDF to be saved under that name."""
    disposition = content_disposition_header(True, name) or "attachment"
    return HttpResponse(content, content_type="application/pdf", headers={"Content-Disposition": disposition})


def _receipt(request: HttpRequest, code: str) -> Receipt:
    """404 for a user's receipt that is not the visitor's."""
    receipts = Receipt.objects.for_user(request.user).select_related(
        "payment__checkout__user", "payment__checkout__company", "payment__method"
    )
    return get_object_or_404(receipts, code=code.upper())


def _text(receipt: Receipt) -> ReceiptText:
    lines = receipt.payment.checkout.lines.select_related("charge__payer")
    return describe_receipt(receipt.payment, lines, receipt.issued_at)
