"""Importing permits of an earlier system in the office."""

from typing import Any, ClassVar

from django import forms
from django.contrib import admin
from django.http import HttpRequest
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.import_admin import FileRunAdmin, UploadForm
from permits.models import PermitImport
from permits.services.import_file import COLUMNS
from permits.services.import_runs import start_import


class PermitFileForm(UploadForm):
    """The file; its columns have fixed names."""

    megabytes = 20
    file = forms.FileField(
        label=_("CSV file"),
        help_text=format_lazy(
            _(
                "The columns {columns}; the last four may be left out. The id is the earlier system's: the same line again adds "
                "nothing. Days are written as 2026-09-30, the moments of a temporary permit as 2026-09-30 14:00, several plates "
                "with | between them. What was paid counts in a refund or an exchange, as credit. Spaces are not counted, and "
                "nobody gets an e-mail."
            ),
            columns=", ".join(COLUMNS),
        ),
    )

    class Meta:
        model = PermitImport
        fields: ClassVar[tuple[str, ...]] = ("file",)


@admin.register(PermitImport)
class PermitImportAdmin(FileRunAdmin):
    """Each file, for trial and for real."""

    upload_form = PermitFileForm
    add_right = "permits.process_permit"

    def start(self, request: HttpRequest, said: dict[str, Any]) -> PermitImport:
        return start_import(said["file"], by=current_user(request))

    def start_again(self, request: HttpRequest, run: Any, *, dry_run: bool) -> PermitImport:
        return start_import(None, by=current_user(request), dry_run=dry_run, again=run)
