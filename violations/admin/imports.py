"""Import tickets of another system, in the office: a trial first, then for real; how far it is, and what was wrong."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import Model
from django.http import FileResponse, Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.text import format_lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.errors import PortalError
from opscom.lib.readonly import ReadOnly
from violations.importing.mapping import built_in_names
from violations.importing.problems import Problem
from violations.models import ImportRun
from violations.services.imports import AND, read_mapping, read_words, start_import

MEGABYTES = 200


class ImportForm(forms.ModelForm):
    """The file, what its columns are, and what its words mean."""

    file = forms.FileField(label=_("File"), help_text=_("CSV with a heading, plain or gzip, up to 200 MB."))
    mapping = forms.CharField(
        label=_("Columns"),
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=format_lazy(
            _("The name of a built-in table ({names}), or a TOML table of your own."), names=", ".join(built_in_names())
        ),
    )
    words = forms.CharField(
        label=_("Offences and lots"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "TOML tables [offences] and [lots]: what the file's words mean. Empty at first: the trial says what is missing."
        ),
    )

    class Meta:
        model = ImportRun
        fields = ("file", "mapping", "words", "create_offences")

    def clean_file(self) -> UploadedFile:
        upload: UploadedFile = self.cleaned_data["file"]
        if (upload.size or 0) > MEGABYTES * 1024 * 1024:
            raise forms.ValidationError(_("This file is too large. Split it; several imports are one after the other."))
        return upload

    def clean_mapping(self) -> str:
        return _readable(self.cleaned_data["mapping"].strip(), read_mapping)

    def clean_words(self) -> str:
        return _readable(self.cleaned_data["words"], read_words)


@admin.register(ImportRun)
class ImportRunAdmin(ReadOnly, admin.ModelAdmin):
    """Each run stays, with its counts and, for a month, its errors."""

    change_form_template = "violations/office/import.html"
    list_display = ("name", "made_at", "by", "dry_run", "read", "imported", "unchanged", "refused", "finished_at")
    list_select_related = ("by",)
    list_filter = ("dry_run",)
    show_full_result_count = False

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("violations.add_importrun")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs | ({} if obj else {"form": ImportForm}))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return (
            ("name", "by", "made_at", "finished_at", "mapping", "words", "create_offences")
            if obj
            else ImportForm.Meta.fields
        )

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def save_model(self, request: HttpRequest, obj: ImportRun, form: Any, change: bool) -> None:
        """Always a trial first."""
        said = form.cleaned_data
        run = start_import(
            said["file"],
            by=current_user(request),
            mapping=said["mapping"],
            words=said["words"],
            create_offences=said["create_offences"],
        )
        obj.pk = run.pk

    def response_add(self, request: HttpRequest, obj: ImportRun, post_url_continue: str | None = None) -> HttpResponse:
        self.message_user(
            request, gettext("The file is read now, for trial: nothing is written yet."), messages.SUCCESS
        )
        return redirect(_page(obj.pk))

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The run itself says who and when."""

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        run: ImportRun | None = kwargs.get("obj")
        if run is not None:
            names = {problem.value: problem.label for problem in Problem}
            context["problems"] = [(times, names.get(name, name)) for name, times in run.problems.items()]
            context["can_start"] = self.has_add_permission(request) and bool(run.file) and run.finished_at is not None
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        errors = path("<int:pk>/errors/", view(self.errors), name="violations_importrun_errors")
        again = path("<int:pk>/again/", view(self.again), name="violations_importrun_again")
        return [errors, again, *super().get_urls()]

    def errors(self, request: HttpRequest, pk: int) -> FileResponse:
        """What was wrong with which row, as a CSV file."""
        if not self.has_view_permission(request):
            raise PermissionDenied
        run = get_object_or_404(ImportRun, pk=pk)
        if not run.errors:
            raise Http404
        return FileResponse(run.errors.open("rb"), as_attachment=True, filename=f"errors-{run.pk}.csv")

    def again(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The same file once more: for real, or for another trial with completed tables."""
        if not self.has_add_permission(request):
            raise PermissionDenied
        run = get_object_or_404(ImportRun.objects.exclude(file=""), pk=pk)
        if request.method != "POST":
            return redirect(_page(run.pk))
        try:
            new = start_import(
                None,
                by=current_user(request),
                mapping=run.mapping,
                words=AND.join(filter(None, [run.words, request.POST.get("more", "").replace("\r\n", "\n")])),
                create_offences=run.create_offences,
                dry_run="real" not in request.POST,
                again=run,
            )
        except PortalError as error:
            self.message_user(request, error.message, messages.ERROR)
            return redirect(_page(run.pk))
        return redirect(_page(new.pk))


def _readable(text: str, read: Any) -> str:
    try:
        read(text)
    except PortalError as error:
        raise forms.ValidationError(error.message, code=error.code) from error
    return text


def _page(pk: Any) -> str:
    return reverse("admin:violations_importrun_change", args=[pk])
