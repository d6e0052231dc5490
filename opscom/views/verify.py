"""Is this permit or receipt real? What the QR code opens."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from opscom.lib.dates import today
from payments.models import Receipt
from permits.models import Permit


@require_safe
def show_verification(request: HttpRequest, code: str) -> HttpResponse:
    """Real and valid now, real but not valid now, or unknown. Nothing about the holder is shown; the code has 60 bits of
    chance, so it cannot be guessed."""
    day = today()
    code = code.upper()
    permit = (
        Permit.objects.filter(code=code)
        .select_related("lot", "permit_type")
        .prefetch_related("plates__vehicle")
        .first()
    )
    receipt = None if permit else Receipt.objects.filter(code=code).select_related("payment").first()
    context = {
        "permit": permit,
        "receipt": receipt,
        "now": timezone.now(),
        "valid": bool(permit and permit.is_valid_on(day)),
        "not_yet": bool(permit and permit.state == Permit.State.ACTIVE and permit.valid_from > day),
        "over": bool(permit and permit.state == Permit.State.ACTIVE and permit.valid_before <= day),
    }
    return render(request, "verify.html", context, status=200 if permit or receipt else 404)
