"""Payment methods in the office: what payers may choose, and what counts as money."""

from typing import Any

from django import forms
from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from payments.models import PaymentMethod
from payments.payables import kind_choices


class PaymentMethodForm(forms.ModelForm):
    """One method, each choice with its effect."""

    kinds = forms.MultipleChoiceField(
        label=_("items"),
        required=False,
        widget=forms.CheckboxSelectMultiple,
        help_text=_("What may be paid with it. None chosen: everything."),
    )

    class Meta:
        model = PaymentMethod
        fields = "__all__"  # noqa: DJ007 (the admin class below names them)
        help_texts = {
            "active": _(
                "Off: it disappears from every checkout at once. What was promised or paid with it before stays as it is."
            ),
            "settles": _(
                "By the card provider: when the provider says so. When the office processes it: until then it is Paid but "
                "not Processed. At once: only staff may choose it."
            ),
            "position": _("Payers see the methods in this order."),
        }
        widgets = {"user_types": forms.CheckboxSelectMultiple}

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "kinds" in self.fields:
            self.fields["kinds"].choices = kind_choices()  # type: ignore[attr-defined]


@admin.register(PaymentMethod)
class PaymentMethodAdmin(TranslationAdmin):
    """Ways of paying. What the portal itself relies on keeps its code and cannot be deleted; it can be switched off."""

    form = PaymentMethodForm
    list_display = ("name", "code", "who", "what", "settles", "ledger_code", "active")
    list_filter = ("active", "settles")
    search_fields = ("name", "code", "ledger_code")
    fieldsets = (
        (None, {"fields": ("name", "code", "active", "position")}),
        (_("Who may use it"), {"fields": ("for_users", "user_types", "for_guests", "kinds", "last_day")}),
        (_("Money"), {"fields": ("settles", "ledger_code")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentMethod]:
        return super().get_queryset(request).prefetch_related("user_types")

    def get_readonly_fields(self, request: HttpRequest, obj: PaymentMethod | None = None) -> tuple[str, ...]:
        return ("code",) if obj else ()

    def has_delete_permission(self, request: HttpRequest, obj: PaymentMethod | None = None) -> bool:
        built_in = obj is not None and obj.code in PaymentMethod.BUILT_IN
        return not built_in and bool(super().has_delete_permission(request, obj))

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        """Methods are deleted one by one, so that a built-in one is never among them."""
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    @admin.display(description=_("who"))
    def who(self, method: PaymentMethod) -> str:
        """Who chooses it, in words."""
        types = ", ".join(str(user_type) for user_type in method.user_types.all())
        people = [types or str(_("Users"))] if method.for_users else []
        if method.for_guests:
            people.append(str(_("Guests")))
        return ", ".join(people) or str(_("Staff only"))

    @admin.display(description=_("items"))
    def what(self, method: PaymentMethod) -> str:
        """The kinds of item, in words."""
        names = dict(kind_choices())
        return ", ".join(names.get(kind, kind) for kind in method.kinds) or str(_("Everything"))
