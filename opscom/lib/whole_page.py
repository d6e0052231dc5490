"""A row's page in the office that shows everything about it beside its form."""

from typing import Any

from django.contrib import admin
from django.db.models import Model
from django.http import HttpRequest, HttpResponse


class WholePage(admin.ModelAdmin):
    """Its template draws what `whole` answers: standing and facts above the form, panels (`opscom.lib.panels`) below it."""

    def whole(self, row: Any, viewer: Any) -> dict[str, Any]:
        """What stands on the page of that row for that viewer."""
        raise NotImplementedError

    def render_change_form(
        self,
        request: HttpRequest,
        context: dict[str, Any],
        add: bool = False,
        change: bool = False,
        form_url: str = "",
        obj: Model | None = None,
    ) -> HttpResponse:
        if obj is not None:
            context |= self.whole(obj, request.user)
        return super().render_change_form(request, context, add, change, form_url, obj)
