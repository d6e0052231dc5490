"""Refunds in the office: asked for with a preview, decided by a second person, handed out, tried again."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from accounts.finding import people_found
from opscom.lib.finding import FindingAdmin
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from payments.admin.refund_forms import DecisionForm, RefundForm
from payments.errors import RefundRefused
from payments.models import Charge, Dispute, DisputeEvent, LedgerEntry, Payment, Refund, RefundEvent
from payments.models.refund import HandedAs
from payments.services.refundable import Way, standing_of
from payments.services.refunds import (
    approve_refund,
    drop_refund,
    hand_out_refund,
    preview_refund,
    reject_refund,
    request_refund,
    retry_refund,
)
from payments.services.surplus import payments_with_surplus

MOST_SURPLUS = 200


class RefundEventInline(StateEventInline):
    """History of a refund."""

    model = RefundEvent
    fields = ("at", "by", "from_word", "to_word", "reason_word")


class RefundEntryInline(ReadOnlyInline):
    """Bookings of a refund."""

    model = LedgerEntry
    fields = ("at", "account", "charge", "amount")


@admin.register(Refund)
class RefundAdmin(ReadOnly, FindingAdmin):
    """Money that goes back, by state: what waits for a second person, and what failed."""

    list_display = ("code", "created_at", "payer", "what", "amount", "target", "state", "by", "reason")
    list_filter = ("state", "target", "external", "created_at")
    list_select_related = ("payment__checkout__user", "charge", "by")
    search_fields = ("code", "provider_ref", "payment__code", "payment__checkout__email")
    search_help_text = _("Reference of the refund or of the payment, or the beginning of the payer's e-mail or name")
    inlines = (RefundEntryInline, RefundEventInline)
    change_form_template = "admin/payments/refund/change_form.html"

    def find(self, term: str) -> Iterable[Q]:
        yield Q(code=term.upper())
        yield Q(provider_ref=term)
        yield Q(payment__code=term.upper())
        yield Q(payment__checkout__email__startswith=term.lower())
        yield Q(payment__checkout__user__in=people_found(term))

    def get_urls(self) -> list[URLPattern]:
        door = self.admin_site.admin_view
        own = [
            path("of/<int:pk>/", door(self.start_view), name="payments_refund_start"),
            path("for/<int:pk>/", door(self.charge_view), name="payments_refund_charge"),
            path("surplus/", door(self.surplus_view), name="payments_refund_surplus"),
            path("<int:pk>/decide/", door(self.decide_view), name="payments_refund_decide"),
        ]
        return own + super().get_urls()

    @admin.display(description=_("payer"))
    def payer(self, refund: Refund) -> str:
        """The user, or the guest's address."""
        checkout = refund.payment.checkout
        return str(checkout.user or checkout.email)

    @admin.display(description=_("for"))
    def what(self, refund: Refund) -> str:
        """The item, or that it was surplus."""
        return refund.charge.description if refund.charge else str(_("Surplus"))

    def start_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Refund: what, how much, which way and why; then exactly what goes where; then the button."""
        if not request.user.has_perm("payments.add_refund"):
            raise PermissionDenied
        payment = get_object_or_404(Payment.objects.select_related("checkout__user", "method"), pk=pk)
        form = RefundForm(request.POST or None, payment=payment, chosen=request.GET.get("charge", ""))
        preview = None
        if request.method == "POST" and form.is_valid():
            wanted, by = form.wanted(), current_user(request)
            try:
                if "confirm" in request.POST:
                    return self._done(request, request_refund(payment, by=by, **wanted))
                preview = preview_refund(payment, by=by, **wanted)
            except RefundRefused as refusal:
                form.add_error(None, refusal.message)
        context = {"title": _("Refund"), "payment": payment, "form": form, "preview": preview}
        return self._page(request, "start", context | {"standing": standing_of(payment)})

    def charge_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """From a charge to the payment that paid it, of which something is left."""
        if not request.user.has_perm("payments.add_refund"):
            raise PermissionDenied
        if request.method == "POST":
            return HttpResponseNotAllowed(["GET"])
        charge = get_object_or_404(Charge, pk=pk)
        paid = Payment.objects.filter(entries__charge=charge, state=Payment.State.CONFIRMED).distinct()
        for payment in paid.order_by("-pk"):
            if standing_of(payment).left(charge) > 0:
                return redirect(f"{reverse('admin:payments_refund_start', args=[payment.pk])}?charge={charge.pk}")
        messages.error(request, _("Nothing of this item can be given back."))
        return redirect("admin:payments_charge_change", charge.pk)

    def surplus_view(self, request: HttpRequest) -> HttpResponse:
        """What was paid beyond the debt and is still here."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        payments = payments_with_surplus().select_related("checkout__user", "checkout__company", "method")
        return self._page(request, "surplus", {"title": _("Surplus"), "payments": payments[:MOST_SURPLUS]})

    def decide_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Approve, reject, say how it was handed out, or try again: what the refund's state allows, each with its reason."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        refund = get_object_or_404(Refund.objects.select_related("payment__checkout__user", "charge", "by"), pk=pk)
        form = DecisionForm(request.POST or None, refund=refund)
        if request.method == "POST" and form.is_valid():
            try:
                self._decide(request, refund, form.cleaned_data["what"], form.cleaned_data["reason"])
            except RefundRefused as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("Done. The history of the refund says who and why."))
                return redirect("admin:payments_refund_change", refund.pk)
        return self._page(request, "decide", {"title": _("Decide"), "refund": refund, "form": form})

    def _decide(self, request: HttpRequest, refund: Refund, what: str, reason: str) -> None:
        by = current_user(request)
        if what == "approve":
            approve_refund(refund, by=by)
        elif what == "reject":
            reject_refund(refund, by=by, reason=reason)
        elif not by.has_perm("payments.process_payment" if what in HandedAs else "payments.add_refund"):
            raise PermissionDenied
        elif what == "drop":
            drop_refund(refund, by=by, reason=reason)
        elif what not in HandedAs:
            retry_refund(refund, by=by, reason=reason, way=Way.ORIGINAL if what == "retry" else Way(what))
        else:
            hand_out_refund(refund, handed_as=HandedAs(what), by=by, note=reason)

    def _done(self, request: HttpRequest, refunds: list[Refund]) -> HttpResponse:
        if refunds[0].state == Refund.State.REQUESTED:
            messages.warning(request, _("This is above your limit. It waits until a second person approves it."))
        else:
            messages.success(request, _("The refund is on its way."))
        return redirect("admin:payments_refund_change", refunds[0].pk)

    def _page(self, request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
        frame = self.admin_site.each_context(request)
        return render(request, f"admin/payments/refund/{name}.html", {**frame, "opts": self.opts, **context})


class DisputeEventInline(StateEventInline):
    """History of a dispute."""

    model = DisputeEvent
    fields = ("at", "from_word", "to_word", "reason_word")


@admin.register(Dispute)
class DisputeAdmin(ReadOnly, FindingAdmin):
    """What card holders dispute at their banks."""

    list_display = ("provider_ref", "opened_at", "payment", "amount", "state")
    list_filter = ("state", "opened_at")
    list_select_related = ("payment",)
    search_fields = ("provider_ref", "payment__code")
    search_help_text = _("The provider's reference, or that of the payment")
    inlines = (DisputeEventInline,)

    def find(self, term: str) -> Iterable[Q]:
        yield Q(provider_ref=term)
        yield Q(payment__code=term.upper())
