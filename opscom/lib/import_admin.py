"""The office's page of imports: a trial first, then for real; how far it is, and what was wrong with which line."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from opscom.lib.errors import PortalError
from opscom.lib.import_runs import FileRun
from opscom.lib.readonly import ReadOnly

REFRESH_SECONDS = "5"


class UploadForm(forms.ModelForm):
    """A file of so many megabytes at most."""

    megabytes: int

    def clean_file(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["file"]
        if (upload.size or 0) > self.megabytes * 1024 * 1024:
            raise forms.ValidationError(_("This file is too large. Split it; several imports are one after the other."))
        return upload


class FileRunAdmin(ReadOnly, admin.ModelAdmin):
    """Each run stays, with its counts and, for a month, its errors."""

    change_form_template = "admin/import_run.html"
    list_display = ("name", "made_at", "by", "dry_run", "read", "imported", "unchanged", "refused", "finished_at")
    list_select_related = ("by",)
    list_filter = ("dry_run",)
    upload_form: type[UploadForm]
    shown: tuple[str, ...] = ("name", "by", "made_at", "finished_at")
    add_right: str

    def start(self, request: HttpRequest, said: dict[str, Any]) -> FileRun:
        """A trial of the file in a valid form."""
        raise NotImplementedError

    def start_again(self, request: HttpRequest, run: FileRun, *, dry_run: bool) -> FileRun:
        """The same file once more. PortalError."""
        raise NotImplementedError

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm(self.add_right)

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs | ({} if obj else {"form": self.upload_form}))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.shown if obj else self.upload_form._meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def save_model(self, request: HttpRequest, obj: FileRun, form: Any, change: bool) -> None:
        """Always a trial first."""
        obj.pk = self.start(request, form.cleaned_data).pk

    def response_add(self, request: HttpRequest, obj: FileRun, post_url_continue: str | None = None) -> HttpResponse:
        self.message_user(
            request, gettext("The file is read now, for trial: nothing is written yet."), messages.SUCCESS
        )
        return redirect(self._page(obj.pk))

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The run itself says who and when."""

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        run: FileRun | None = kwargs.get("obj")
        if run is not None:
            context["can_start"] = self.has_add_permission(request) and bool(run.file) and run.finished_at is not None
        answer = super().render_change_form(request, context, *args, **kwargs)
        if run is not None and run.finished_at is None:
            answer.headers["Refresh"] = REFRESH_SECONDS
        return answer

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, f"{self.opts.app_label}_{self.opts.model_name}"
        errors = path("<int:pk>/errors/", view(self.errors), name=f"{name}_errors")
        again = path("<int:pk>/again/", view(self.again), name=f"{name}_again")
        return [errors, again, *super().get_urls()]

    def errors(self, request: HttpRequest, pk: int) -> FileResponse:
        """What was wrong with which row, as a CSV file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = get_object_or_404(self.model, pk=pk)
        if not run.errors:
            raise Http404
        return FileResponse(run.errors.open("rb"), as_attachment=True, filename=f"errors-{run.pk}.csv")

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same file once more: for real, or for another trial."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        run = get_object_or_404(self.model._default_manager.exclude(file=""), pk=pk)
        if request.method != "POST":
            return redirect(self._page(run.pk))
        try:
            new = self.start_again(request, run, dry_run="real" not in request.POST)
        except PortalError as error:
            self.message_user(request, error.message, messages.ERROR)
            return redirect(self._page(run.pk))
        return redirect(self._page(new.pk))

    def _page(self, pk: Any) -> str:
        return reverse(f"admin:{self.opts.app_label}_{self.opts.model_name}_change", args=[pk])
