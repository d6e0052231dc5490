"""Importing permits of an earlier system in the office: first what would happen, then the button."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.current import current_user
from opscom.lib.forms import CsvForm
from permits.errors import PermitRefused
from permits.services.import_file import COLUMNS, Row, read_rows
from permits.services.importing import import_rows

PROCESS = "permits.process_permit"


class ImportingVerb:
    """Before the permits' admin class: a page that takes a CSV file."""

    change_list_template: Any = "admin/permits/permit/change_list.html"
    admin_site: admin.AdminSite
    opts: Any

    def get_urls(self) -> list[URLPattern]:
        door = self.admin_site.admin_view(self.import_view)
        return [path("import/", door, name="permits_permit_import"), *super().get_urls()]  # type: ignore[misc]

    def import_view(self, request: HttpRequest) -> HttpResponse:
        """Every line with what happens to it; nothing happens before it is confirmed."""
        if not request.user.has_perm(PROCESS):
            raise PermissionDenied
        posted = request.method == "POST"
        form = CsvForm(request.POST if posted else None, request.FILES if posted else None)
        rows: list[Row] = []
        done = False
        if posted and form.is_valid():
            text, done = form.cleaned_data["text"], "confirm" in request.POST
            try:
                rows = import_rows(text, by=current_user(request)) if done else read_rows(text)
            except PermitRefused as refusal:
                form.add_error("file", refusal.message)
            else:
                form = CsvForm(initial={"text": text})
        new = sum(row.is_new for row in rows)
        if rows and done:
            messages.success(request, ngettext("%(n)s permit imported.", "%(n)s permits imported.", new) % {"n": new})
            if not any(row.problem for row in rows):
                return redirect("admin:permits_permit_changelist")
        context = {"form": form, "rows": rows, "new": new, "done": done, "columns": ", ".join(COLUMNS)}
        around = {**self.admin_site.each_context(request), "title": _("Import permits"), "opts": self.opts}
        return render(request, "admin/permits/permit/import.html", {**around, **context})
