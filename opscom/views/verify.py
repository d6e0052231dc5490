"""Is this permit, ticket or receipt real? What the QR code opens."""

from datetime import datetime
from typing import Any

from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from opscom.lib.dates import today
from opscom.lib.office import office
from payments.models import Receipt
from permits.verification import half_hidden, judge_permit, read_token
from violations.models import Violation
from violations.verification import find_signed, is_ticket_token


@require_safe
@never_cache
def show_verification(request: HttpRequest, code: str) -> HttpResponse:
    """Real and good now, real but not good now (and why), or unknown. Nothing about the holder is shown, and of each plate
    only a half; a code cannot be guessed, nor made for another copy."""
    at = timezone.now()
    if is_ticket_token(code):
        return _show_ticket(request, find_signed(code), at)
    token = read_token(code)
    judged = judge_permit(*token, at=at) if token else None
    receipt = None
    if token and judged is None:
        receipt = Receipt.objects.filter(code=token[0]).select_related("payment").first()
    context: dict[str, Any] = {"judged": judged, "receipt": receipt, "now": at, "language": get_language()}
    context["office"] = office()
    if judged:
        links = judged.permit.plates.all()
        context["plates"] = [(half_hidden(link.vehicle.plate), link.vehicle.region_short) for link in links]
    return render(request, "verify.html", context, status=200 if judged or receipt else 404)


def _show_ticket(request: HttpRequest, violation: Violation | None, at: datetime) -> HttpResponse:
    """A ticket of ours, or not: when, where and in which state, and the one place to pay. Neither PIN nor the whole plate."""
    context: dict[str, Any] = {"violation": violation, "now": at, "language": get_language(), "office": office()}
    context["way"] = reverse("violations:pay_ticket") if office().guest_payment else "/"
    context["host"] = settings.BASE_URL.partition("://")[2]
    if violation:
        context["plate"] = half_hidden(violation.plate)
        context["overdue"] = violation.is_overdue_on(today(at))
    return render(request, "verify_ticket.html", context, status=200 if violation else 404)
