"""Tickets in the office: write, look up, take back; and who tried which number."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import URLPattern, path, reverse
from django.utils.html import format_html
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.admin.mailings import MailingPeople
from accounts.current import current_user
from accounts.models import User
from opscom.lib.finding import FindingAdmin
from opscom.lib.panels import NO_WORD
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from opscom.lib.trail import Trailed
from opscom.lib.whole_page import WholePage
from vehicles.plates import normalise_plate
from violations.admin.boot_desk import fit_page
from violations.admin.checking import check_page
from violations.admin.offline import shell_page, worker_script
from violations.admin.verbs import VERBS, verb_page
from violations.admin.whole import whole_ticket
from violations.admin.writing import print_page, write_page
from violations.forms.tickets import PhotoForm, TicketForm
from violations.models import LateFee, TicketLookup, Violation, ViolationEvent, ViolationPhoto
from violations.services.issue import issue_violation

WRITTEN = (
    "offence",
    ("amount", "warning"),
    ("plate", "plate_region", "plate_type"),
    ("make", "colour"),
    ("lot", "location"),
    "issued_at",
    "notes",
)
SHOWN = (
    "number_with_pin",
    "state",
    "offence",
    "amount",
    "charge",
    ("plate", "plate_region", "plate_type"),
    "vehicle",
    "issued_at",
    "time_known",
    "on_a_map",
    "officer",
    "source",
    "entered_at",
)
FINAL = (Violation.State.PAID, Violation.State.VOID)  # from here on only the notes go on
CORRECTED = ("lot", "location", "make", "colour", "notes")


class EventInline(StateEventInline):
    """What happened to the ticket."""

    model = ViolationEvent

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever sees the ticket sees its history."""
        return request.user.has_perm("violations.view_violation")


class PhotoInline(ReadOnlyInline):
    """The photos that are there; evidence is not changed."""

    model = ViolationPhoto
    fields = readonly_fields = ("picture", "caption")
    verbose_name_plural = _("photos")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ViolationPhoto]:
        return super().get_queryset(request).select_related("violation")

    @admin.display(description=_("photo"))
    def picture(self, photo: ViolationPhoto) -> str:
        address = reverse("violations:photo", args=[photo.violation.number, photo.code])
        alt = photo.caption or gettext("Evidence photo")
        return format_html(
            '<a href="{}"><img src="{}" width="160" height="120" alt="{}" loading="lazy"></a>', address, address, alt
        )


