"""Lockers by number, and who looked at their combinations."""

import csv
from typing import Any, ClassVar

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.decorators import method_decorator
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache

from accounts.current import current_user
from lockers.admin.forms import CombinationForm, RangeForm
from lockers.errors import LockerRefused
from lockers.models import CombinationView, Locker, LockerTerm
from lockers.services.combinations import note_changed_lock, set_combinations, show_to_staff
from lockers.services.numbering import add_lockers, existing_lockers
from lockers.services.sheet import write_sheet
from lockers.tree import SEPARATOR
from opscom.lib.just_made import JustMadeAdmin
from opscom.lib.readonly import ReadOnly, ReadOnlyInline
from opscom.lib.taken import EXPORT


class TermInline(ReadOnlyInline):
    """Who has had the locker."""

    model = LockerTerm
    fields = ("user", "starts_on", "ends_before", "state")
    readonly_fields: ClassVar = fields

    def get_queryset(self, request: HttpRequest) -> "QuerySet[LockerTerm]":
        return super().get_queryset(request).select_related("user")


@admin.register(Locker)
class LockerAdmin(JustMadeAdmin):
    """Lockers by number."""

    list_display = ("number", "place", "size", "condition", "to_change", "note")
    list_filter = ("condition", "to_change", "site")
    list_select_related = ("site__parent",)
    search_fields = ("number", "site__name")
    autocomplete_fields = ("site",)
    actions = ("mark_good", "mark_broken", "mark_archived")

    change_list_template = "admin/lockers/locker/change_list.html"
    change_form_template = "admin/lockers/locker/change_form.html"

    @admin.display(description=_("site"), ordering="site")
    def place(self, locker: Locker) -> str:
        """The area with what it is in: two buildings may have a first floor each."""
        above = locker.site.parent
        return f"{above}{SEPARATOR}{locker.site}" if above else str(locker.site)

    def get_urls(self) -> list[URLPattern]:
        return [
            path("export/", self.admin_site.admin_view(self.export_view), name="lockers_locker_export"),
            path("range/", self.admin_site.admin_view(self.range_view), name="lockers_locker_range"),
            path(
                "<int:pk>/combination/",
                self.admin_site.admin_view(self.combination_view),
                name="lockers_locker_combination",
            ),
            *super().get_urls(),
        ]

    def range_view(self, request: HttpRequest) -> HttpResponse:
        """Many lockers at once, by their numbers; looked at first, then made."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        form, preview = RangeForm(request.POST or None), None
        if request.method == "POST" and form.is_valid():
            site, numbers = form.cleaned_data["site"], form.cleaned_data["numbers"]
            if "add" in request.POST:
                made = add_lockers(site, numbers, size=form.cleaned_data["size"])
                self.note_made(request, made)
                text = ngettext("%(n)s locker is new.", "%(n)s lockers are new.", len(made))
                self.message_user(request, text % {"n": len(made)})
                return redirect("admin:lockers_locker_changelist")
            known = existing_lockers(site, numbers)
            preview = {"first": numbers[0], "last": numbers[-1], "new": len(numbers) - len(known)}
            preview["known"] = [number for number in numbers if number in known]
        context = {"title": _("Add a range"), "form": form, "opts": self.opts, "preview": preview}
        return render(request, "admin/lockers/locker/range.html", self.admin_site.each_context(request) | context)

    def export_view(self, request: HttpRequest) -> HttpResponse:
        """All lockers as CSV, which the import reads again; for whoever may take lists out."""
        if not self.has_view_permission(request) or not request.user.has_perm(EXPORT):
            raise PermissionDenied
        answer = HttpResponse(content_type="text/csv; charset=utf-8")
        answer.headers["Content-Disposition"] = 'attachment; filename="lockers.csv"'
        csv.writer(answer).writerows(write_sheet())
        return answer

    @method_decorator(never_cache)
    def combination_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """See the combination, which is written down; note that the lock was changed; keep other combinations."""
        if not request.user.has_perm("lockers.open_locker"):
            raise PermissionDenied
        locker = get_object_or_404(Locker.objects.select_related("site"), pk=pk)
        form, seen = CombinationForm(request.POST or None), ""
        try:
            if "show" in request.POST:
                seen, form = show_to_staff(locker, by=current_user(request)), CombinationForm()
            elif "changed" in request.POST:
                note_changed_lock(locker)
                return redirect("admin:lockers_locker_combination", pk)
            elif "keep" in request.POST and form.is_valid():
                set_combinations(locker, form.cleaned_data["combinations"])
                self.message_user(request, _("The combinations are kept."))
                return redirect("admin:lockers_locker_change", pk)
        except LockerRefused as refusal:
            messages.error(request, str(refusal))
        context = self.admin_site.each_context(request) | {
            "title": _("Combination"),
            "locker": locker,
            "count": locker.combinations.count(),
            "seen": seen,
            "form": form if "keep" in request.POST else CombinationForm(),
            "opts": self.opts,
        }
        return render(request, "admin/lockers/locker/combination.html", context)

    def get_inlines(self, request: HttpRequest, obj: Locker | None) -> Any:
        return (TermInline,) if obj else ()

    @admin.action(description=_("Condition: good"), permissions=["change"])
    def mark_good(self, request: HttpRequest, queryset: "QuerySet[Locker]") -> None:
        self._mark(queryset, Locker.Condition.GOOD)

    @admin.action(description=_("Condition: broken"), permissions=["change"])
    def mark_broken(self, request: HttpRequest, queryset: "QuerySet[Locker]") -> None:
        self._mark(queryset, Locker.Condition.BROKEN)

    @admin.action(description=_("Condition: archived"), permissions=["change"])
    def mark_archived(self, request: HttpRequest, queryset: "QuerySet[Locker]") -> None:
        self._mark(queryset, Locker.Condition.ARCHIVED)

    def _mark(self, lockers: "QuerySet[Locker]", condition: Locker.Condition) -> None:
        """One by one, so that the audit trail tells of each."""
        for locker in lockers.exclude(condition=condition):
            locker.condition = condition
            locker.save(update_fields=["condition"])


@admin.register(CombinationView)
class CombinationViewAdmin(ReadOnly, admin.ModelAdmin):
    """Who saw which combination, and when."""

    list_display = ("at", "locker", "by", "acting", "term")
    list_select_related = ("locker__site", "by", "acting", "term__locker__site", "term__user")
    search_fields = ("locker__number", "by__email", "by__last_name")
    date_hierarchy = "at"
