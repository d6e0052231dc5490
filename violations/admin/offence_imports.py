"""A city's or a university's catalogue of offences, or the office's own spreadsheet: looked at first, then written."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.import_admin import FileRunAdmin, UploadForm
from violations.admin.imports import readable
from violations.importing.offences.mapping import built_in_names, read_mapping
from violations.models import OffenceImport
from violations.services.offence_imports import start_import


class CatalogueForm(UploadForm):
    """The file, what its columns are, and what becomes of lines without a fine."""

    megabytes = 20
    file = forms.FileField(
        label=_("CSV file"),
        help_text=_(
            "What is there already, by its code, takes over what the file says; nothing is deleted. Tickets that are written keep their terms."
        ),
    )
    mapping = forms.CharField(
        label=_("Columns"),
        initial="portal",
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=format_lazy(
            _(
                "“portal” for columns named as here (code, description, category, amount, reduced_amount, reduced_days, late_amount, late_days, due_days, appeal_days, admin_fee, safety, boot_eligible, rule); a built-in table ({names}); or a TOML table of your own."
            ),
            names=", ".join(built_in_names()),
        ),
    )
    fine = forms.DecimalField(
        label=_("Fine where the file names none"),
        required=False,
        min_value=0,
        max_digits=10,
        decimal_places=2,
        help_text=_("Empty: such lines are refused, each by its number."),
    )

    class Meta:
        model = OffenceImport
        fields: ClassVar[tuple[str, ...]] = ("file", "mapping", "fine")

    def clean_mapping(self) -> str:
        return readable(self.cleaned_data["mapping"].strip(), read_mapping)


@admin.register(OffenceImport)
class OffenceImportAdmin(FileRunAdmin):
    """Each catalogue, for trial and for real."""

    change_form_template = "violations/office/import_offences.html"
    upload_form = CatalogueForm
    add_right = "violations.add_offenceimport"
    shown = ("name", "by", "made_at", "finished_at", "mapping", "fine")

    def start(self, request: HttpRequest, said: dict[str, Any]) -> OffenceImport:
        return start_import(said["file"], by=current_user(request), mapping=said["mapping"], fine=said["fine"])

    def start_again(self, request: HttpRequest, run: Any, *, dry_run: bool) -> OffenceImport:
        return start_import(
            None, by=current_user(request), mapping=run.mapping, fine=run.fine, dry_run=dry_run, again=run
        )
