"""Searches in the office that indexes answer: by how a number, a plate, an address or a name begins."""

from collections.abc import Iterable
from typing import Any, ClassVar

from django.contrib import admin
from django.core.paginator import Paginator
from django.db.models import Model, Q, QuerySet
from django.http import HttpRequest
from django.utils.functional import cached_property


def found_by_any(rows: QuerySet[Any], conditions: Iterable[Q]) -> QuerySet[Any]:
    """The keys of the rows that any of the conditions finds. A UNION, because PostgreSQL answers an OR across tables, or of
    different columns, by reading everything."""
    each = [rows.filter(condition).order_by().values("pk") for condition in conditions]
    return each[0].union(*each[1:]) if len(each) > 1 else each[0]


class CappedPaginator(Paginator):
    """Counts no further than anybody leafs: counting a million rows takes longer than showing a page of them."""

    most = 10_000

    @cached_property
    def count(self) -> int:
        rows: QuerySet[Any] = self.object_list  # type: ignore[assignment]
        return rows.order_by()[: self.most].count()


class LedToAdmin(admin.ModelAdmin):
    """A list to which other pages lead by more than its own columns: `led_by` names those ways."""

    led_by: ClassVar[tuple[str, ...]] = ()

    def lookup_allowed(self, lookup: str, value: str, request: HttpRequest) -> bool:
        return lookup in self.led_by or super().lookup_allowed(lookup, value, request)


class FindingAdmin(LedToAdmin):
    """A list whose search stays quick however long the list grows. `find` says what a typed text may be the beginning of;
    each of its conditions wants an index. `search_fields` merely shows the box, and names what it looks at."""

    def find(self, term: str) -> Iterable[Q]:
        """Conditions for a text without outer or doubled blanks; at least one."""
        raise NotImplementedError

    def get_search_results(
        self, request: HttpRequest, queryset: QuerySet[Model], search_term: str
    ) -> tuple[QuerySet[Model], bool]:
        """Rows that any condition finds; each once."""
        term = " ".join(search_term.split())
        if term:
            queryset = queryset.filter(pk__in=found_by_any(self.model._default_manager.all(), self.find(term)))
        return queryset, False
