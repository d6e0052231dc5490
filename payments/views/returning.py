"""Back from the card provider: the browser proves nothing, so the provider is asked (RULES 19, 23)."""

import logging

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from payments.errors import ProviderUnreachable
from payments.models import Payment
from payments.services.attempts import close_attempt, resolve_payment

logger = logging.getLogger(__name__)


@require_safe
def come_back(request: HttpRequest, code: str) -> HttpResponse:
    """Success, cancel and "check again" all end here. The reference in the address cannot be guessed, so the page works
    without a session (some browsers drop it on the way back)."""
    payment = get_object_or_404(Payment.objects.select_related("checkout"), code=code)
    cancelled = "cancelled" in request.GET
    try:
        payment = close_attempt(payment) if cancelled else resolve_payment(payment)
    except ProviderUnreachable as error:
        logger.warning("payment %s: %s", payment.code, error)
    if payment.state == Payment.State.CONFIRMED:
        return redirect("payments:receipt", payment.receipt.code)
    if payment.state in Payment.IN_FLIGHT or payment.attention:
        return render(request, "payments/checking.html", {"payment": payment}, status=200)
    if payment.state == Payment.State.FAILED:
        messages.error(
            request, _("The card was not charged: the bank said no. Try another card, or pay in another way.")
        )
    else:
        messages.warning(request, _("The card was not charged. You can choose again how to pay."))
    return redirect("payments:checkout", payment.checkout.code)
