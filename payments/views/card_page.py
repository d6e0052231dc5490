"""Moneris' card form on the one page of ours that may load something from elsewhere; its content policy names that host."""

from csp.decorators import csp_update
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.http.response import HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.views.decorators.http import require_safe

from payments.models import CardPage
from payments.providers.moneris_checkout import SCRIPT


@require_safe
def show(request: HttpRequest, reference: str) -> HttpResponseBase:
    """The form, for a payment or for a card to be stored. The reference cannot be guessed, so no session is needed (guests
    pay, too). A page that is over leads back, where the provider is asked."""
    page = get_object_or_404(CardPage, provider="moneris", reference=reference)
    if page.closed_at or page.expires_at <= timezone.now():
        return redirect(page.success_url)
    host = settings.MONERIS_CHECKOUT_HOST
    policy = {"script-src": [host], "frame-src": [host]}
    return csp_update(policy)(_draw)(request, page)


def _draw(request: HttpRequest, page: CardPage) -> HttpResponse:
    context = {
        "card_page": page,
        "script": settings.MONERIS_CHECKOUT_HOST + SCRIPT,
        "mode": settings.MONERIS_ENVIRONMENT,
    }
    return render(request, "payments/card_page.html", context)
