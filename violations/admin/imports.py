"""Import tickets of another system, in the office: a trial first, then for real; how far it is, and what was wrong."""

from typing import Any

from django import forms
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.errors import PortalError
from opscom.lib.import_admin import FileRunAdmin, UploadForm
from violations.importing.mapping import built_in_names
from violations.importing.problems import Problem
from violations.models import ImportRun
from violations.services.imports import AND, read_mapping, read_words, start_import


class ImportForm(UploadForm):
    """The file, what its columns are, and what its words mean."""

    megabytes = 200
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

    def clean_mapping(self) -> str:
        return readable(self.cleaned_data["mapping"].strip(), read_mapping)

    def clean_words(self) -> str:
        return readable(self.cleaned_data["words"], read_words)


@admin.register(ImportRun)
class ImportRunAdmin(FileRunAdmin):
    """Each file of tickets, for trial and for real."""

    change_form_template = "violations/office/import.html"
    upload_form = ImportForm
    add_right = "violations.add_importrun"
    shown = ("name", "by", "made_at", "finished_at", "mapping", "words", "create_offences")

    def start(self, request: HttpRequest, said: dict[str, Any]) -> ImportRun:
        return start_import(
            said["file"],
            by=current_user(request),
            mapping=said["mapping"],
            words=said["words"],
            create_offences=said["create_offences"],
        )

    def start_again(self, request: HttpRequest, run: Any, *, dry_run: bool) -> ImportRun:
        """With completed tables, if some were asked for."""
        return start_import(
            None,
            by=current_user(request),
            mapping=run.mapping,
            words=AND.join(filter(None, [run.words, request.POST.get("more", "").replace("\r\n", "\n")])),
            create_offences=run.create_offences,
            dry_run=dry_run,
            again=run,
        )

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        run: ImportRun | None = kwargs.get("obj")
        if run is not None:
            names = {problem.value: problem.label for problem in Problem}
            context["problems"] = [(times, names.get(name, name)) for name, times in run.problems.items()]
        return super().render_change_form(request, context, *args, **kwargs)


def readable(text: str, read: Any) -> str:
    """The text, where `read` can make something of it; ValidationError says why it cannot."""
    try:
        read(text)
    except PortalError as error:
        raise forms.ValidationError(error.message, code=error.code) from error
    return text
