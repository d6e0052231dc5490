"""Charges, ledger, receipts and provider events."""

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import format_money
from payments.admin.readonly import ReadOnlyAdmin, ReadOnlyInline
from payments.models import Charge, ChargeEvent, LedgerEntry, ProviderEvent, Receipt


class ChargeEventInline(ReadOnlyInline):
    """History of a charge."""

    model = ChargeEvent
    fields = ("at", "by", "acting", "from_state", "to_state", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ChargeEvent]:
        return super().get_queryset(request).select_related("by", "acting")


class ChargeEntryInline(ReadOnlyInline):
    """Bookings on a charge."""

    model = LedgerEntry
    fields = ("at", "payment", "account", "amount")


@admin.register(Charge)
class ChargeAdmin(ReadOnlyAdmin):
    """What is owed."""

    list_display = ("description", "payer", "amount", "owed_now", "state", "due_on", "created_at")
    list_filter = ("state", "kind")
    list_select_related = ("payer",)
    search_fields = ("description", "code", "payer__email", "payer__last_name")
    date_hierarchy = "created_at"
    inlines = (ChargeEntryInline, ChargeEventInline)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Charge]:
        return Charge.objects.with_standing()

    @admin.display(description=_("owed"))
    def owed_now(self, charge: Charge) -> str:
        """Amount less what was paid on it; nothing for a void one."""
        return format_money(charge.owed if charge.state == Charge.State.OPEN else charge.amount * 0)


@admin.register(LedgerEntry)
class LedgerEntryAdmin(ReadOnlyAdmin):
    """The books."""

    list_display = ("at", "account", "amount", "payment", "charge")
    list_filter = ("account",)
    list_select_related = ("payment", "charge")
    search_fields = ("key", "payment__code", "charge__description")
    date_hierarchy = "at"


@admin.register(Receipt)
class ReceiptAdmin(ReadOnlyAdmin):
    """Receipts."""

    list_display = ("number", "issued_at", "payment", "code")
    list_select_related = ("payment",)
    search_fields = ("number", "code", "payment__checkout__email")
    date_hierarchy = "issued_at"


@admin.register(ProviderEvent)
class ProviderEventAdmin(ReadOnlyAdmin):
    """Webhooks, those set aside among them."""

    list_display = ("received_at", "provider", "kind", "outcome", "note", "payment")
    list_filter = ("outcome", "provider", "kind")
    list_select_related = ("payment",)
    search_fields = ("event_id", "provider_ref", "our_ref")
    date_hierarchy = "received_at"
