"""Lost privileges in the office: taken with a reason, lifted before their end."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.dates import today
from permits.errors import PermitRefused
from permits.models import PermitBan
from permits.services.bans import ban_person, lift_ban


class BanForm(forms.ModelForm):
    """Whom, for how long, and why."""

    months = forms.IntegerField(
        label=_("Months"),
        required=False,
        min_value=0,
        max_value=240,
        help_text=_("Empty: by the office's steps (System settings, Permits and vehicles). 0: for good."),
    )

    class Meta:
        model = PermitBan
        fields = ("user", "months", "reason")


class InForceFilter(admin.SimpleListFilter):
    """Who gets no permits now, and who did not."""

    title = _("state")
    parameter_name = "in_force"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("In force")), ("no", _("Over or lifted"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PermitBan]) -> QuerySet[PermitBan]:
        now = PermitBan.objects.in_force(timezone.now()).values("pk")
        if self.value() == "yes":
            return queryset.filter(pk__in=now)
        return queryset.exclude(pk__in=now) if self.value() == "no" else queryset


@admin.register(PermitBan)
class PermitBanAdmin(admin.ModelAdmin):
    """Who gets no permits, until when and why; rows stay as they were said."""

    form = BanForm
    list_display = ("user", "standing", "reason", "starts_at", "again", "by", "lifted_at", "lifted_by")
    list_filter = (InForceFilter,)
    list_select_related = ("user", "by", "lifted_by")
    search_fields = ("user__email", "user__last_name", "reason")
    autocomplete_fields = ("user",)
    actions = ("lift",)

    def get_fields(self, request: HttpRequest, obj: PermitBan | None = None) -> Any:
        return self.list_display if obj else BanForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: PermitBan | None = None) -> Any:
        return self.list_display if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: PermitBan | None = None) -> bool:
        """Whoever may lift reads each row, and saves none."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: PermitBan | None = None) -> bool:
        """It is lifted, and stays to be counted."""
        return False

    def save_model(self, request: HttpRequest, obj: PermitBan, form: Any, change: bool) -> None:
        said = form.cleaned_data
        try:
            obj.pk = ban_person(said["user"], reason=said["reason"], months=said["months"], by=current_user(request)).pk
        except PermitRefused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)

    def response_add(self, request: HttpRequest, obj: PermitBan, post_url_continue: str | None = None) -> HttpResponse:
        return redirect("admin:permits_permitban_changelist")

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The row itself says who and when."""

    @admin.display(description=_("state"))
    def standing(self, ban: PermitBan) -> str:
        if ban.lifted_at:
            return gettext("Lifted")
        return gettext("Over") if ban.ends_before and ban.ends_before <= today() else gettext("In force")

    @admin.display(description=_("permits again from"), ordering="ends_before")
    def again(self, ban: PermitBan) -> str:
        return date_format(ban.ends_before) if ban.ends_before else gettext("never again")

    @admin.action(description=_("Lift: permits again from now on"), permissions=["change"])
    def lift(self, request: HttpRequest, queryset: QuerySet[PermitBan]) -> None:
        rows = [lift_ban(ban, by=current_user(request)) for ban in queryset]
        text = ngettext("%(n)s person gets permits again.", "%(n)s people get permits again.", len(rows))
        self.message_user(request, text % {"n": len(rows)}, messages.SUCCESS)
