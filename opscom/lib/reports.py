"""What a report of the office is, and the register to which each app adds its own: `<app>/reports` asks, opscom.office.reports shows."""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal
from enum import Enum
from typing import Any, ClassVar

from django import forms
from django.db import models
from django.db.models import Q
from django.urls import reverse
from django.utils.functional import Promise
from django.utils.http import urlencode
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import end_of_day, start_of_day, today
from opscom.lib.forms import PeriodForm

Words = str | Promise
Cell = str | Promise | int | Decimal | date | None
Asked = Mapping[str, Any]


class Topic(models.TextChoices):
    """What a report is about: the headings of the list of reports."""

    MONEY = "money", _("Money")
    PERMITS = "permits", _("Permits")
    TICKETS = "tickets", _("Tickets")
    OTHER = "other", _("Lockers and texts")
    AUDIT = "audit", _("Audit")


class Kind(Enum):
    """What stands in a column. A percentage is a number from 0 to 100."""

    TEXT = "text"
    NUMBER = "number"
    MONEY = "money"
    PERCENT = "percent"
    DATE = "date"
    MOMENT = "moment"

    @property
    def is_figure(self) -> bool:
        """It stands at the right."""
        return self in (Kind.NUMBER, Kind.MONEY, Kind.PERCENT)


@dataclass(frozen=True)
class Column:
    """One column; `total` adds it up at the foot."""

    title: Words
    kind: Kind = Kind.TEXT
    total: bool = False


@dataclass(frozen=True)
class Line:
    """One row: a cell for each column, and by the number of a column the address of the rows behind its figure."""

    cells: Sequence[Cell]
    links: Mapping[int, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Chart:
    """Bars drawn from the table: which column names a bar, which is its length, and which divides it."""

    label: int
    value: int
    part: int | None = None


class DayForm(forms.Form):
    """As it stood at the end of a day."""

    last = forms.DateField(
        label=_("On"), widget=forms.DateInput({"type": "date", "class": "form-control"}, format="%Y-%m-%d")
    )


class NoForm(forms.Form):
    """As it stands now."""


@dataclass(frozen=True)
class Filter:
    """Narrows a report to what has one value. `of` are the rows to choose from, told apart by their column `by`, or it answers
    pairs of value and words. `column` leads from what is counted to the value, and names it in the address of the office's list,
    unless that calls it `listed`; without one the report itself sees to it."""

    name: str
    label: Any  # words, translated where they are shown
    of: "models.QuerySet[Any] | Callable[[], Iterable[tuple[str, Words]]]"
    column: str = ""
    listed: str = ""
    by: str = "pk"

    def field(self) -> forms.Field:
        """How it is asked for; nothing chosen is all."""
        if isinstance(self.of, models.QuerySet):
            return forms.ModelChoiceField(
                self.of, label=self.label, required=False, to_field_name=self.by, empty_label=_("All")
            )
        pairs = self.of
        return forms.ChoiceField(label=self.label, required=False, choices=lambda: [("", _("All")), *pairs()])

    def value(self, asked: Asked) -> Any:
        """What was chosen; None where nothing was."""
        chosen = asked.get(self.name)
        return getattr(chosen, self.by) if isinstance(chosen, models.Model) else chosen or None


class Report:
    """One report. `rows` answers its lines for what was asked, in constant memory where they are many; `right` is the
    permission to see it, `opens` the one that its links need. `long`: it may have more lines than fit on paper, and says
    its totals without reading them."""

    key: ClassVar[str]
    title: ClassVar[Words]
    about: ClassVar[Words]
    topic: ClassVar[Topic]
    right: ClassVar[str]
    opens: ClassVar[str] = ""
    columns: ClassVar[tuple[Column, ...]]
    form: ClassVar[type[forms.Form]] = PeriodForm
    filters: ClassVar[tuple[Filter, ...]] = ()
    chart: ClassVar[Chart | None] = None
    long: ClassVar[bool] = False

    def __init_subclass__(cls, **kwargs: Any) -> None:
        """Its form asks for its filters, too."""
        super().__init_subclass__(**kwargs)
        fields = {each.name: each.field() for each in cls.filters}
        cls.form = type(cls.form.__name__, (cls.form,), fields) if fields else cls.form

    def chosen(self, asked: Asked) -> dict[str, Any]:
        """By their names the filters in which something was chosen."""
        return {each.name: value for each in self.filters if (value := each.value(asked)) is not None}

    def narrowed(self, asked: Asked, *, above: str = "") -> Q:
        """What rows must hold to be counted; `above` leads from them to those where the columns of the filters begin."""
        chosen = self.chosen(asked)
        each = (each for each in self.filters if each.column and each.name in chosen)
        return Q(**{f"{above}{one.column}": chosen[one.name] for one in each})

    def listed(self, asked: Asked) -> dict[str, Any]:
        """The same in the address of their list."""
        chosen = self.chosen(asked)
        each = (each for each in self.filters if each.column and each.name in chosen)
        return {one.listed or f"{one.column}__exact": chosen[one.name] for one in each}

    def columns_of(self, asked: Asked) -> tuple[Column, ...]:
        """Its columns, where they depend on what is asked."""
        return self.columns

    def rows(self, asked: Asked) -> Iterable[Line]:
        """Its lines."""
        raise NotImplementedError

    def totals(self, asked: Asked) -> list[Cell]:
        """The foot of a long report: a cell for each column."""
        raise NotImplementedError

    def initial(self) -> dict[str, Any]:
        """What is asked where nothing is: this month, or today."""
        day = today()
        found = {"first": day.replace(day=1), "last": day}
        return {name: found[name] for name in found if name in self.form.base_fields}


_reports: dict[str, Report] = {}


def register(*reports: Report) -> None:
    """Called from `AppConfig.ready()`."""
    _reports.update({report.key: report for report in reports})


def all_reports() -> list[Report]:
    """Every report, in the order in which apps registered them."""
    return list(_reports.values())


def find_report(key: str) -> Report | None:
    """The one of that name."""
    return _reports.get(key)


class Sums:
    """What the totals of a report's lines are, added up while they pass."""

    def __init__(self, columns: Sequence[Column]) -> None:
        self.columns = columns
        self.count = 0
        self._sums: list[Any] = [0 for _column in columns]

    def over(self, lines: Iterable[Line]) -> Iterator[Line]:
        """The same lines, each added."""
        summed = [number for number, column in enumerate(self.columns) if column.total]
        for line in lines:
            for number in summed:
                self._sums[number] += line.cells[number] or 0
            self.count += 1
            yield line

    @property
    def cells(self) -> list[Cell]:
        """The foot: nothing where a column is not added up."""
        pairs = zip(self.columns, self._sums, strict=True)
        return [total if column.total else None for column, total in pairs]


def moments_of(asked: Asked) -> tuple[datetime, datetime]:
    """From the start of the first day until before the end of the last, in office time."""
    return start_of_day(asked["first"]), end_of_day(asked["last"])


def rows_behind(model: str, **conditions: Any) -> str:
    """The address of the rows of app_model that hold these conditions, in the office's list."""
    return f"{reverse(f'admin:{model}_changelist')}?{urlencode(conditions)}"
