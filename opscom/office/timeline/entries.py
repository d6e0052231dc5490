"""What one line of the history is, and what a source of such lines must offer."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, ClassVar, NamedTuple

from django.db.models import (
    BigIntegerField,
    CharField,
    DateField,
    DateTimeField,
    Expression,
    F,
    Q,
    QuerySet,
    Value,
)
from django.db.models.functions import Cast, Coalesce, NullIf
from django.utils.functional import Promise
from django.utils.translation import get_language

from accounts.models import User
from opscom.lib.money import MoneyField

Expr = Expression | F


class Found(NamedTuple):
    """The columns that every source answers, in the order of the SQL union. `text` columns are never NULL."""

    kind: str
    pk: int
    at: datetime
    ref: str
    what: str
    detail: str
    state: str
    amount: Decimal | None
    starts_on: date | None
    ends_before: date | None
    starts_at: datetime | None
    ends_at: datetime | None
    by: int | None
    acting: int | None


@dataclass
class Entry:
    """One line, as pages and files show it."""

    found: Found
    icon: str
    heading: str = ""
    pill: str = ""
    word: str = ""
    text: str = ""
    link: str = ""
    link_text: str = ""
    link_lead: str = ""  # said before the link
    link_is_code: bool = False
    by: str = ""
    acting: str = ""

    @property
    def cursor(self) -> str:
        """Where the next, older page begins."""
        return Cursor(self.found.at, self.found.kind, self.found.pk).code


class Cursor(NamedTuple):
    """A place between two lines. Lines are ordered by moment, kind and key, all of them falling."""

    at: datetime
    kind: str
    pk: int

    @property
    def code(self) -> str:
        """As an address carries it."""
        return f"{self.at.timestamp():.6f}_{self.kind}_{self.pk}"

    def older(self, kind: str, at: str, pk: str = "pk") -> Q:
        """What of that kind comes after this place; `at` and `pk` are the source's own columns."""
        before = Q(**{f"{at}__lt": self.at})
        if kind < self.kind:
            return before | Q(**{at: self.at})
        if kind == self.kind:
            return before | Q(**{at: self.at, f"{pk}__lt": self.pk})
        return before


class Source:
    """One kind of line."""

    kind: ClassVar[str]
    label: ClassVar[str | Promise]
    icon: ClassVar[str]
    at: ClassVar[str]  # the column of the moment
    pills: ClassVar[dict[str, tuple[str, str | Promise]]] = {}  # state: (colour, word)

    def is_on(self) -> bool:
        """Whether the office uses what it tells of."""
        return True

    def of(self, user: User) -> QuerySet[Any]:
        """The rows of that person."""
        raise NotImplementedError

    def columns(self) -> dict[str, Expr]:
        """Expressions for the columns other than kind, pk and at."""
        raise NotImplementedError

    def describe(self, entry: Entry) -> None:
        """Put the columns into words, in the reader's language."""
        raise NotImplementedError

    def complete(self, entries: list[Entry]) -> None:
        """Add what the union cannot hold, in one query for all of them."""

    def rows(
        self, user: User, *, since: datetime | None, until: datetime | None, after: Cursor | None
    ) -> QuerySet[Any]:
        """This source's part of the union."""
        rows = self.of(user).order_by()
        if since:
            rows = rows.filter(**{f"{self.at}__gte": since})
        if until:
            rows = rows.filter(**{f"{self.at}__lt": until})
        if after:
            rows = rows.filter(after.older(self.kind, self.at))
        given = EMPTY | self.columns()
        aliases = {f"row_{name}": given[name] for name in EMPTY}
        named = rows.annotate(row_kind=Value(self.kind, CharField()), row_pk=F("pk"), row_at=F(self.at), **aliases)
        return named.values_list("row_kind", "row_pk", "row_at", *aliases)


def entries_of(sources: Iterable[Source], found: Iterable[Found]) -> list[Entry]:
    """The lines in words, each source asked once for what is missing."""
    by_kind = {source.kind: source for source in sources}
    entries = [Entry(row, by_kind[row.kind].icon) for row in found]
    for kind, source in by_kind.items():
        own = [entry for entry in entries if entry.found.kind == kind]
        if own:
            source.complete(own)
        for entry in own:
            entry.pill, word = source.pills.get(entry.found.state, ("", ""))
            entry.word = str(word)
            source.describe(entry)
    return entries


def nothing(of: Any) -> Expr:
    """A typed NULL: PostgreSQL does not guess the type of a column over a union."""
    return Cast(Value(None), of)


EMPTY: dict[str, Expr] = {
    "ref": Value("", CharField()),
    "what": Value("", CharField()),
    "detail": Value("", CharField()),
    "state": Value("", CharField()),
    "amount": nothing(MoneyField()),
    "starts_on": nothing(DateField()),
    "ends_before": nothing(DateField()),
    "starts_at": nothing(DateTimeField()),
    "ends_at": nothing(DateTimeField()),
    "by": nothing(BigIntegerField()),
    "acting": nothing(BigIntegerField()),
}


def in_reader_language(path: str) -> Expr:
    """A text that the office keeps in each language, as the reader's page shows it."""
    language = (get_language() or "en")[:2]
    return Coalesce(NullIf(F(f"{path}_{language}"), Value("")), F(f"{path}_en"), Value(""), output_field=CharField())
