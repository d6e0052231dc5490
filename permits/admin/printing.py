"""Printing in the office: batches, the print log, and leave to print again."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Q, QuerySet
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.readonly import ReadOnly, ReadOnlyInline
from permits.errors import PermitRefused
from permits.models import Permit, PermitCopy, PrintBatch, PrintItem, Reprint
from permits.services import batches, printing

REFRESH_SECONDS = "5"


class ReprintForm(forms.ModelForm):
    """Why one more copy is printed."""

    reason = forms.CharField(label=_("Reason"), max_length=250)

    class Meta:
        model = Reprint
        fields: ClassVar[list[str]] = ["kind", "reason"]
        labels: ClassVar[dict[str, Any]] = {"kind": _("What happened")}


class CopyInline(ReadOnlyInline):
    """The print log of a permit."""

    model = PermitCopy
    fields = ("number", "at", "by", "acting", "layout", "language", "batch")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PermitCopy]:
        return super().get_queryset(request).select_related("by", "acting", "batch")


class ReprintInline(ReadOnlyInline):
    """What was reported lost, and what the office allowed."""

    model = Reprint
    fields = ("kind", "through", "at", "by", "acting", "reason")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Reprint]:
        return super().get_queryset(request).select_related("by", "acting")


class PrintingVerbs:
    """Before the permits' admin class: printing the chosen ones, and one more copy of one."""

    change_form_template: Any = "admin/permits/permit/change_form.html"
    admin_site: admin.AdminSite
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        reprint = self.admin_site.admin_view(self.reprint_view)
        return [path("<int:pk>/reprint/", reprint, name="permits_permit_reprint"), *super().get_urls()]  # type: ignore[misc]

    def has_print_permission(self, request: HttpRequest) -> bool:
        """Who may print for the office."""
        return bool(request.user.has_perm("permits.add_printbatch"))

    @admin.action(description=_("Print as one file"), permissions=["print"])
    def print_chosen(self, request: HttpRequest, permits: QuerySet[Permit]) -> HttpResponse | None:
        try:
            batch = batches.start_batch(permits.order_by("lot", "number"), by=current_user(request))
        except PermitRefused as refusal:
            messages.error(request, str(refusal))
            return None
        return redirect("admin:permits_printbatch_change", batch.pk)

    def reprint_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Allow one more copy, or write down that the copies so far are lost or stolen."""
        if not request.user.has_perm("permits.add_reprint"):
            raise PermissionDenied
        permit = get_object_or_404(Permit.objects.select_related("holder", "lot"), pk=pk)
        form = ReprintForm(request.POST or None, initial={"kind": Reprint.Kind.OFFICE})
        if request.method == "POST" and form.is_valid():
            try:
                _allow(permit, form.cleaned_data, request)
                messages.success(request, gettext("The holder may print one more copy."))
                return redirect("admin:permits_permit_change", permit.pk)
            except PermitRefused as refusal:
                form.add_error(None, str(refusal))
        context = {
            **self.admin_site.each_context(request),
            "title": gettext("One more copy of %(number)s") % {"number": permit.number},
            "original": permit,
            "opts": self.opts,
            "form": form,
        }
        return render(request, "admin/permits/permit/reprint.html", context)


def _allow(permit: Permit, said: dict[str, Any], request: HttpRequest) -> None:
    by, kind = current_user(request), Reprint.Kind(said["kind"])
    if kind == Reprint.Kind.OFFICE:
        printing.allow_reprint(permit, by=by, reason=said["reason"])
    else:
        printing.report_lost(permit, kind=kind, by=by, reason=said["reason"])


@admin.register(PermitCopy)
class PermitCopyAdmin(ReadOnly, admin.ModelAdmin):
    """The print log: who printed what, when, and how."""

    list_display = ("permit", "number", "at", "by", "layout", "language", "batch")
    list_filter = ("layout", "language", "at")
    list_select_related = ("permit", "by", "batch")
    search_fields = ("permit__number",)
    search_help_text = _("Number of the permit")


class FailedInline(ReadOnlyInline):
    """Those that were not printed, and why."""

    model = PrintItem
    fields = ("permit", "note")
    verbose_name_plural = _("Not printed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrintItem]:
        return super().get_queryset(request).filter(outcome=PrintItem.Outcome.FAILED).select_related("permit")


@admin.register(PrintBatch)
class PrintBatchAdmin(ReadOnly, admin.ModelAdmin):
    """Batches, each with how far it is; a page that is open looks again by itself until all is done."""

    list_display = ("started_at", "by", "done", "finished_at", "expires_at")
    list_select_related = ("by",)
    fields = ("by", "layout", "started_at", "finished_at", "expires_at")
    inlines = (FailedInline,)
    change_form_template = "admin/permits/printbatch/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PrintBatch]:
        waiting = Count("items", filter=Q(items__outcome=PrintItem.Outcome.WAITING))
        return super().get_queryset(request).annotate(n=Count("items"), waiting=waiting)

    @admin.display(description=_("done"))
    def done(self, batch: PrintBatch) -> str:
        """So many of so many."""
        return f"{batch.n - batch.waiting} / {batch.n}"  # type: ignore[attr-defined]

    def get_urls(self) -> list[URLPattern]:
        download = self.admin_site.admin_view(self.download_view)
        return [path("<int:pk>/download/", download, name="permits_printbatch_download"), *super().get_urls()]

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        batch = PrintBatch.objects.filter(pk=object_id).first() if object_id.isdigit() else None
        if batch is None:
            return super().change_view(request, object_id, form_url, extra_context)
        done, failed, n = batches.progress(batch)
        may = request.user.has_perm("permits.add_printbatch")
        context = {"done": done, "failed": failed, "n": n, "may_download": may}
        answer = super().change_view(request, object_id, form_url, context | (extra_context or {}))
        if batch.finished_at is None and answer.status_code == 200:
            answer.headers["Refresh"] = REFRESH_SECONDS
        return answer

    def download_view(self, request: HttpRequest, pk: int) -> FileResponse:
        """The file, while it is there."""
        if not request.user.has_perm("permits.add_printbatch"):
            raise PermissionDenied
        batch = get_object_or_404(PrintBatch.objects.exclude(file=""), pk=pk)
        try:
            return FileResponse(batch.file.open("rb"), as_attachment=True, filename=f"permits-{batch.pk}.pdf")
        except FileNotFoundError as error:
            raise Http404 from error
