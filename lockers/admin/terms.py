"""Who has which locker; given here without charge, and changed by buttons alone."""

from collections.abc import Callable
from datetime import date
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from lockers.admin.forms import EndForm, MoveForm
from lockers.errors import LockerRefused
from lockers.models import LockerTerm, LockerTermEvent
from lockers.services.ending import clear_out, end_term
from lockers.services.reminders import ask_to_empty, ask_to_pay
from lockers.services.switching import give_locker, move_term
from opscom.lib.dates import Period, today
from opscom.lib.readonly import StateEventInline

GIVEN = ("locker", "user", "starts_on", "ends_before")
SHOWN = (
    "locker",
    "user",
    "window",
    "starts_on",
    "ends_before",
    "state",
    "held_until",
    "charge",
    "replaces",
    "given_at",
)


class LockerTermForm(forms.ModelForm):
    """One person at a time in a locker."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        locker, first, before = (cleaned.get(name) for name in ("locker", "starts_on", "ends_before"))
        if not (locker and first and before):
            return cleaned
        if before <= first:
            self.add_error("ends_before", _("A term ends after the day on which it starts."))
        elif taken := LockerTerm.objects.filter(locker=locker).taking(Period(first, before)).first():
            self.add_error(
                "locker",
                forms.ValidationError(
                    _(
                        "%(user)s has this locker from %(first)s until before %(last)s. Choose another locker or other days."
                    ),
                    params={"user": taken.user, "first": taken.starts_on, "last": taken.ends_before},
                ),
            )
        return cleaned


class StandingFilter(admin.SimpleListFilter):
    """What a term wants of the office."""

    title = _("standing")
    parameter_name = "standing"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("unpaid", _("Awaiting payment")), ("now", _("In use today")), ("over", _("Over, to be emptied"))]

    def queryset(self, request: HttpRequest, queryset: "QuerySet[LockerTerm]") -> "QuerySet[LockerTerm]":
        if self.value() == "unpaid":
            return queryset.filter(Q(state=LockerTerm.State.HELD) | Q(state=LockerTerm.State.SUSPENDED))
        if self.value() == "now":
            return queryset & LockerTerm.objects.active_on(today())
        if self.value() == "over":
            return queryset & LockerTerm.objects.over(today())
        return queryset


class EventInline(StateEventInline):
    """History of a term."""

    model = LockerTermEvent

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Whoever sees the term sees its history."""
        return request.user.has_perm("lockers.view_lockerterm")


@admin.register(LockerTerm)
class LockerTermAdmin(admin.ModelAdmin):
    """Terms with their state; who awaits payment, and whose locker is to be emptied."""

    form = LockerTermForm
    list_display = ("locker", "user", "starts_on", "last_day", "state", "waits", "held_until", "charge", "noticed_on")
    list_filter = (StandingFilter, "state", "window", "locker__site")
    list_select_related = ("locker__site", "user", "charge", "window")
    search_fields = ("locker__number", "locker__site__name", "user__email", "user__last_name")
    autocomplete_fields = ("locker", "user")
    date_hierarchy = "starts_on"
    actions = ("send_payment_notice", "send_clear_out_notice", "mark_empty")

    change_form_template = "admin/lockers/lockerterm/change_form.html"

    def get_urls(self) -> list[URLPattern]:
        pages = {"move": self.move_view, "end": self.end_view}
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(page), name=f"lockers_lockerterm_{name}")
            for name, page in pages.items()
        ]
        return own + super().get_urls()

    def move_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Another locker for the rest of the term, without charge."""

        def move(term: LockerTerm, form: forms.Form) -> LockerTerm:
            data = form.cleaned_data
            return move_term(term, to=data["locker"], by=current_user(request), reason=data["reason"])

        return self._act(request, pk, MoveForm, _("Move to another locker"), move)

    def end_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """End a term before its time."""

        def end(term: LockerTerm, form: forms.Form) -> LockerTerm:
            return end_term(term, by=current_user(request), reason=form.cleaned_data["reason"])

        return self._act(request, pk, EndForm, _("End the term"), end)

    def _act(
        self,
        request: HttpRequest,
        pk: int,
        form_class: type[forms.Form],
        title: Any,
        act: Callable[[LockerTerm, forms.Form], LockerTerm],
    ) -> HttpResponse:
        if not self.has_change_permission(request):
            raise PermissionDenied
        term = get_object_or_404(LockerTerm.objects.select_related("locker__site", "user", "window"), pk=pk)
        form = form_class(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                return redirect("admin:lockers_lockerterm_change", act(term, form).pk)
            except LockerRefused as refusal:
                form.add_error(None, refusal.message)
        context = self.admin_site.each_context(request) | {
            "title": title,
            "intro": _(
                "%(term)s. The person gets an e-mail with the reason. Money goes back by a refund of the payment."
            )
            % {"term": term},
            "form": form,
            "opts": self.opts,
        }
        return render(request, "admin/lockers/form.html", context)

    def get_fields(self, request: HttpRequest, obj: LockerTerm | None = None) -> Any:
        return SHOWN if obj else GIVEN

    def get_inlines(self, request: HttpRequest, obj: LockerTerm | None) -> Any:
        return (EventInline,) if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """Nothing is typed over; the buttons need the right to change."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: LockerTerm, form: forms.ModelForm, change: bool) -> None:
        given = give_locker(obj.user, locker=obj.locker, period=obj.period, by=current_user(request))
        obj.pk = given.pk

    @admin.display(description=_("last day"), ordering="ends_before")
    def last_day(self, term: LockerTerm) -> date:
        return term.last_day

    @admin.display(description=_("unpaid for days"), ordering="given_at")
    def waits(self, term: LockerTerm) -> int | None:
        """How long the office has waited for the money."""
        unpaid = term.state in (LockerTerm.State.HELD, LockerTerm.State.SUSPENDED)
        return (timezone.now() - term.given_at).days if unpaid else None

    @admin.action(description=_("Ask to pay, by e-mail"), permissions=["change"])
    def send_payment_notice(self, request: HttpRequest, queryset: "QuerySet[LockerTerm]") -> None:
        self._tell(request, sum(ask_to_pay(term) for term in queryset.select_related("user", "locker__site")))

    @admin.action(description=_("Ask to empty the locker, by e-mail"), permissions=["change"])
    def send_clear_out_notice(self, request: HttpRequest, queryset: "QuerySet[LockerTerm]") -> None:
        self._tell(request, sum(ask_to_empty(term) for term in queryset.select_related("user", "locker__site")))

    @admin.action(description=_("The locker is empty"), permissions=["change"])
    def mark_empty(self, request: HttpRequest, queryset: "QuerySet[LockerTerm]") -> None:
        at, done = timezone.now(), 0
        for term in queryset:
            try:
                clear_out(term, by=current_user(request), at=at)
                done += 1
            except LockerRefused as refusal:
                messages.error(request, f"{term}: {refusal}")
        text = ngettext("%(n)s term is closed.", "%(n)s terms are closed.", done)
        self.message_user(request, text % {"n": done})

    def _tell(self, request: HttpRequest, written: int) -> None:
        if not written:
            self.message_user(request, gettext("Nobody is to be told, or they were told today."), messages.WARNING)
        else:
            text = ngettext("%(n)s e-mail is on its way.", "%(n)s e-mails are on their way.", written)
            self.message_user(request, text % {"n": written})
