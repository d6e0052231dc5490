"""Is this permit or receipt real? What the QR code opens."""

from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_safe

from opscom.lib.office import office
from payments.models import Receipt
from permits.verification import half_hidden, judge_permit, read_token


@require_safe
@never_cache
def show_verification(request: HttpRequest, code: str) -> HttpResponse:
    """Real and good now, real but not good now (and why), or unknown. Nothing about the holder is shown, and of each plate
    only a half; a code cannot be guessed, nor made for another copy."""
    at, token = timezone.now(), read_token(code)
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
