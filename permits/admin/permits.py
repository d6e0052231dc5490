"""Permits in the office: what is sold and for how much, and the permits that people hold."""

from collections.abc import Iterable, Sequence
from datetime import date
from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from accounts.admin.mailings import MailingPeople
from accounts.finding import people_found
from opscom.lib.dates import written_moment
from opscom.lib.finding import FindingAdmin
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from permits.admin.lots import times_area
from permits.admin.passing import PassingVerbs
from permits.admin.printing import CopyInline, PrintingVerbs, ReprintInline
from permits.admin.rates import HourPriceInline
from permits.models import (
    Household,
    HouseholdMember,
    HouseholdStep,
    Permit,
    PermitEvent,
    PermitType,
    PermitVehicle,
    SalesWindow,
    WindowPrice,
)
from vehicles.plates import normalise_plate


class PermitTypeForm(forms.ModelForm):
    """A prefix belongs to one type, or two permits would get one number."""

    class Meta:
        model = PermitType
        fields = "__all__"  # noqa: DJ007 (the admin's fieldsets say which)
        widgets: ClassVar = {"valid_times": times_area()}

    def clean_prefix(self) -> str:
        prefix: str = self.cleaned_data["prefix"]
        other = PermitType.objects.filter(prefix__iexact=prefix).exclude(pk=self.instance.pk).first()
        if other:
            raise forms.ValidationError(
                _("%(other)s has this prefix already. Choose another, so that numbers stay unique."),
                params={"other": other},
            )
        return prefix


class HouseholdStepInline(admin.TabularInline):
    """What the second, third and further permit of a household costs."""

    model = HouseholdStep
    extra = 0


class HouseholdMemberInline(admin.TabularInline):
    """Who is in a household."""

    model = HouseholdMember
    extra = 1
    autocomplete_fields = ("user",)


@admin.register(Household)
class HouseholdAdmin(admin.ModelAdmin):
    """Households that the office sets itself, where the home address does not tell."""

    list_display = ("name", "people")
    search_fields = ("name", "members__user__email", "members__user__last_name")
    inlines = (HouseholdMemberInline,)

    def get_queryset(self, request: HttpRequest) -> QuerySet[Household]:
        return super().get_queryset(request).annotate(n=Count("members"))

    @admin.display(description=_("people"))
    def people(self, household: Household) -> int:
        return household.n  # type: ignore[attr-defined]


@admin.register(PermitType)
class PermitTypeAdmin(TranslationAdmin):
    """Kinds of permit. The prefix stays once numbers have been given out."""

    form = PermitTypeForm
    inlines = (HouseholdStepInline, HourPriceInline)
    list_display = ("name", "lot", "kind", "space_kind", "allocation", "prefix", "first_number", "active")
    list_filter = ("active", "kind", "space_kind", "lot")
    fieldsets = (
        (
            None,
            {"fields": ("lot", "kind", "name", "active", "valid_times", "needs_form", "review_days", "needs_group")},
        ),
        (_("Spaces"), {"fields": ("space_kind", "allocation")}),
        (_("Numbers"), {"fields": ("prefix", "first_number", "numbered")}),
        (_("Standard permits"), {"fields": ("proration",)}),
        (_("Persons and households"), {"fields": ("per_window", "household_counts", "household_most")}),
        (
            _("Temporary permits"),
            {
                "fields": (
                    "hourly",
                    "daily",
                    "weekly",
                    "block_days",
                    "block_price",
                    "free",
                    "takes_hours",
                ),
                "description": _(
                    "Hours, days and weeks: the buyer pays the cheapest combination. One price is enough."
                ),
            },
        ),
        (
            _("Temporary permits: when, and how long"),
            {
                "fields": (
                    "most_days",
                    "office_days",
                    "days_ahead",
                    "year_days",
                    "year_counts",
                    "buffer_minutes",
                ),
            },
        ),
        (_("Printing"), {"fields": ("layout", "layout_choice", "print_at_home", "pick_up", "post")}),
    )
    list_select_related = ("lot",)
    search_fields = ("name", "prefix", "lot__name", "lot__code")
    autocomplete_fields = ("lot",)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        sold = isinstance(obj, PermitType) and obj.permits.exists()
        return ("lot", "prefix") if sold else ()


def check_calendar(window: SalesWindow, days: Sequence[date]) -> None:
    """Prices from these days on leave no day of the sale without one. ValidationError."""
    first = timezone.localdate(window.sale_starts)
    if not days or min(days) > first:
        text = _(
            "The price calendar has a gap: no price holds on %(day)s, when the sale starts. Add a price from that day or earlier."
        )
        raise forms.ValidationError(text, params={"day": first})


