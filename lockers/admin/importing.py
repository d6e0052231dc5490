"""Lockers of another system, or of the office's own spreadsheet: looked at first, then written."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from lockers.models import LockerImport
from lockers.services.import_runs import start_import
from lockers.services.sheet import COLUMNS
from opscom.lib.import_admin import FileRunAdmin, UploadForm


class LockerFileForm(UploadForm):
    """The file; its columns have fixed names."""

    megabytes = 20
    file = forms.FileField(
        label=_("CSV file"),
        help_text=format_lazy(
            _(
                "The columns {columns}, as the export writes them. Site and number must be there; a site is written as "
                "Building › Area and must exist. What is there already is changed, nothing is deleted."
            ),
            columns=", ".join(COLUMNS),
        ),
    )

    class Meta:
        model = LockerImport
        fields: ClassVar[tuple[str, ...]] = ("file",)


@admin.register(LockerImport)
class LockerImportAdmin(FileRunAdmin):
    """Each file, for trial and for real."""

    change_form_template = "admin/lockers/import.html"
    upload_form = LockerFileForm
    add_right = "lockers.add_lockerimport"

    def start(self, request: HttpRequest, said: dict[str, Any]) -> LockerImport:
        return start_import(said["file"], by=current_user(request))

    def start_again(self, request: HttpRequest, run: Any, *, dry_run: bool) -> LockerImport:
        return start_import(None, by=current_user(request), dry_run=dry_run, again=run)