class FeeInline(ReadOnlyInline):
    """What is owed beside the fine: what paying late has cost, towing, the look-up of the owner."""

    model = LateFee
    fields = readonly_fields = ("kind", "after_days", "charge")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever sees the ticket sees its fees."""
        return request.user.has_perm("violations.view_violation")

    def get_queryset(self, request: HttpRequest) -> QuerySet[LateFee]:
        return super().get_queryset(request).select_related("charge")


class NewPhotoInline(admin.TabularInline):
    """Photos to add."""

    model = ViolationPhoto
    form = PhotoForm
    extra = 3
    max_num = 12
    can_delete = False
    verbose_name_plural = _("add photos")

    def get_queryset(self, request: HttpRequest) -> QuerySet[ViolationPhoto]:
        return super().get_queryset(request).none()


@admin.register(Violation)
class ViolationAdmin(MailingPeople, Trailed, WholePage, FindingAdmin):
    """Written here, changed only where a word was wrong; money and states change through services alone."""

    change_form_template = "violations/office/change_form.html"
    list_display = ("number", "issued_at", "offence", "plate", "lot", "location", "amount", "state")
    list_filter = ("state", "issued_at", "lot", "offence")
    led_by = ("charge__payer__id__exact",)
    list_select_related = ("offence", "lot")
    list_per_page = 50
    search_fields = ("number", "plate")
    search_help_text = _("Beginning of the ticket number, without PIN, or of the plate")
    autocomplete_fields = ("lot", "offence")
    people_path = "charge__payer"
    actions = ("write_to_people",)

    def get_form(self, request: HttpRequest, obj: Violation | None = None, change: bool = False, **kwargs: Any) -> Any:
        if obj is None:
            kwargs["form"] = TicketForm
        return super().get_form(request, obj, change, **kwargs)

    def get_fields(self, request: HttpRequest, obj: Violation | None = None) -> Any:
        return (*SHOWN, *CORRECTED) if obj else WRITTEN

    def get_readonly_fields(self, request: HttpRequest, obj: Violation | None = None) -> Any:
        if obj is None:
            return ()
        shown = tuple(name for part in SHOWN for name in ([part] if isinstance(part, str) else part))
        return (*shown, *(name for name in CORRECTED if name != "notes")) if obj.state in FINAL else shown

    def get_inlines(self, request: HttpRequest, obj: Violation | None) -> Any:
        if obj and obj.state in FINAL:
            return (PhotoInline, FeeInline, EventInline)
        return (PhotoInline, NewPhotoInline, FeeInline, EventInline) if obj else (NewPhotoInline,)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A ticket is spoiled, never deleted: the sequence of numbers stays complete."""
        return False

    @admin.display(description=_("ticket number with PIN"))
    def number_with_pin(self, violation: Violation) -> str:
        return violation.full_number

    @admin.display(description=_("position"))
    def on_a_map(self, violation: Violation) -> str:
        """Where the officer's phone was."""
        address = violation.map_address
        if not address:
            return NO_WORD
        where = f"{violation.latitude}, {violation.longitude}"
        return format_html('<a href="{}" rel="external noopener noreferrer">{}</a>', address, where)

    def save_model(self, request: HttpRequest, obj: Violation, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
            return
        obj.officer = current_user(request)
        issue_violation(obj, by=current_user(request), warning=form.cleaned_data["warning"])

    def response_add(self, request: HttpRequest, obj: Violation, post_url_continue: str | None = None) -> HttpResponse:
        """To the ticket itself: its number with PIN is what the officer hands out."""
        text = gettext("Ticket %(number)s is written. Hand out the number with its last two characters, the PIN.")
        self.message_user(request, text % {"number": obj.full_number}, messages.SUCCESS)
        return redirect("admin:violations_violation_add" if "_addanother" in request.POST else _page(obj))

    def find(self, term: str) -> Iterable[Q]:
        plate = normalise_plate(term)
        yield Q(number__startswith=term.upper()) | (Q(plate__startswith=plate) if plate else Q(pk__in=[]))

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Any], search_term: str
    ) -> tuple[QuerySet[Any], bool]:
        """By one look at the table: both are columns of the ticket's own, so their indexes are joined, while the keys of
        thousands would be looked up one by one."""
        term = " ".join(search_term.split())
        return queryset.filter(*self.find(term)) if term else queryset, False

    def get_urls(self) -> list[URLPattern]:
        verbs = [
            path(
                f"<int:pk>/{verb}/",
                self.admin_site.admin_view(verb_page),
                {"verb": verb},
                name=f"violations_violation_{verb}",
            )
            for verb in VERBS
        ]
        boot = path("<int:pk>/boot/", self.admin_site.admin_view(fit_page), name="violations_violation_boot")
        check = path("check/", self.admin_site.admin_view(check_page), name="violations_violation_check")
        write = path("write/", self.admin_site.admin_view(write_page), name="violations_violation_write")
        shell = path("write/shell/", self.admin_site.admin_view(shell_page), name="violations_violation_shell")
        worker = path("write/worker.js", self.admin_site.admin_view(worker_script), name="violations_violation_worker")
        paper = path("<int:pk>/print/", self.admin_site.admin_view(print_page), name="violations_violation_print")
        return [*verbs, boot, check, write, shell, worker, paper, *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """With a button for each decision; the template knows in which state it makes sense."""
        return super().change_view(request, object_id, form_url, {**(extra_context or {}), "verbs": VERBS})

    def whole(self, row: Violation, viewer: User) -> dict[str, Any]:
        """With what it costs, and all that hangs on it."""
        return whole_ticket(row, viewer)


@admin.register(TicketLookup)
class TicketLookupAdmin(ReadOnly, admin.ModelAdmin):
    """Who tried which number, from where."""

    list_display = ("at", "number", "address", "network", "found", "locked")
    list_filter = ("found", "locked")
    search_fields = ("number", "address")
    search_help_text = _("Ticket number or address")
    date_hierarchy = "at"


def _page(violation: Violation) -> str:
    return reverse("admin:violations_violation_change", args=[violation.pk])
