"""Lists of the office whose columns want more than their rows have: read for many rows at once, for the page and for its file."""

from typing import Any

from django.contrib import admin
from django.contrib.admin.views.main import ChangeList
from django.http import HttpRequest


class PreparedRows(admin.ModelAdmin):
    """Its columns show what `prepare_rows` adds to the rows."""

    def prepare_rows(self, rows: list[Any]) -> list[Any]:
        """The same rows, ready to be shown, in the order in which they are."""
        raise NotImplementedError

    def get_changelist_instance(self, request: HttpRequest) -> ChangeList:
        """All rows of the page at once."""
        changes = super().get_changelist_instance(request)
        changes.result_list = self.prepare_rows(list(changes.result_list))
        return changes
