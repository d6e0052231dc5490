"""Boots in the office: the inventory with its labels, and what stands on which vehicle."""

from typing import Any, ClassVar

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.finding import LedToAdmin
from opscom.lib.money import format_money
from opscom.lib.office import office
from opscom.lib.readonly import ReadOnly, StateEventInline
from violations.admin.boot_desk import desk_page
from violations.errors import ViolationRefused
from violations.forms.boots import BootForm
from violations.models import Boot, BootAssignment, BootAssignmentEvent, BootEvent
from violations.papers.boot_labels import labels_pdf
from violations.services.boots.returning import settle_deposit
from violations.services.boots.stock import set_code


class BootEventInline(StateEventInline):
    """History of a boot."""

    model = BootEvent

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever sees the boot sees its history."""
        return request.user.has_perm("violations.view_boot")


@admin.register(Boot)
class BootAdmin(admin.ModelAdmin):
    """The boots that there are; what is done with one is done on its own page."""

    list_display = ("number", "state", "condition", "has_code", "page")
    list_filter = ("state",)
    search_fields = ("number",)
    readonly_fields = ("state", "has_code", "page")
    actions = ("labels",)

    def get_form(self, request: HttpRequest, obj: Boot | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = BootForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Boot | None = None) -> Any:
        return ("number", "condition", "state", "has_code", "page") if obj else ("number", "condition", "release_code")

    def get_readonly_fields(self, request: HttpRequest, obj: Boot | None = None) -> Any:
        return self.readonly_fields if obj else ()

    def get_inlines(self, request: HttpRequest, obj: Boot | None) -> Any:
        return (BootEventInline,) if obj else ()

    def get_urls(self) -> list[URLPattern]:
        desk = path("<int:pk>/desk/", self.admin_site.admin_view(desk_page), name="violations_boot_desk")
        return [desk, *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A boot that is gone is lost, with its history."""
        return False

    def save_model(self, request: HttpRequest, obj: Boot, form: Any, change: bool) -> None:
        super().save_model(request, obj, form, change)
        if not change:
            try:
                set_code(obj, form.cleaned_data["release_code"], by=current_user(request))
            except ViolationRefused as refusal:
                self.message_user(request, refusal.message, messages.ERROR)

    @admin.display(description=_("release code kept"), boolean=True)
    def has_code(self, boot: Boot) -> bool:
        return bool(boot.sealed)

    @admin.display(description=_("at hand"))
    def page(self, boot: Boot) -> str:
        address = reverse("admin:violations_boot_desk", args=[boot.pk])
        return format_html('<a href="{}">{}</a>', address, _("Return, release, code"))

    @admin.action(description=_("Labels with QR code, as PDF"), permissions=["view"])
    def labels(self, request: HttpRequest, boots: QuerySet[Boot]) -> HttpResponse:
        headers = {"Content-Disposition": 'attachment; filename="boots.pdf"'}
        return HttpResponse(labels_pdf(list(boots)), content_type="application/pdf", headers=headers)


class AssignmentEventInline(StateEventInline):
    """History of a boot on a vehicle."""

    model = BootAssignmentEvent

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever sees it sees its history."""
        return request.user.has_perm("violations.view_bootassignment")


class WantsFilter(admin.SimpleListFilter):
    """What a boot wants of the office."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [
            ("open", _("On a vehicle or out")),
            ("late", _("Not back in time")),
            ("tow", _("May be towed")),
            ("hand", _("To be settled by hand, or payment undone")),
        ]

    def queryset(self, request: HttpRequest, queryset: QuerySet[BootAssignment]) -> QuerySet[BootAssignment]:
        wanted = {
            "open": Q(state__in=BootAssignment.OPEN),
            "late": Q(state=BootAssignment.State.OVERDUE),
            "hand": ~Q(problem="") | Q(undone_at__isnull=False),
        }.get(self.value() or "", Q())
        if self.value() == "tow":
            return queryset.filter(pk__in=BootAssignment.objects.to_tow(timezone.now(), hours=office().boot_tow_hours))
        return queryset.filter(wanted)


@admin.register(BootAssignment)
class BootAssignmentAdmin(ReadOnly, LedToAdmin):
    """Which boot is on which vehicle, and which of them are out."""

    list_display = ("boot", "violation", "plate", "state", "fitted_at", "due_at", "deposit_sum", "undone_at", "problem")
    list_filter = (WantsFilter, "state")
    led_by = ("violation__offence__exact", "violation__lot__exact")
    list_select_related = ("boot", "violation", "deposit")
    search_fields = ("boot__number", "violation__number", "plate")
    inlines = (AssignmentEventInline,)
    actions = ("give_deposit_back",)
    fields = (
        "boot",
        "violation",
        ("plate", "plate_region", "plate_type"),
        "state",
        ("fitted_at", "fitted_by", "location"),
        ("released_at", "due_at", "seen_at", "ended_at"),
        ("fee", "deposit", "penalty"),
        "checkout",
        "undone_at",
        "problem",
        "page",
    )
    readonly_fields: ClassVar = ("page",)

    def has_handle_permission(self, request: HttpRequest) -> bool:
        """Who takes boots back."""
        return bool(request.user.has_perm("violations.change_bootassignment"))

    @admin.display(description=_("deposit"))
    def deposit_sum(self, assignment: BootAssignment) -> str:
        return format_money(assignment.deposit.amount) if assignment.deposit else "–"

    @admin.display(description=_("at hand"))
    def page(self, assignment: BootAssignment) -> str:
        address = reverse("admin:violations_boot_desk", args=[assignment.boot_id])
        return format_html('<a href="{}">{}</a>', address, _("Return, release, code"))

    @admin.action(description=_("Give back what is left of the deposit"), permissions=["handle"])
    def give_deposit_back(self, request: HttpRequest, assignments: QuerySet[BootAssignment]) -> None:
        for assignment in assignments.select_related("boot", "violation"):
            try:
                back = settle_deposit(assignment, by=current_user(request))
            except ViolationRefused as refusal:
                messages.error(request, f"{assignment}: {refusal.message}")
            else:
                text = _("%(what)s: %(sum)s goes back.") % {"what": assignment, "sum": format_money(back)}
                messages.success(request, text)
