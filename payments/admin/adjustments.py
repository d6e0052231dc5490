"""Adjustments in the office: every credit with its other half, and Reverse."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from accounts.finding import people_found
from opscom.lib.finding import FindingAdmin
from opscom.lib.forms import reason_field
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from payments.errors import PaymentRefused
from payments.models import Adjustment, AdjustmentEvent, LedgerEntry
from payments.services.credits import reverse_credit


class AdjustmentEventInline(StateEventInline):
    """History of an adjustment."""

    model = AdjustmentEvent


class AdjustmentEntryInline(ReadOnlyInline):
    """Bookings of a credit."""

    model = LedgerEntry
    fields = ("at", "payment", "account", "amount")


class ReasonForm(forms.Form):
    """Why it is taken back."""

    reason = reason_field(required=_("Say why; it stands in the credit's history."))


@admin.register(Adjustment)
class AdjustmentAdmin(ReadOnly, FindingAdmin):
    """Pairs of +amount (how the office got the money) and −amount (what the person may spend)."""

    list_display = ("code", "created_at", "user", "amount", "method", "state", "payment", "comment")
    list_filter = ("state", "method", "created_at")
    list_select_related = ("user", "method", "payment")
    search_fields = ("code", "user__email", "user__last_name", "payment__code")
    search_help_text = _("Code, reference of the payment, or the beginning of the person's e-mail or name")
    inlines = (AdjustmentEntryInline, AdjustmentEventInline)
    change_form_template = "admin/payments/adjustment/change_form.html"

    def find(self, term: str) -> Iterable[Q]:
        yield Q(code=term.upper())
        yield Q(payment__code=term.upper())
        yield Q(user__in=people_found(term))

    def get_urls(self) -> list[URLPattern]:
        page = self.admin_site.admin_view(self.reverse_view)
        return [path("<int:pk>/reverse/", page, name="payments_adjustment_reverse"), *super().get_urls()]

    def reverse_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Reverse a credit, with a reason."""
        if not request.user.has_perm("payments.reverse_adjustment"):
            raise PermissionDenied
        credit = get_object_or_404(Adjustment.objects.select_related("user"), pk=pk)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                reverse_credit(credit, reason=form.cleaned_data["reason"], by=current_user(request))
            except PaymentRefused as refusal:
                messages.error(request, str(refusal))
            else:
                messages.success(request, _("The credit is reversed."))
            return redirect("admin:payments_adjustment_change", pk)
        context: dict[str, Any] = {
            **self.admin_site.each_context(request),
            "title": _("Reverse the credit"),
            "original": credit,
            "form": form,
            "opts": self.opts,
        }
        return render(request, "admin/payments/adjustment/reverse.html", context)
