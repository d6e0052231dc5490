"""The Permit Rollover toggle on the permit's page (CARD-5)."""

from dataclasses import dataclass
from datetime import date
from decimal import Decimal

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.office import office
from payments.models import StoredCard
from payments.services.taxes import taxes_for
from permits.errors import PROBLEMS, PermitRefused
from permits.models import Permit, PermitTerm
from permits.services.renewal import KIND, charge_day, to_pay, usable_card
from permits.services.rollover import rollover_offered, turn_rollover_off, turn_rollover_on


@dataclass(frozen=True)
class Standing:
    """How a permit stands with its rollover: the cards that may pay, the one that will, when, and how much by today."""

    cards: list[StoredCard]
    card: StoredCard | None
    problem: str
    day: date
    price: Decimal | None
    owed: PermitTerm | None


def standing_of(permit: Permit) -> Standing | None:
    """What the page shows, or None where the permit cannot renew itself; needs `window`, and whether a month is owed (`owes`)."""
    if not rollover_offered(permit):
        return None
    cards = list(StoredCard.objects.for_user(permit.holder_id).kept())
    day = max(charge_day(permit), today())
    card, problem = usable_card(permit, cards, day)
    price = to_pay(permit, day, taxes_for(KIND, payer=permit.holder_id, at=timezone.now()))
    owed = permit.terms.filter(state=PermitTerm.State.DUE).first() if permit.owes else None  # type: ignore[attr-defined]
    problem = owed.problem if owed and owed.problem else problem
    reason = str(PROBLEMS[problem]) if problem else ""
    return Standing(cards, card, reason, day, price, owed)


@login_required
@require_POST
def switch(request: HttpRequest, code: str) -> HttpResponse:
    """Turn it on for a card, or off."""
    if not office().stored_cards:
        raise Http404
    user = current_user(request)
    permit = get_object_or_404(Permit.objects.for_user(user), code=code)
    try:
        if request.POST.get("on") == "1":
            kept = StoredCard.objects.for_user(user).kept()
            chosen = get_object_or_404(kept, code=request.POST["card"]) if request.POST.get("card") else None
            turn_rollover_on(permit, card=chosen, by=user)
            messages.success(request, _("Permit Rollover is on. The permit renews itself every month."))
        else:
            turn_rollover_off(permit, by=user)
            messages.success(request, _("Permit Rollover is off. The permit ends on its last day."))
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
    return redirect("permits:detail", permit.code)
