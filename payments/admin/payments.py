"""Payments: the list that a cashier works from, and Process Manually (PAY-4)."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import OuterRef, Q, QuerySet, Subquery, Sum
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from accounts.finding import people_found
from accounts.models import User
from opscom.lib.dealing import DealtWith
from opscom.lib.finding import FindingAdmin
from opscom.lib.money import MoneyField, format_money
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from opscom.lib.whole_page import WholePage
from payments.admin import cashup, desk
from payments.admin.whole import whole_payment
from payments.errors import PaymentRefused
from payments.forms import ProcessForm
from payments.models import LedgerEntry, Payment, PaymentEvent
from payments.services.attention import deal_with
from payments.services.promises import process_manually, withdraw_promise


class EntryInline(ReadOnlyInline):
    """Bookings of a payment."""

    model = LedgerEntry
    fields = ("at", "account", "charge", "amount")


class EventInline(StateEventInline):
    """History of a payment."""

    model = PaymentEvent


class AttentionFilter(admin.SimpleListFilter):
    """Those that a person must look at."""

    title = _("needs attention")
    parameter_name = "needs"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Payment]) -> QuerySet[Payment]:
        return queryset.exclude(attention="") if self.value() == "yes" else queryset


@admin.register(Payment)
class PaymentAdmin(ReadOnly, WholePage, DealtWith, FindingAdmin):
    """Attempts to pay. Amounts and states cannot be typed over; what changes them are the buttons."""

    list_display = (
        "code",
        "payer",
        "amount",
        "standing",
        "method",
        "promise_due_on",
        "created_at",
        "needs",
        "surplus",
    )
    list_filter = ("state", AttentionFilter, "method__settles", "created_at")
    led_by = ("checkout__user__id__exact",)
    list_select_related = ("checkout__user", "checkout__company", "method")
    search_fields = (
        "code",
        "provider_ref",
        "receipt__number",
        "checkout__email",
        "checkout__user__last_name",
        "checkout__lines__charge__description",
    )
    search_help_text = _(
        "Reference, receipt number, or the beginning of what was paid or of the payer's e-mail or name"
    )
    inlines = (EntryInline, EventInline)
    actions = ("mark_dealt_with",)
    change_list_template = "admin/payments/payment/change_list.html"
    change_form_template = "admin/payments/payment/change_form.html"

    def get_fields(self, request: HttpRequest, obj: Payment | None = None) -> list[Any]:
        """What this payment has: a promise has no card page, and a card no drawer."""
        fields = super().get_fields(request, obj)
        return [name for name in fields if getattr(obj, str(name), None) not in (None, "")] if obj else list(fields)

    @admin.display(description=_("state"), ordering="state")
    def standing(self, payment: Payment) -> str:
        """A cheque that bounced was paid, and is not any more."""
        return str(_("Cheque bounced")) if payment.bounced_at else payment.get_state_display()

    @admin.display(description=_("needs attention"), ordering="attention")
    def needs(self, payment: Payment) -> str:
        """Nothing where nobody has to look at it."""
        return payment.get_attention_display() if payment.attention else ""

    def get_queryset(self, request: HttpRequest) -> QuerySet[Payment]:
        surplus = (
            LedgerEntry.objects.filter(payment=OuterRef("pk"), account=LedgerEntry.Account.SURPLUS)
            .order_by()
            .values("payment")
        )
        total = Subquery(surplus.annotate(total=Sum("amount")).values("total"), output_field=MoneyField())
        return super().get_queryset(request).annotate(surplus_total=total)

    def find(self, term: str) -> Iterable[Q]:
        yield Q(code=term.upper())
        yield Q(provider__in=settings.CARD_PROVIDERS, provider_ref=term)
        yield Q(receipt__number__startswith=term.upper())
        yield Q(checkout__email__startswith=term.lower())
        yield Q(checkout__user__in=people_found(term))
        yield Q(checkout__lines__charge__description__startswith=term)

    def get_urls(self) -> list[URLPattern]:
        pages = {
            "person": desk.show_person,
            "take": desk.take,
            "credit": desk.credit,
            "addcredit": desk.credit_person,
            "bounce": desk.bounce,
        }
        own = [
            *(
                path(f"<int:pk>/{name}/", self.admin_site.admin_view(page), name=f"payments_payment_{name}")
                for name, page in pages.items()
            ),
            path("cash-up/", self.admin_site.admin_view(self.cash_up_view), name="payments_payment_cashup"),
            path("<int:pk>/process/", self.admin_site.admin_view(self.process_view), name="payments_payment_process"),
            path(
                "<int:pk>/withdraw/", self.admin_site.admin_view(self.withdraw_view), name="payments_payment_withdraw"
            ),
        ]
        return own + super().get_urls()

    def whole(self, row: Payment, viewer: User) -> dict[str, Any]:
        """With what it was for, and what became of it."""
        return whole_payment(row, viewer)

    def has_process_permission(self, request: HttpRequest) -> bool:
        """Cashiers, finance and managers."""
        return bool(request.user.has_perm("payments.process_payment"))

    @admin.display(description=_("payer"))
    def payer(self, payment: Payment) -> str:
        """The user, with the company that they pay for, or the guest's address."""
        payer, company = str(payment.checkout.user or payment.checkout.email), payment.checkout.company
        return f"{payer} ({company})" if company else payer

    @admin.display(description=_("surplus"))
    def surplus(self, payment: Payment) -> str:
        """What the payer has paid beyond the debt (RULES 28)."""
        total = payment.surplus_total  # type: ignore[attr-defined]
        return format_money(-total) if total and payment.attention == Payment.Attention.SURPLUS else ""

    @admin.action(description=_("Mark as dealt with"), permissions=["process"])
    def mark_dealt_with(self, request: HttpRequest, queryset: QuerySet[Payment]) -> None:
        """Take the chosen payments off the attention list."""
        self.with_reason(request, queryset, deal_with)

    def cash_up_view(self, request: HttpRequest) -> HttpResponse:
        """Several promises at once."""
        words = request.GET.get("q", "")
        found, _twice = self.get_search_results(request, cashup.promised(), words)
        return cashup.cash_up_page(request, found, words)  # type: ignore[arg-type]

    def process_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Process Manually: amount received and how."""
        if not self.has_process_permission(request):
            raise PermissionDenied
        payment = get_object_or_404(Payment.objects.select_related("checkout__user"), pk=pk)
        form = ProcessForm(request.POST if request.method == "POST" else None, payment=payment)
        if request.method == "POST" and form.is_valid():
            try:
                process_manually(
                    payment,
                    received=form.cleaned_data["received"],
                    received_as=form.cleaned_data["received_as"],
                    by=current_user(request),
                )
            except PaymentRefused as refusal:
                messages.error(request, str(refusal))
                return self._back(payment)
            payment.refresh_from_db()
            messages.success(
                request, _("Processed. Receipt %(number)s went to the payer.") % {"number": payment.receipt.number}
            )
            return self._back(payment)
        lines = payment.checkout.lines.select_related("charge")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Process Manually"),
            "payment": payment,
            "form": form,
            "lines": lines,
            "credits": payment.adjustments.select_related("method").filter(amount__lt=0),
            "opts": self.opts,
        }
        return render(request, "admin/payments/payment/process.html", context)

    def withdraw_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Undo a promise: what it covered is owed again."""
        if not self.has_process_permission(request):
            raise PermissionDenied
        if request.method != "POST":
            return HttpResponseNotAllowed(["POST"])
        payment = withdraw_promise(
            get_object_or_404(Payment, pk=pk), by=current_user(request), reason="withdrawn by the office"
        )
        if payment.state == Payment.State.CANCELLED:
            messages.success(request, _("The promise is withdrawn; its items are owed again."))
        else:
            messages.error(request, _("This payment is no promise any more, so nothing was withdrawn."))
        return self._back(payment)

    def _back(self, payment: Payment) -> HttpResponse:
        return redirect(reverse("admin:payments_payment_change", args=[payment.pk]))
