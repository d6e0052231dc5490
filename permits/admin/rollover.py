"""Rollovers in the office: looked at first, then started, then watched."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.filters import ProblemFilter
from opscom.lib.money import format_money
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from permits.errors import PermitRefused
from permits.models import PermitTerm, PermitTermEvent, RolloverItem, RolloverRun
from permits.services import exclusions, runs


class LeaveOutForm(forms.Form):
    """Which permits a run leaves out, why, and until when."""

    without = forms.TypedMultipleChoiceField(coerce=int, required=False)
    reason = forms.CharField(label=_("Why they are left out"), max_length=200, required=False)
    until = forms.DateField(
        label=_("Left out until"),
        required=False,
        widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d"),
        help_text=_("From that day on a rollover takes them up again. Empty: the day before they end."),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        chosen = self.data.getlist("without") if hasattr(self.data, "getlist") else []
        self.fields["without"].choices = [(key, key) for key in chosen if key.isdecimal()]  # type: ignore[attr-defined]

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if cleaned.get("until") and cleaned["until"] <= today():
            self.add_error("until", _("Choose a day that comes."))
        if cleaned.get("without") and not cleaned.get("reason"):
            self.add_error("reason", _("Say why they are left out; it stays in their history."))
        return cleaned


class RolloverItemInline(ReadOnlyInline):
    """The permits of a run."""

    model = RolloverItem
    fields = ("permit", "outcome", "note", "until")

    def get_queryset(self, request: HttpRequest) -> QuerySet[RolloverItem]:
        return super().get_queryset(request).select_related("permit")


@admin.register(RolloverRun)
class RolloverRunAdmin(ReadOnly, admin.ModelAdmin):
    """Runs, each with how far it is."""

    list_display = ("code", "started_at", "by", "through", "done", "finished_at")
    list_select_related = ("by",)
    fields = ("code", "by", "through", "started_at", "finished_at", "done", "brought")
    readonly_fields = ("code", "done", "brought")
    inlines = (RolloverItemInline,)
    change_list_template = "admin/permits/rolloverrun/change_list.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[RolloverRun]:
        waiting = Count("items", filter=Q(items__outcome=RolloverItem.Outcome.WAITING))
        return super().get_queryset(request).annotate(n=Count("items"), waiting=waiting)

    def get_urls(self) -> list[URLPattern]:
        rehearse = self.admin_site.admin_view(self.rehearse_view)
        return [path("rehearse/", rehearse, name="permits_rolloverrun_rehearse"), *super().get_urls()]

    def has_process_permission(self, request: HttpRequest) -> bool:
        """Finance and managers."""
        return bool(request.user.has_perm("permits.process_rolloverrun"))

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        return super().changelist_view(request, {"may_start": self.has_process_permission(request)})

    @admin.display(description=_("done"))
    def done(self, run: RolloverRun) -> str:
        """So many of so many."""
        return f"{run.n - run.waiting} / {run.n}"  # type: ignore[attr-defined]

    @admin.display(description=_("collected"))
    def brought(self, run: RolloverRun) -> str:
        """What its months have brought so far."""
        return format_money(runs.collected(run))

    def rehearse_view(self, request: HttpRequest) -> HttpResponse:
        """What a run would do, with totals and expected failures, and without whom staff leave out; nobody is charged until it is
        started."""
        if not self.has_process_permission(request):
            raise PermissionDenied
        if back := request.POST.get("let_in", ""):
            return self._let_in(request, back)
        form = LeaveOutForm(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                if "start" in request.POST:
                    run = runs.start_run(by=current_user(request), **form.cleaned_data)
                    return redirect(reverse("admin:permits_rolloverrun_change", args=[run.pk]))
            except PermitRefused as refusal:
                form.add_error("reason" if refusal.code == "reason" else None, str(refusal))
        said = form.cleaned_data if form.is_bound else {}
        context = {
            **self.admin_site.each_context(request),
            "title": _("Rehearse a rollover"),
            "rehearsal": runs.rehearse(without=said.get("without", ()), until=said.get("until")),
            "running": RolloverRun.objects.filter(finished_at=None).first(),
            "waiting": exclusions.waiting_items(today()),
            "form": form,
            "opts": self.opts,
        }
        return render(request, "admin/permits/rolloverrun/rehearse.html", context)

    def _let_in(self, request: HttpRequest, key: str) -> HttpResponse:
        """One that was left out waits no longer."""
        item = get_object_or_404(RolloverItem, pk=key if key.isdecimal() else 0)
        try:
            exclusions.let_in(item, by=current_user(request))
        except PermitRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("The next rollover takes %(permit)s up again.") % {"permit": item.permit})
        return redirect("admin:permits_rolloverrun_rehearse")


class PermitTermEventInline(StateEventInline):
    """History of a renewal."""

    model = PermitTermEvent


@admin.register(PermitTerm)
class PermitTermAdmin(ReadOnly, admin.ModelAdmin):
    """Months by which permits went on, or did not."""

    list_display = ("permit", "starts_on", "ends_before", "state", "problem", "next_try_at", "lapses_at")
    list_filter = ("state", ProblemFilter, "starts_on")
    list_select_related = ("permit",)
    search_fields = ("permit__number",)
    inlines = (PermitTermEventInline,)
