"""Stored cards in the office: to be seen, and to be removed for a person; and the arrangements that only staff make (CARD-6)."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.current import current_user
from accounts.finding import people_found
from opscom.lib.filters import values_of
from opscom.lib.finding import FindingAdmin
from opscom.lib.readonly import ReadOnly, StateEventInline
from payments.models import CardSetup, OfficeArrangement, PaymentMethod, StoredCard, StoredCardEvent
from payments.providers import provider_choices
from payments.services.cards import remove_card


class CardEventInline(StateEventInline):
    """History of a stored card."""

    model = StoredCardEvent


@admin.register(StoredCard)
class StoredCardAdmin(ReadOnly, FindingAdmin):
    """Cards that the provider keeps. No number is here."""

    list_display = ("__str__", "user", "expiry", "purpose", "primary", "state", "provider", "stored_at")
    list_filter = ("state", "primary", "purpose", values_of("provider", _("provider"), provider_choices))
    list_select_related = ("user",)
    search_fields = ("code", "last4", "user__email", "user__last_name")
    search_help_text = _("Last four digits, or the beginning of the owner's e-mail address or name")
    exclude = ("token", "customer_ref", "series_ref")
    inlines = (CardEventInline,)
    actions = ("remove_cards",)

    def find(self, term: str) -> Iterable[Q]:
        yield Q(code=term.upper())
        yield Q(last4=term)
        yield Q(user__in=people_found(term))

    def has_remove_permission(self, request: HttpRequest) -> bool:
        """Who may process payments."""
        return bool(request.user.has_perm("payments.process_payment"))

    @admin.action(description=_("Remove the chosen cards"), permissions=["remove"])
    def remove_cards(self, request: HttpRequest, queryset: QuerySet[StoredCard]) -> None:
        """The cards are never charged again, and the provider forgets them."""
        chosen = list(queryset.filter(state=StoredCard.State.STORED))
        for card in chosen:
            remove_card(card, by=current_user(request))
        text = ngettext("%(n)d card is removed.", "%(n)d cards are removed.", len(chosen))
        messages.success(request, text % {"n": len(chosen)})


@admin.register(CardSetup)
class CardSetupAdmin(ReadOnly, FindingAdmin):
    """Attempts to store a card."""

    list_display = ("code", "user", "purpose", "state", "provider", "created_at")
    list_filter = ("state", values_of("provider", _("provider"), provider_choices))
    list_select_related = ("user",)
    search_fields = ("code", "user__email", "user__last_name")
    search_help_text = _("Reference, or the beginning of the person's e-mail address or name")
    exclude = ("customer_ref",)

    def find(self, term: str) -> Iterable[Q]:
        yield Q(code=term.upper())
        yield Q(user__in=people_found(term))


@admin.register(OfficeArrangement)
class OfficeArrangementAdmin(admin.ModelAdmin):
    """Payroll Deduction, EFT and the like: set up here, shown to the person, changed by nobody else."""

    list_display = ("user", "method", "comment", "active", "created_at")
    list_filter = ("active", "method")
    list_select_related = ("user", "method")
    search_fields = ("user__email", "user__last_name")
    autocomplete_fields = ("user",)
    readonly_fields = ("created_at",)

    def formfield_for_foreignkey(self, db_field: Any, request: HttpRequest, **kwargs: Any) -> Any:
        if db_field.name == "method":
            methods = PaymentMethod.objects.filter(settles=PaymentMethod.Settles.AT_ONCE)
            kwargs["queryset"] = methods.exclude(code=PaymentMethod.CREDIT)
        return super().formfield_for_foreignkey(db_field, request, **kwargs)
