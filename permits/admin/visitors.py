"""Visitor hours in the office: who bought how many and where they went; more are granted, unspent ones taken back or refunded,
and a visit is ended."""

from datetime import timedelta
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import PermissionDenied
from django.db.models import Model, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.forms import reason_field
from opscom.lib.money import format_money
from opscom.lib.passes import written_stock
from opscom.lib.readonly import ReadOnly, ReadOnlyInline
from permits.errors import PermitRefused
from permits.models import HourBlock, HourEntry, Permit
from permits.models.visitor import HourBlockQuerySet
from permits.services.visitors.booking import end_visit
from permits.services.visitors.granting import grant_hours, take_back_hours

CHANGE = "permits.change_hourblock"
QUARTER = Decimal("0.25")


class ReasonForm(forms.Form):
    """Why the office does it."""

    reason = reason_field(required=_("Say why; it stays with these hours."))


class HoursForm(ReasonForm):
    """How many hours, and why."""

    hours = forms.DecimalField(label=_("hours"), min_value=QUARTER, max_value=1000, step_size=QUARTER)
    field_order = ("hours", "reason")


class GrantForm(forms.ModelForm):
    """Who gets how many hours, until when, and why."""

    hours = HoursForm.base_fields["hours"]
    last_day = forms.DateField(label=_("last day"), widget=AdminDateWidget)
    reason = HoursForm.base_fields["reason"]

    class Meta:
        model = HourBlock
        fields: ClassVar[list[str]] = ["user", "hours", "last_day", "reason"]

    def clean_last_day(self) -> Any:
        day = self.cleaned_data["last_day"]
        if day < today():
            raise forms.ValidationError(_("That day is over. Choose a later one."))
        return day


class HourEntryInline(ReadOnlyInline):
    """What was taken out of the block, and what came back."""

    model = HourEntry
    fields = ("at", "visit", "standing", "moved", "by", "reason")
    readonly_fields = ("visit", "standing", "moved")

    def get_queryset(self, request: HttpRequest) -> QuerySet[HourEntry]:
        return HourEntry.objects.select_related("permit", "by")

    @admin.display(description=_("permit"))
    def visit(self, entry: HourEntry) -> str:
        if entry.permit is None:
            return "–"
        page = reverse("admin:permits_permit_change", args=[entry.permit.pk])
        return format_html('<a href="{}">{}</a>', page, entry.permit.number)

    @admin.display(description=_("hours"))
    def moved(self, entry: HourEntry) -> str:
        return str(entry)

    @admin.display(description=_("state"))
    def standing(self, entry: HourEntry) -> str:
        return entry.permit.get_state_display() if entry.permit else "–"


@admin.register(HourBlock)
class HourBlockAdmin(ReadOnly, admin.ModelAdmin):
    """Blocks of hours, found by whose they are."""

    change_form_template = "admin/permits/hourblock/change_form.html"
    list_display = ("user", "bought_at", "bought", "unspent", "ends_before", "paid")
    list_filter = ("charge__state", "ends_before")
    list_select_related = ("user", "charge")
    search_fields = ("user__email", "user__last_name", "code")
    search_help_text = _("E-mail address or last name of whose they are")
    autocomplete_fields = ("user",)
    inlines = (HourEntryInline,)

    def get_queryset(self, request: HttpRequest) -> HourBlockQuerySet:
        return HourBlock.objects.with_left()

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Granting hours; bought ones are bought."""
        return request.user.has_perm("permits.add_hourblock")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs | ({} if obj else {"form": GrantForm}))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        shown = ("user", "charge", "paid", "bought_at", "bought", "unspent", "worth", "ends_before")
        return (*shown, *(("granted_by", "reason") if obj.granted_by_id else ())) if obj else GrantForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def add_view(self, request: HttpRequest, form_url: str = "", extra_context: dict[str, Any] | None = None) -> Any:
        return super().add_view(request, form_url, {"title": _("Grant visitor hours")} | (extra_context or {}))

    def get_inlines(self, request: HttpRequest, obj: Any) -> Any:
        return self.inlines if obj else ()

    def save_model(self, request: HttpRequest, obj: HourBlock, form: Any, change: bool) -> None:
        said = form.cleaned_data
        made = grant_hours(
            said["user"],
            minutes=int(said["hours"] * 60),
            ends_before=said["last_day"] + timedelta(days=1),
            reason=said["reason"],
            by=current_user(request),
        )
        obj.pk, obj.charge = made.pk, made.charge

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The block itself says who and why."""

    def get_urls(self) -> list[URLPattern]:
        door = self.admin_site.admin_view
        own = [
            path("<int:pk>/take-back/", door(self.take_back_view), name="permits_hourblock_take_back"),
            path("visit/<int:pk>/end/", door(self.end_view), name="permits_hourblock_end"),
        ]
        return own + super().get_urls()

    def take_back_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Unspent hours are gone; their money is a refund."""
        self._check(request)
        block = get_object_or_404(HourBlock.objects.with_left().select_related("user"), pk=pk)
        form = HoursForm(request.POST or None, initial={"hours": Decimal(block.left) / 60})
        if request.method == "POST" and form.is_valid():
            minutes, reason = int(form.cleaned_data["hours"] * 60), form.cleaned_data["reason"]
            try:
                take_back_hours(block, minutes=minutes, reason=reason, by=current_user(request))
            except PermitRefused as refusal:
                form.add_error("hours", refusal.message)
            else:
                messages.success(request, gettext("Taken back: %(hours)s.") % {"hours": written_stock(minutes)})
                return redirect("admin:permits_hourblock_change", pk)
        intro = gettext(
            "%(user)s has %(hours)s of them left. No money goes back by this; refund their charge for that."
        )
        said = {"user": block.user, "hours": written_stock(block.left)}
        return self._page(request, form, _("Take hours back"), intro % said)

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a visit that runs, or give up one to come, for the office."""
        self._check(request)
        permit = get_object_or_404(Permit.objects.filter(on_hours=True).select_related("lot", "holder"), pk=pk)
        form = ReasonForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                ended = end_visit(permit, by=current_user(request), reason=form.cleaned_data["reason"])
            except PermitRefused as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, gettext("Given back: %(hours)s.") % {"hours": written_stock(ended.minutes)})
                return redirect("admin:permits_permit_change", pk)
        intro = gettext(
            "Visit %(number)s in %(lot)s, expected by %(holder)s. The hours that are left of it go back to the holder."
        )
        said = {"number": permit.number, "lot": permit.lot.name, "holder": permit.holder}
        return self._page(request, form, _("End visit"), intro % said)

    def _check(self, request: HttpRequest) -> None:
        if not request.user.has_perm(CHANGE):
            raise PermissionDenied

    def _page(self, request: HttpRequest, form: forms.Form, title: Any, intro: str) -> HttpResponse:
        context = {"title": title, "intro": intro, "form": form, "opts": self.opts}
        return render(request, "admin/lockers/form.html", self.admin_site.each_context(request) | context)

    @admin.display(description=_("hours"), ordering="minutes")
    def bought(self, block: HourBlock) -> str:
        return written_stock(block.minutes)

    @admin.display(description=_("left"))
    def unspent(self, block: HourBlock) -> str:
        return written_stock(block.left)

    @admin.display(description=_("can be refunded"))
    def worth(self, block: HourBlock) -> str:
        return format_money(block.worth)

    @admin.display(description=_("payment"), ordering="charge__state")
    def paid(self, block: HourBlock) -> str:
        return gettext("Granted") if block.granted_by_id else block.charge.get_state_display()
