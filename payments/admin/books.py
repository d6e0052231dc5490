"""Charges, ledger, receipts and provider events."""

from collections.abc import Iterable
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _

from accounts.finding import people_found
from opscom.lib.dealing import DealtWith
from opscom.lib.finding import FindingAdmin
from opscom.lib.money import format_money
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from opscom.lib.reasons import said_reason
from payments.admin.bookkeeping import export_books
from payments.admin.taxes import ChargeTaxInline
from payments.models import Charge, ChargeEvent, LedgerEntry, ProviderEvent, Receipt
from payments.services.bookkeeping import with_how
from payments.services.event_ends import dismiss_event, retry_event
from payments.services.sheet import MONEY


class ChargeEventInline(StateEventInline):
    """History of a charge."""

    model = ChargeEvent


class ChargeEntryInline(ReadOnlyInline):
    """Bookings on a charge."""

    model = LedgerEntry
    fields = ("at", "payment", "account", "amount")


@admin.register(Charge)
class ChargeAdmin(ReadOnly, FindingAdmin):
    """What is owed."""

    list_display = ("description", "payer", "amount", "owed_now", "state", "due_on", "created_at")
    list_filter = ("state", "created_at")
    led_by = ("payer__user_type__exact",)
    list_select_related = ("payer",)
    search_fields = ("code", "description", "payer__email", "payer__last_name")
    search_help_text = _("Code, or the beginning of the description or of the payer's e-mail address or name")
    inlines = (ChargeTaxInline, ChargeEntryInline, ChargeEventInline)

    def find(self, term: str) -> Iterable[Q]:
        yield Q(code=term.upper())
        yield Q(description__startswith=term)
        yield Q(payer__in=people_found(term))

    def get_queryset(self, request: HttpRequest) -> QuerySet[Charge]:
        return Charge.objects.with_standing()

    @admin.display(description=_("owed"))
    def owed_now(self, charge: Charge) -> str:
        """Amount less what was paid on it; nothing for a void one."""
        return format_money(charge.owed if charge.state == Charge.State.OPEN else charge.amount * 0)


class HowFilter(admin.SimpleListFilter):
    """What came in or went out by one payment method, as reports count it; it is there for who comes from one."""

    title = _("money by")
    parameter_name = "how"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        code = request.GET.get(self.parameter_name, "")
        return [(code, code)] if code else []

    def queryset(self, request: HttpRequest, queryset: QuerySet[LedgerEntry]) -> QuerySet[LedgerEntry]:
        return with_how(queryset).filter(Q(how=self.value()), account__in=MONEY) if self.value() else queryset


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnly, FindingAdmin):
    """The books."""

    list_display = ("at", "account", "amount", "payment", "charge")
    list_filter = ("account", HowFilter, "at")
    led_by = ("charge__kind__exact", "payment__method__exact", "charge__payer__user_type__exact")
    list_select_related = ("payment", "charge")
    search_fields = ("key", "payment__code")
    search_help_text = _("Reference of the payment")

    def find(self, term: str) -> Iterable[Q]:
        yield Q(key__startswith=term.upper())
        yield Q(payment__code=term.upper())

    def get_urls(self) -> list[URLPattern]:
        own = path("export/", self.admin_site.admin_view(export_books), name="payments_ledgerentry_export")
        return [own, *super().get_urls()]


@admin.register(Receipt)
class ReceiptAdmin(ReadOnly, FindingAdmin):
    """Receipts."""

    list_display = ("number", "issued_at", "payment", "code")
    list_select_related = ("payment",)
    list_filter = ("issued_at",)
    search_fields = ("number", "code", "payment__checkout__email")
    search_help_text = _("Receipt number, confirmation code, or the beginning of the payer's e-mail address")

    def find(self, term: str) -> Iterable[Q]:
        yield Q(number__startswith=term.upper())
        yield Q(code=term.upper())
        yield Q(payment__checkout__email__startswith=term.lower())


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnly, DealtWith, FindingAdmin):
    """Webhooks, those set aside among them."""

    list_display = ("received_at", "provider", "kind", "outcome", "said", "payment")
    list_filter = ("outcome", "received_at")
    list_select_related = ("payment",)
    search_fields = ("event_id", "our_ref")
    search_help_text = _("The provider's event, or the reference of the payment")
    actions = ("ask_again", "dismiss")

    def find(self, term: str) -> Iterable[Q]:
        yield Q(provider__in=settings.CARD_PROVIDERS, event_id=term)
        yield Q(our_ref=term.upper())

    @admin.display(description=_("note"))
    def said(self, event: ProviderEvent) -> str:
        """What the portal wrote, in the reader's language."""
        return said_reason(event.note)

    def has_process_permission(self, request: HttpRequest) -> bool:
        """Whoever deals with payments that need attention."""
        return bool(request.user.has_perm("payments.process_payment"))

    @admin.action(description=_("Ask the provider again"), permissions=["process"])
    def ask_again(self, request: HttpRequest, queryset: QuerySet[ProviderEvent]) -> None:
        """What kept it from being acted on may be gone."""
        self.with_reason(request, queryset, retry_event)

    @admin.action(description=_("Dealt with"), permissions=["process"])
    def dismiss(self, request: HttpRequest, queryset: QuerySet[ProviderEvent]) -> None:
        """It names nothing of ours, or was put right by hand."""
        self.with_reason(request, queryset, dismiss_event)
