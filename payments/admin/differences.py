"""What differs from the providers, day by day."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.filters import values_of
from opscom.lib.forms import reason_field
from opscom.lib.readonly import ReadOnly
from payments.models import Comparison, Difference
from payments.providers import provider_choices
from payments.services.comparing import close_difference


class OpenFilter(admin.SimpleListFilter):
    """Those that nobody has explained yet."""

    title = _("open")
    parameter_name = "open"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Difference]) -> QuerySet[Difference]:
        return queryset.filter(closed_at=None) if self.value() == "yes" else queryset


class CloseForm(forms.ModelForm):
    """Why the two differ."""

    reason = reason_field(
        required=_("Say why, for whoever reads the books later."),
        help_text=_("Saving closes the difference. It changes no booking."),
    )

    class Meta:
        model = Difference
        fields = ("reason",)


@admin.register(Difference)
class DifferenceAdmin(admin.ModelAdmin):
    """Found by night, closed with a reason."""

    form = CloseForm
    list_display = ("__str__", "comparison", "kind", "ours", "theirs", "currency", "payment", "closed_at", "closed_by")
    list_filter = (
        OpenFilter,
        "kind",
        values_of("comparison__provider", _("provider"), provider_choices),
        "comparison__day",
    )
    list_select_related = ("comparison", "payment", "closed_by")
    search_fields = ("reference", "provider_ref")
    shown = ("comparison", "kind", "reference", "provider_ref", "payment", "ours", "theirs", "currency")

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        closed = isinstance(obj, Difference) and obj.closed_at
        return (*self.shown, *(("closed_at", "closed_by") if closed else ()), "reason")

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return (*self.shown, "closed_at", "closed_by")

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A closed one is history."""
        closed = isinstance(obj, Difference) and obj.closed_at
        return super().has_change_permission(request, obj) and not closed

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: Difference, form: forms.ModelForm, change: bool) -> None:
        close_difference(obj, by=current_user(request), reason=form.cleaned_data["reason"])


@admin.register(Comparison)
class ComparisonAdmin(ReadOnly, admin.ModelAdmin):
    """Days that were compared."""

    list_display = ("day", "provider", "asked", "at", "looked_back_at")
    list_filter = (values_of("provider", _("provider"), provider_choices),)
    date_hierarchy = "day"
