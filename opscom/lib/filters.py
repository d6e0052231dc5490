"""Filters of the office's lists that ask the table nothing: Django's own reads every row to learn which values a text has."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Choices = Iterable[tuple[str, str | Promise]]


class Values(admin.SimpleListFilter):
    """A column that holds one of a few values known beforehand."""

    values: Callable[[], Choices]

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[Any, str]]:
        return [(value, str(words)) for value, words in type(self).values()]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        return queryset.filter(**{self.parameter_name or "": self.value()}) if self.value() else queryset


def values_of(column: str, title: str | Promise, values: Callable[[], Choices]) -> type[Values]:
    """The filter for that column."""
    return type("ValuesOfColumn", (Values,), {"parameter_name": column, "title": title, "values": staticmethod(values)})


class ProblemFilter(admin.SimpleListFilter):
    """Rows whose `problem` says something."""

    title = _("problem")
    parameter_name = "trouble"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes")), ("no", _("No"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[Any]) -> QuerySet[Any]:
        told = {"yes": queryset.exclude(problem=""), "no": queryset.filter(problem="")}
        return told.get(self.value() or "", queryset)
