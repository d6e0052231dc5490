"""Cancel Permit: what comes back is shown, and then agreed to."""

from decimal import Decimal

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from accounts.current import current_user
from opscom.lib.office import office
from permits.errors import PermitRefused
from permits.models import Permit
from permits.services.cancel import cancel_permit, quote_cancellation


class CancelForm(forms.Form):
    """The amount that the holder saw."""

    back = forms.DecimalField(max_digits=10, decimal_places=2, min_value=Decimal(0))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def cancel(request: HttpRequest, code: str) -> HttpResponse:
    """The exact quote, and the button that takes it."""
    permits = Permit.objects.for_user(request.user).select_related("lot", "charge")
    permit = get_object_or_404(permits, code=code)
    if not office().cancelling:
        raise Http404
    try:
        if request.method == "POST":
            return _cancel(request, permit)
        quote = quote_cancellation(permit)
    except PermitRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("permits:cancel" if refusal.code == "changed" else "permits:detail", permit.code)
    return render(request, "permits/cancel.html", {"permit": permit, "quote": quote})


def _cancel(request: HttpRequest, permit: Permit) -> HttpResponse:
    form = CancelForm(request.POST)
    if not form.is_valid():
        return redirect("permits:cancel", permit.code)
    cancel_permit(permit, expected=form.cleaned_data["back"], by=current_user(request))
    messages.success(request, _("Permit %(number)s is cancelled. Do not park with it.") % {"number": permit.number})
    return redirect("permits:detail", permit.code)
