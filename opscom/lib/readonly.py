"""Rows in the office that services write and people only look at."""

from typing import Any, ClassVar

from django.contrib import admin
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from opscom.lib.reasons import said_reason


class ReadOnly:
    """Before an admin class: nothing is added, changed or deleted by hand."""

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False


class ReadOnlyInline(ReadOnly, admin.TabularInline):
    """Rows of another model below the page."""

    extra = 0
    can_delete = False


class StateEventInline(ReadOnlyInline):
    """The history of a row, by what opscom.lib.events writes with each change of state."""

    fields: ClassVar[tuple[str, ...]] = ("at", "by", "acting", "from_word", "to_word", "reason_word")

    readonly_fields: ClassVar[tuple[str, ...]] = ("from_word", "to_word", "reason_word")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("by", "acting")

    @admin.display(description=_("from"))
    def from_word(self, event: Any) -> str:
        """The state before, as people say it."""
        return self._said(event.from_state) or "–"

    @admin.display(description=_("to"))
    def to_word(self, event: Any) -> str:
        """The state that it reached, as people say it."""
        return self._said(event.to_state)

    @admin.display(description=_("reason"))
    def reason_word(self, event: Any) -> str:
        """What the portal itself wrote, in the reader's language."""
        return said_reason(event.reason)

    def _said(self, state: str) -> str:
        words: Any = self.parent_model._meta.get_field("state")
        return str(dict(words.choices or ()).get(state, state))
