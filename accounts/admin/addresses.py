"""Postal addresses in the office."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest

from accounts.address_form import FIELDS, AddressForm
from accounts.current import current_user
from accounts.models import Address
from accounts.services.addresses import remove_address, save_address
from opscom.lib.trail import Trailed


class OfficeAddressForm(AddressForm):
    """An address, and whose it is."""

    class Meta(AddressForm.Meta):
        fields = ("user", "kind", *FIELDS)


@admin.register(Address)
class AddressAdmin(Trailed, admin.ModelAdmin):
    """Postal addresses; the office may change one even where its person may not. The person's history tells of it."""

    form = OfficeAddressForm
    list_display = ("user", "kind", "line1", "city", "region", "postal_code", "country")
    list_filter = ("kind",)
    ordering = ("user_id", "pk")
    list_select_related = ("user",)
    search_fields = ("user__email", "user__last_name", "line1", "city", "postal_code")
    autocomplete_fields = ("user",)

    def get_readonly_fields(self, request: HttpRequest, obj: Address | None = None) -> tuple[str, ...]:
        """Whose it is, and of which kind, is settled once it is there."""
        return ("user", "kind") if obj else ()

    def save_model(self, request: HttpRequest, obj: Address, form: Any, change: bool) -> None:
        saved = save_address(obj.user, kind=obj.kind, answers=form.answers(), by=current_user(request))
        obj.pk = saved.pk

    def delete_model(self, request: HttpRequest, obj: Address) -> None:
        remove_address(obj, by=current_user(request))
