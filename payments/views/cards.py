"""Manage Credit Cards (CARD-1 to CARD-6). The provider's own page takes the card; no number comes here."""

import logging

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from payments.errors import PaymentRefused, ProviderUnreachable
from payments.forms import PaymentMethodTypeForm
from payments.models import CardSetup, OfficeArrangement, StoredCard
from payments.services import cards
from payments.services.card_expiry import DAYS

logger = logging.getLogger(__name__)


@login_required
@require_safe
def list_cards(request: HttpRequest) -> HttpResponse:
    """Stored Subscription Payment Methods, and what only the office sets up (CARD-6)."""
    user = _owner_or_404(request)
    day = today()
    kept = list(StoredCard.objects.for_user(user).kept())
    for card in kept:
        left = (card.expires_before - day).days - 1
        card.expired, card.expires_soon = left < 0, 0 <= left <= max(DAYS)  # type: ignore[attr-defined]
    arrangements = OfficeArrangement.objects.filter(user=user, active=True).select_related("method")
    context = {"cards": kept, "arrangements": arrangements, "can_add": cards.cards_offered()}
    return render(request, "payments/cards.html", context)


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def add(request: HttpRequest) -> HttpResponse:
    """Add Payment Method → the type → the provider's page."""
    user = _owner_or_404(request)
    if not cards.cards_offered():
        raise Http404
    form = PaymentMethodTypeForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            page = cards.start_setup(user, purpose=form.cleaned_data["purpose"], language=get_language() or "en")
            return redirect(page.url)
        except PaymentRefused as refusal:
            form.add_error(None, str(refusal))
        except ProviderUnreachable:
            form.add_error(
                None, _("The card provider does not answer. No card is stored. Wait a minute and try again.")
            )
    return render(request, "payments/add_card.html", {"form": form})


@require_safe
def come_back(request: HttpRequest, code: str) -> HttpResponse:
    """Back from the provider's page: the provider is asked, the browser is not believed. The reference cannot be guessed,
    so this works without a session (some browsers drop it on the way back)."""
    if not office().stored_cards:
        raise Http404
    setup = get_object_or_404(CardSetup.objects.select_related("user"), code=code)
    try:
        setup = cards.close_setup(setup) if "cancelled" in request.GET else cards.resolve_setup(setup)
    except ProviderUnreachable as error:
        logger.warning("card setup %s: %s", setup.code, error)
    if setup.state == CardSetup.State.STORED:
        messages.success(request, _("Credit Card successfully stored"))
    elif setup.state == CardSetup.State.FAILED:
        messages.error(request, _("The card was not stored: the bank said no. Try another card."))
    elif setup.state == CardSetup.State.EXPIRED or "cancelled" in request.GET:
        messages.warning(request, _("No card was stored. Add Payment Method starts again."))
    else:
        messages.warning(
            request, _("We are checking with the card provider. The card shows here as soon as it is stored.")
        )
    return redirect("payments:cards")


@login_required
@require_POST
def remove(request: HttpRequest, code: str) -> HttpResponse:
    """The trash can: the card is never charged again, and the provider forgets it (CARD-2)."""
    user = _owner_or_404(request)
    card = get_object_or_404(StoredCard.objects.for_user(user).kept(), code=code)
    cards.remove_card(card, by=user)
    messages.success(request, _("%(card)s is removed.") % {"card": card})
    return redirect("payments:cards")


@login_required
@require_POST
def choose_primary(request: HttpRequest, code: str) -> HttpResponse:
    """Make this card the one that is charged."""
    card = get_object_or_404(StoredCard.objects.for_user(_owner_or_404(request)).kept(), code=code)
    try:
        cards.make_primary(card)
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
    else:
        messages.success(request, _("%(card)s is your primary card now.") % {"card": card})
    return redirect("payments:cards")


def _owner_or_404(request: HttpRequest) -> User:
    """The person; switched off, there is no page."""
    if not office().stored_cards:
        raise Http404
    return current_user(request)
