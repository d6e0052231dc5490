"""Waitlists in the office: what each is for, its queue with the reason why it stands still, and what staff do with it."""

import csv
from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.paginator import Paginator
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from modeltranslation.admin import TranslationAdmin

from accounts.admin.mailings import MailingPeople
from accounts.current import current_user
from accounts.finding import people_found
from opscom.lib.dates import end_of_day, today
from opscom.lib.finding import FindingAdmin
from opscom.lib.forms import CsvForm
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from opscom.lib.spreadsheets import harmless
from opscom.lib.tables import TableRefused
from opscom.lib.taken import EXPORT
from permits.errors import PermitRefused
from permits.models import Waitlist, WaitlistEntry, WaitlistEntryEvent, WaitlistOffer
from permits.services.waitlists import answering, importing, joining, offering, staff
from permits.services.waitlists.places import list_places
from permits.services.waitlists.queue import position_of
from permits.waiting import explain_place, next_people
from permits.waitlist_forms import ActForm, NextForm

LOOK, PROCESS = "permits.view_waitlist", "permits.process_waitlist"
PAGE = 50


@admin.register(Waitlist)
class WaitlistAdmin(TranslationAdmin):
    """The lists, each with how many wait and how many hold an offer."""

    list_display = ("name", "waiting", "offered", "active", "automatic", "offer_hours", "code")
    list_filter = ("active", "automatic")
    search_fields = ("name", "code")
    filter_horizontal = ("permit_types", "user_types", "first_types")
    readonly_fields = ("code",)
    change_form_template = "admin/permits/waitlist/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[Waitlist]:
        count = {state: Count("entries", filter=Q(entries__state=state)) for state in WaitlistEntry.IN_QUEUE}
        return super().get_queryset(request).annotate(n_waiting=count["waiting"], n_offered=count["offered"])

    @admin.display(description=_("waiting"), ordering="n_waiting")
    def waiting(self, waitlist: Waitlist) -> int:
        return waitlist.n_waiting  # type: ignore[attr-defined]

    @admin.display(description=_("offered"), ordering="n_offered")
    def offered(self, waitlist: Waitlist) -> int:
        return waitlist.n_offered  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        door = self.admin_site.admin_view
        own = [
            path("<int:pk>/queue/", door(self.queue_view), name="permits_waitlist_queue"),
            path("<int:pk>/ask/", door(self.ask_view), name="permits_waitlist_ask"),
            path("<int:pk>/import/", door(self.import_view), name="permits_waitlist_import"),
            path("<int:pk>/export/", door(self.export_view), name="permits_waitlist_export"),
        ]
        return own + super().get_urls()

    def queue_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who stands where, why nothing moves, and the next offers."""
        _need(request, LOOK, "GET")
        waitlist = get_object_or_404(Waitlist, pk=pk)
        places = list_places(waitlist, timezone.now())
        queue = waitlist.entries.in_queue().select_related("user__user_type").order_by("turn", "pk")
        page = Paginator(queue, PAGE).get_page(request.GET.get("page"))
        context = {
            "waitlist": waitlist,
            "places": [(place, explain_place(place, waitlist)) for place in places],
            "next": next_people(waitlist, places),
            "people": page,
            "form": NextForm(),
        }
        return self._page(request, "queue", _("Queue of %(list)s") % {"list": waitlist.name}, context)

    def ask_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Offer the free places to the next so many people."""
        _need(request, PROCESS, "POST")
        waitlist, form = get_object_or_404(Waitlist, pk=pk), NextForm(request.POST)
        number = form.cleaned_data["number"] if form.is_valid() else 0
        made = offering.offer_places(waitlist, most=number, by=current_user(request))
        if made:
            text = ngettext("%(n)s person was asked.", "%(n)s people were asked.", made) % {"n": made}
            messages.success(request, text)
        else:
            messages.warning(request, _("Nobody was asked. Below is why, or write how many are to be asked."))
        return redirect("admin:permits_waitlist_queue", pk)

    def import_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """An order from an earlier system: first what would happen, then the button."""
        _need(request, PROCESS, "GET", "POST")
        waitlist = get_object_or_404(Waitlist, pk=pk)
        posted = request.method == "POST"
        form = CsvForm(request.POST if posted else None, request.FILES if posted else None)
        rows: list[importing.Row] = []
        if posted and form.is_valid():
            text = form.cleaned_data["text"]
            try:
                if "confirm" in request.POST:
                    done = importing.import_rows(text, waitlist, by=current_user(request))
                    added = sum(row.is_new for row in done)
                    messages.success(
                        request, ngettext("%(n)s person added.", "%(n)s people added.", added) % {"n": added}
                    )
                    return redirect("admin:permits_waitlist_queue", pk)
                rows = importing.read_rows(text, waitlist)
                form = CsvForm(initial={"text": text})
            except TableRefused as refusal:
                form.add_error("file", refusal.message)
        context = {"waitlist": waitlist, "form": form, "rows": rows, "new": sum(row.is_new for row in rows)}
        return self._page(request, "import", _("Import an order"), context)

    def export_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The queue as CSV, which the import reads again; for whoever may take lists out."""
        _need(request, LOOK, "GET")
        _need(request, EXPORT, "GET")
        waitlist = get_object_or_404(Waitlist, pk=pk)
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = f'attachment; filename="waitlist-{waitlist.code}.csv"'
        writer = csv.writer(answer)
        writer.writerow(["position", "email", "name", "joined", "state", "note"])
        queue = waitlist.entries.in_queue().select_related("user").order_by("turn", "pk")
        for position, entry in enumerate(queue.iterator(), start=1):
            cells = (entry.user.email, entry.user.get_full_name(), entry.joined_at.isoformat(), entry.state, entry.note)
            writer.writerow([position, *map(harmless, cells)])
        return answer

    def _page(self, request: HttpRequest, name: str, title: Any, context: dict[str, Any]) -> HttpResponse:
        around = {**self.admin_site.each_context(request), "title": title, "opts": self.opts}
        may = {"may_process": request.user.has_perm(PROCESS)}
        return render(request, f"admin/permits/waitlist/{name}.html", {**around, **may, **context})


class WaitlistEntryEventInline(StateEventInline):
    """History of a person on a waitlist."""

    model = WaitlistEntryEvent


class WaitlistOfferInline(ReadOnlyInline):
    """What the person was offered."""

    model = WaitlistOffer
    fields = ("made_at", "permit_type", "valid_from", "valid_before", "state", "mailed_at", "expires_at", "permit")

    def get_queryset(self, request: HttpRequest) -> QuerySet[WaitlistOffer]:
        return super().get_queryset(request).select_related("permit_type", "permit")


class AnswerFilter(admin.SimpleListFilter):
    """Who must answer an offer before the day is over."""

    title = _("to answer")
    parameter_name = "answer"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("today", _("Today"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.to_answer_by(end_of_day(today())) if self.value() == "today" else queryset


@admin.register(WaitlistEntry)
class WaitlistEntryAdmin(ReadOnly, MailingPeople, FindingAdmin):
    """People on waitlists, found by list or person."""

    list_display = ("user", "waitlist", "state", "rank", "joined_at", "snoozes", "note")
    list_filter = (AnswerFilter, "state", "waitlist")
    ordering = ("waitlist_id", "turn", "pk")
    led_by = ("user__user_type__exact",)
    list_select_related = ("user", "waitlist")
    search_fields = ("user__email", "user__first_name", "user__last_name")
    search_help_text = _("Beginning of the e-mail address or name")
    people_path = "user"
    actions = ("write_to_people",)
    inlines = (WaitlistOfferInline, WaitlistEntryEventInline)
    change_form_template = "admin/permits/waitlistentry/change_form.html"

    def find(self, term: str) -> Iterable[Q]:
        yield Q(user__in=people_found(term))

    def get_urls(self) -> list[URLPattern]:
        act = self.admin_site.admin_view(self.act_view)
        return [path("<int:pk>/act/", act, name="permits_waitlistentry_act"), *super().get_urls()]

    def act_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Staff do something for one person, and say why."""
        _need(request, PROCESS, "GET", "POST")
        entry = get_object_or_404(WaitlistEntry.objects.select_related("user", "waitlist"), pk=pk)
        offer = entry.offers.filter(state__in=WaitlistOffer.UNFINISHED).select_related("permit_type__lot").first()
        form = ActForm(request.POST or None, entry=entry, offer=offer)
        if request.method == "POST" and form.is_valid():
            try:
                _act(entry, offer, form.cleaned_data, request)
            except PermitRefused as refusal:
                form.add_error(None, refusal.message)
            else:
                messages.success(request, _("Done, and written into the history."))
                return redirect("admin:permits_waitlist_queue", entry.waitlist_id)
        waits = entry.state == WaitlistEntry.State.WAITING
        context = {
            **self.admin_site.each_context(request),
            "title": _("%(person)s on %(list)s") % {"person": entry.user.get_full_name(), "list": entry.waitlist},
            "opts": self.opts,
            "entry": entry,
            "offer": offer,
            "position": position_of(entry) if waits else None,
            "form": form,
        }
        return render(request, "admin/permits/waitlistentry/act.html", context)


def _act(entry: WaitlistEntry, offer: WaitlistOffer | None, chosen: dict[str, Any], request: HttpRequest) -> None:
    """The chosen deed through its service. PermitRefused."""
    by, reason, deed = current_user(request), chosen["reason"], chosen["do"]
    if deed == "move":
        staff.move_entry(entry, position=chosen["position"], by=by, reason=reason)
    elif deed == "offer":
        offering.offer_place(entry, chosen["window"], by=by, reason=reason)
    elif deed == "remove":
        joining.leave_waitlist(entry, by=by, reason=reason)
    elif deed == "back":
        staff.put_back(entry, by=by, reason=reason)
    elif deed == "extend" and offer:
        answering.extend_offer(offer, hours=chosen["hours"], by=by, reason=reason)
    elif deed == "withdraw" and offer:
        answering.withdraw_offer(offer, by=by, reason=reason)
    else:
        staff.note_entry(entry, note=reason, by=by)


def _need(request: HttpRequest, right: str, *methods: str) -> None:
    """Whoever lacks the right is refused, and so is another method."""
    if not request.user.has_perm(right) or request.method not in methods:
        raise PermissionDenied