class WindowPriceFormSet(forms.BaseInlineFormSet):
    """A price for every day of the sale."""

    def clean(self) -> None:
        super().clean()
        rows = [
            form.cleaned_data for form in self.forms if form.is_valid() and form.has_changed() | bool(form.instance.pk)
        ]
        days: list[date] = [row["from_day"] for row in rows if row.get("from_day") and not row.get("DELETE")]
        if self.instance.sale_starts and not any(form.errors for form in self.forms):
            check_calendar(self.instance, days)


class WindowPriceInline(admin.TabularInline):
    """The price calendar."""

    model = WindowPrice
    formset = WindowPriceFormSet
    extra = 1


class SalesWindowForm(forms.ModelForm):
    """Dates that run forward, said plainly."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        _check_forward(self, "sale_starts", "sale_ends", _("The sale ends after it starts."))
        _check_forward(self, "valid_from", "valid_before", _("The permit ends after the day from which it is valid."))
        return cleaned


@admin.register(SalesWindow)
class SalesWindowAdmin(TranslationAdmin):
    """When what is sold, and for how much."""

    form = SalesWindowForm
    list_display = (
        "name",
        "permit_type",
        "lot",
        "sale_starts",
        "sale_ends",
        "valid_from",
        "valid_before",
        "active",
        "code",
    )
    list_filter = ("active", "permit_type__lot")
    list_select_related = ("permit_type__lot",)
    search_fields = ("code", "name", "permit_type__name")
    autocomplete_fields = ("permit_type",)
    filter_horizontal = ("user_types",)
    readonly_fields = ("code",)
    date_hierarchy = "valid_from"
    inlines = (WindowPriceInline,)

    @admin.display(description=_("lot"), ordering="permit_type__lot")
    def lot(self, window: SalesWindow) -> str:
        return window.permit_type.lot.name


class PermitVehicleInline(ReadOnlyInline):
    """Plates of a permit, also those of before and courtesy cars."""

    model = PermitVehicle

    def get_queryset(self, request: HttpRequest) -> QuerySet[PermitVehicle]:
        return PermitVehicle.every.select_related("vehicle")


class PermitEventInline(StateEventInline):
    """History of a permit."""

    model = PermitEvent


@admin.register(Permit)
class PermitAdmin(PassingVerbs, PrintingVerbs, ReadOnly, MailingPeople, FindingAdmin):
    """Permits, found by number, plate or holder."""

    change_list_template = "admin/permits/permit/change_list.html"
    list_display = ("number", "holder", "lot", "state", "begins", "ends", "printed_at")
    list_filter = ("state", "lot", "permit_type", "valid_from")
    list_select_related = ("holder", "lot")
    search_fields = (
        "number",
        "code",
        "holder__email",
        "holder__first_name",
        "holder__last_name",
        "plates__vehicle__plate",
    )
    search_help_text = _("Beginning of the number, of a plate, or of the holder's e-mail address or name")
    inlines = (PermitVehicleInline, CopyInline, ReprintInline, PermitEventInline)
    people_path = "holder"
    actions = ("print_chosen", "write_to_people")

    def find(self, term: str) -> Iterable[Q]:
        yield Q(number__startswith=term.upper())
        yield Q(code=term.upper())
        yield Q(holder__in=people_found(term))
        if plate := normalise_plate(term):
            yield Q(plates__vehicle__plate__startswith=plate)

    def get_exclude(self, request: HttpRequest, obj: Model | None = None) -> tuple[str, ...]:
        """Moments of a temporary permit, days of any other."""
        by_hour = isinstance(obj, Permit) and obj.starts_at is not None
        return ("valid_from", "valid_before", "window") if by_hour else ("starts_at", "ends_at")

    @admin.display(description=_("from"), ordering="valid_from")
    def begins(self, permit: Permit) -> date | str:
        return written_moment(permit.starts_at) if permit.starts_at else permit.valid_from

    @admin.display(description=_("until"), ordering="valid_before")
    def ends(self, permit: Permit) -> date | str:
        return written_moment(permit.ends_at) if permit.ends_at else permit.last_day


def _check_forward(form: forms.ModelForm, first: str, later: str, message: Any) -> None:
    start, end = form.cleaned_data.get(first), form.cleaned_data.get(later)
    if start and end and end <= start:
        form.add_error(later, message)
