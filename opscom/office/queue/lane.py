"""One kind of work that waits, and how many simple kinds are counted at once."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

from django.db.models import CharField, Count, QuerySet, Value
from django.http import HttpRequest
from django.urls import reverse
from django.utils.functional import Promise


@dataclass(frozen=True)
class Lane:
    """One kind of work: how much, since when, what of it is late, and the list that it opens."""

    title: str | Promise
    colour: str
    count: int
    note: str
    late: str
    url: str

    @property
    def urgency(self) -> tuple[bool, bool]:
        """Smaller is sooner: what is late, then what went wrong, then the rest."""
        return not self.late, self.colour != "is-overdue"


@dataclass(frozen=True)
class Counted:
    """A lane that is only the number of some rows. `query` is the filter of the list behind it."""

    right: str
    title: str | Promise
    colour: str
    rows: Callable[[], "QuerySet[Any]"]
    page: str
    query: str | Callable[[], str] = ""

    def lane(self, count: int) -> Lane:
        """With its number."""
        query = self.query() if callable(self.query) else self.query
        return Lane(self.title, self.colour, count, "", "", reverse(f"admin:{self.page}") + query)


@dataclass(frozen=True)
class Told:
    """Lanes that say more than a number, each in a query of its own."""

    right: str
    lanes: Callable[[], list[Lane]]


def read_lanes(request: HttpRequest, kinds: Sequence[Counted | Told]) -> list[Lane]:
    """Those that this member of staff may see. One query counts all that are only counted."""
    allowed = [kind for kind in kinds if request.user.has_perm(kind.right)]
    counts = _count([kind for kind in allowed if isinstance(kind, Counted)])
    found: list[Lane] = []
    for kind in allowed:
        found += [kind.lane(counts[kind.title])] if isinstance(kind, Counted) else kind.lanes()
    return found


def _count(kinds: Sequence[Counted]) -> dict[str | Promise, int]:
    """By title. A UNION, because each number alone is a round trip."""
    each = [
        kind.rows()
        .order_by()
        .annotate(lane=Value(str(number), CharField()))
        .values_list("lane")
        .annotate(n=Count("pk"))
        for number, kind in enumerate(kinds)
    ]
    found = dict(each[0].union(*each[1:], all=True) if len(each) > 1 else each[0]) if each else {}
    return {kind.title: found.get(str(number), 0) for number, kind in enumerate(kinds)}
