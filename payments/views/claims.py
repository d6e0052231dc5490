"""One click for what was paid too much, guests included."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.models import User
from payments.errors import RefundRefused
from payments.models import Payment, Receipt, Refund
from payments.services.refundable import Way, refunds_by_card, standing_of
from payments.services.surplus import claim_surplus

WAYS = {Way.ORIGINAL.value: Way.ORIGINAL, Way.CREDIT.value: Way.CREDIT}


@require_POST
def claim(request: HttpRequest, code: str) -> HttpResponse:
    """Get it back, or keep it as credit. The receipt's address is a guest's key."""
    receipts = Receipt.objects.for_user(request.user).select_related("payment__checkout")
    receipt = get_object_or_404(receipts, code=code.upper())
    way = WAYS.get(request.POST.get("way", ""), Way.ORIGINAL)
    user = request.user if isinstance(request.user, User) and receipt.payment.checkout.user_id else None
    try:
        refunds = claim_surplus(receipt.payment, way=way, by=user)
    except RefundRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, said(refunds))
    return redirect("payments:receipt", receipt.code)


def money_back(payment: Payment) -> dict[str, Any]:
    """What a receipt says about money that went back, and what of a surplus can be claimed."""
    surplus = standing_of(payment).surplus
    return {
        "surplus": surplus,
        "by_card": surplus > 0 and payment.method_id == "card" and refunds_by_card(payment),
        "refunds": payment.refunds.counted().select_related("charge").order_by("created_at", "pk"),
    }


def said(refunds: list[Refund]) -> str:
    """What happens next, by where the money goes."""
    targets = {refund.target for refund in refunds}
    if Refund.Target.CARD in targets:
        return _("It goes back to your card. Banks take up to ten days to show it.")
    if Refund.Target.CREDIT in targets:
        return _("It is your credit now, and pays the next thing that you owe.")
    return _("The office has it ready for you. Bring the receipt number.")
