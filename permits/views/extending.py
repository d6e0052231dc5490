"""Extend: some hours more of a temporary permit that runs."""

from datetime import datetime, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy
from django.views.decorators.http import require_http_methods

from accounts.current import current_user
from permits.errors import PermitRefused
from permits.gate import held_message
from permits.models import Permit
from permits.services.extending import can_extend, extend_temporary, quote_extension


class HoursForm(forms.Form):
    """How many hours more, and on the button what they cost."""

    hours = forms.DecimalField(
        label=gettext_lazy("Hours more"),
        max_digits=5,
        decimal_places=2,
        min_value=Decimal("0.01"),
        initial=1,
        localize=False,
        widget=forms.NumberInput({"class": "form-control", "step": "any", "inputmode": "decimal"}),
        error_messages={
            "required": gettext_lazy("Choose how many hours you park, for example 3."),
            "min_value": gettext_lazy("Choose how many hours you park, for example 3."),
        },
    )
    expected = forms.DecimalField(max_digits=10, decimal_places=2, required=False)

    def until(self, permit: Permit) -> datetime:
        """The new end, by real hours."""
        assert permit.ends_at is not None  # only such permits are extended  # noqa: S101
        return permit.ends_at + timedelta(seconds=int(self.cleaned_data["hours"] * 3600))


@require_http_methods(["GET", "HEAD", "POST"])
@login_required
def extend(request: HttpRequest, code: str) -> HttpResponse:
    """The hours, what they cost, and the button that takes them."""
    related = ("lot", "holder", "permit_type__lot", "renews")
    permit = get_object_or_404(Permit.objects.for_user(request.user).select_related(*related), code=code)
    if not can_extend(permit):
        messages.error(request, _("Only a paid temporary permit that has not ended can be extended. Get a new one."))
        return redirect("permits:detail", permit.code)
    asked = request.POST if request.method == "POST" else request.GET
    form = HoursForm(asked if "hours" in asked else None)
    context: dict[str, Any] = {"permit": permit, "form": form, "lot": permit.lot}
    if form.is_bound and form.is_valid():
        try:
            if request.method == "POST":
                return _extend(request, permit, form)
            context["found"] = quote_extension(permit, until=form.until(permit))
        except PermitRefused as refusal:
            form.add_error("hours", refusal.message)
    return render(request, "permits/extend.html", context)


def _extend(request: HttpRequest, permit: Permit, form: HoursForm) -> HttpResponse:
    expected = form.cleaned_data["expected"]
    new = extend_temporary(
        permit,
        until=form.until(permit),
        expected=Decimal(-1) if expected is None else expected,
        by=current_user(request),
        at=timezone.now(),
    )
    if new.pk == permit.pk:
        messages.success(request, _("Your permit ends later now. Nothing is to be paid for it."))
        return redirect("permits:detail", permit.code)
    messages.success(request, held_message(new))
    return redirect("payments:list")
