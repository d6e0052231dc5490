"""Rollovers in the office: looked at first, then started, then watched."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.filters import ProblemFilter
from opscom.lib.money import format_money
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from permits.models import PermitTerm, PermitTermEvent, RolloverItem, RolloverRun
from permits.services import runs


class RolloverItemInline(ReadOnlyInline):
    """The permits of a run."""

    model = RolloverItem
    fields = ("permit", "outcome", "note")

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
        """What a run would do, with totals and expected failures; nobody is charged until it is started."""
        if not self.has_process_permission(request):
            raise PermissionDenied
        if request.method == "POST":
            run = runs.start_run(by=current_user(request))
            return redirect(reverse("admin:permits_rolloverrun_change", args=[run.pk]))
        context = {
            **self.admin_site.each_context(request),
            "title": _("Rehearse a rollover"),
            "rehearsal": runs.rehearse(),
            "running": RolloverRun.objects.filter(finished_at=None).first(),
            "opts": self.opts,
        }
        return render(request, "admin/permits/rolloverrun/rehearse.html", context)


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
