"""What a page of everything about one thing is made of: panels with the newest rows of each kind, and a link to all of them."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, QuerySet, Window
from django.urls import reverse
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.timezone import localtime

from opscom.lib.money import format_money

Words = str | Promise
NEWEST = 5
WIDE = 5  # columns that do not fit into half a page
NO_WORD = "–"


@dataclass(frozen=True)
class Cell:
    """One cell: a text, perhaps with a link, drawn as a state (`pill`), as a figure, or with a longer text to be opened."""

    text: Words
    link: str = ""
    pill: str = ""
    figure: bool = False
    body: Words = ""


@dataclass(frozen=True)
class Panel:
    """The newest rows of one kind. `counts` stand beside the title; `more` is the address of the full list."""

    key: str
    title: Words
    heads: Sequence[Words] = ()
    rows: Sequence[Sequence[Cell]] = ()
    counts: str = ""
    more: str = ""
    more_words: Words = ""
    empty: Words = ""
    template: str = "admin/whole/_table.html"
    extra: Mapping[str, Any] = field(default_factory=dict)

    @property
    def is_empty(self) -> bool:
        """It has a table, and nothing in it."""
        return bool(self.heads) and not self.rows

    @property
    def is_wide(self) -> bool:
        """It needs the width of the page."""
        return len(self.heads) >= WIDE

    @property
    def columns(self) -> list[tuple[Words, bool]]:
        """The heads, each with whether figures stand below it."""
        first = self.rows[0] if self.rows else ()
        return [(head, cell.figure) for head, cell in zip(self.heads, first, strict=True)] if first else []

    @property
    def lines(self) -> list[list[tuple[Words, Cell]]]:
        """Each row as pairs of head and cell, so that a phone can say what a cell is."""
        return [list(zip(self.heads, row, strict=True)) for row in self.rows]


@dataclass(frozen=True)
class Fact:
    """A line of what something is."""

    label: Words
    cells: Sequence[Cell]


@dataclass(frozen=True)
class Deed:
    """Something that the viewer may do here."""

    words: Words
    link: str
    main: bool = False


def newest(rows: QuerySet[Any], *, most: int = NEWEST, **counts: Q) -> tuple[list[Any], dict[str, int]]:
    """The first rows, so many at most, with how many there are of each: `all` of them, and those of each condition; one query."""
    conditions = {"all": None} | counts
    windows = {f"n_{name}": Window(Count("pk", filter=condition)) for name, condition in conditions.items()}
    found = list(rows.annotate(**windows)[:most])
    first = found[0] if found else None
    return found, {name: getattr(first, f"n_{name}", 0) for name in ("all", *counts)}


def in_words(*parts: str) -> str:
    """Counts, one after the other; empty ones are left out."""
    return " · ".join(filter(None, parts))


def money(amount: Decimal | None, link: str = "") -> Cell:
    """An amount at the right."""
    return Cell(NO_WORD if amount is None else format_money(amount), link, figure=True)


def moment(at: datetime | None) -> Cell:
    """Day and time, short."""
    return Cell(date_format(localtime(at), "SHORT_DATETIME_FORMAT") if at else NO_WORD)


def day(on: date | None) -> Cell:
    """A day, short."""
    return Cell(date_format(on, "SHORT_DATE_FORMAT") if on else NO_WORD)


def name_of(user: Any) -> str:
    """Who it was."""
    return user.get_full_name() if user else NO_WORD


def page_of(model: str, pk: int) -> str:
    """The office's page of one row of app_model."""
    return reverse(f"admin:{model}_change", args=[pk])


def list_of(model: str, **conditions: Any) -> str:
    """The office's list of app_model with those conditions."""
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(conditions)}"
