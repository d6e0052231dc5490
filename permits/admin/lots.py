"""Lots in the office: their groups, who sees them, and how full they are."""

from datetime import timedelta
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AutocompleteSelect
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.http import content_disposition_header
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from accounts.models import User
from opscom.lib.dates import Period, today
from opscom.lib.prepared_rows import PreparedRows
from opscom.lib.whole_page import WholePage
from permits.admin.whole import whole_lot
from permits.capacity import Occupancy, occupancies
from permits.models import Lot, LotCover, LotGroup, Permit
from permits.poster import lot_poster
from permits.services.standing import explain_sale

AHEAD = timedelta(days=3650)


@admin.register(LotGroup)
class LotGroupAdmin(TranslationAdmin):
    """Groups of lots, in the order of the Permits page."""

    list_display = ("name", "position", "shared")
    search_fields = ("name",)


def times_area() -> forms.Textarea:
    """A few lines: times of the week are seldom more."""
    return forms.Textarea(attrs={"class": "vLargeTextField", "rows": 3})


class LotForm(forms.ModelForm):
    """A lot with its password, which is written and never read."""

    new_password = forms.CharField(
        label=_("New password"),
        required=False,
        max_length=60,
        widget=forms.TextInput(attrs={"class": "vTextField", "autocomplete": "off"}),
        help_text=_("People enter it once before they see what the lot sells. Empty: it stays as it is."),
    )
    no_password = forms.BooleanField(label=_("Ask for no password any more"), required=False)

    class Meta:
        model = Lot
        fields = "__all__"  # noqa: DJ007 (the admin's fieldsets say which)
        widgets: ClassVar = {"free_times": times_area(), "closed_times": times_area()}

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("new_password") and cleaned.get("no_password"):
            self.add_error("no_password", _("Either write a new password or ask for none any more."))
        return cleaned

    def save(self, commit: bool = True) -> Lot:
        text = self.cleaned_data.get("new_password", "")
        if text or self.cleaned_data.get("no_password"):
            self.instance.set_password(text)
        lot: Lot = super().save(commit)
        return lot


class LotCoverInline(admin.TabularInline):
    """In which other lots permits for this one hold, too."""

    model = LotCover
    fk_name = "lot"
    extra = 0
    autocomplete_fields = ("also",)


class WhyForm(forms.Form):
    """Which lot, and who asks."""

    lot: "forms.ModelChoiceField[Lot]" = forms.ModelChoiceField(
        Lot.objects.select_related("group"),
        label=_("Lot"),
        widget=AutocompleteSelect(Permit._meta.get_field("lot"), admin.site),
    )
    person = forms.ModelChoiceField(
        User.objects.all(), label=_("Person"), widget=AutocompleteSelect(Permit._meta.get_field("holder"), admin.site)
    )


@admin.register(Lot)
class LotAdmin(PreparedRows, WholePage, TranslationAdmin):
    """Lots, each with how full it is today and whether more is sold than there is (RULES 16)."""

    form = LotForm
    list_display = ("name", "code", "group", "zone", "spaces", "taken_today", "standing", "visibility")
    list_filter = ("visibility", "group", "zone")
    list_select_related = ("group",)
    search_fields = ("code", "name", "description")
    autocomplete_fields = ("group",)
    filter_horizontal = ("user_types",)
    readonly_fields = ("asks_for_password",)
    fieldsets = (
        (None, {"fields": ("name", "code", "description", "group", "zone", "position")}),
        (
            _("Spaces"),
            {
                "fields": (
                    "spaces",
                    ("accessible_spaces", "visitor_spaces"),
                    ("electric_spaces", "motorcycle_spaces"),
                ),
                "description": _(
                    "How many of the spaces are of a kind is shown on the lot's card. What is sold by kind is a permit type "
                    "with an allocation."
                ),
            },
        ),
        (_("Times of the week"), {"fields": ("free_times", "free_without_debts", "closed_times")}),
        (_("Who sees it"), {"fields": ("visibility", "user_types", "per_person", "text_parking")}),
        (_("Password"), {"fields": ("asks_for_password", "new_password", "no_password")}),
    )

    inlines = (LotCoverInline,)
    change_list_template = "admin/permits/lot/change_list.html"
    change_form_template = "admin/permits/lot/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        return [
            path("why/", view(self.why_view), name="permits_lot_why"),
            path("<int:pk>/poster/", view(self.poster_view), name="permits_lot_poster"),
            *super().get_urls(),
        ]

    def whole(self, row: Lot, viewer: User) -> dict[str, Any]:
        """With how full it is, and what it sells."""
        return whole_lot(row, viewer)

    def poster_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The QR of the lot's page, to be hung up."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        lot: Lot = get_object_or_404(Lot, pk=pk)
        poster = lot_poster(lot, language=get_language() or "en")
        disposition = content_disposition_header(True, f"poster-{lot.code}.pdf") or "attachment"
        return HttpResponse(poster, content_type="application/pdf", headers={"Content-Disposition": disposition})

    def why_view(self, request: HttpRequest) -> HttpResponse:
        """Why a lot is not on sale to a person now, and what to do about it."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        form = WhyForm(request.GET if "person" in request.GET else None, initial=request.GET.dict())
        if not request.user.has_perm("accounts.view_user"):
            form.fields["person"].queryset = User.objects.none()  # type: ignore[attr-defined]
        context = {
            **self.admin_site.each_context(request),
            "title": _("Why is it not on sale?"),
            "opts": self.opts,
            "form": form,
            "media": form.media,
        }
        if form.is_valid():
            person, place = form.cleaned_data["person"], form.cleaned_data["lot"]
            context |= {"lot": place, "person": person, "standing": explain_sale(person, place)}
        return render(request, "admin/permits/lot/why.html", context)

    def prepare_rows(self, rows: list[Lot]) -> list[Lot]:
        """With how full each is, today and at most."""
        day = today()
        now, ahead = Period(day, day + timedelta(days=1)), Period(day, day + AHEAD)
        full = occupancies([(lot, period) for lot in rows for period in (now, ahead)], timezone.now())
        for lot in rows:
            lot.now, lot.ahead = full[lot, now], full[lot, ahead]  # type: ignore[attr-defined]
        return rows

    @admin.display(description=_("asks for a password"), boolean=True)
    def asks_for_password(self, lot: Lot) -> bool:
        return bool(lot.password)

    @admin.display(description=_("taken today"))
    def taken_today(self, lot: Lot) -> str:
        now: Occupancy = lot.now  # type: ignore[attr-defined]
        return f"{now.taken} / {now.spaces}"

    @admin.display(description=_("fullest day"))
    def standing(self, lot: Lot) -> str:
        """The most that is taken on any day to come, flagged where that is more than there is."""
        ahead: Occupancy = lot.ahead  # type: ignore[attr-defined]
        flag = _("OVERSOLD by %(n)s") % {"n": ahead.taken - ahead.spaces} if ahead.oversold else ""
        return f"{ahead.taken} / {ahead.spaces} {flag}".strip()
