"""Sales windows as one person finds them: the price of the day and the next one, who waits for a place, what the person has of
that permit type already, and which permit of the household the next one would be."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal
from typing import Any, NamedTuple

from django.db.models import F, FilteredRelation, OuterRef, Q, QuerySet, Subquery

from accounts.models import User
from opscom.lib.dates import Period, today
from permits.models import Permit, SalesWindow, WindowPrice
from permits.services.early import period_after
from permits.services.households import Step, steps_of
from permits.services.waitlists.queue import people_waiting


class Own(NamedTuple):
    """One unreleased permit of the person, of the window's permit type; the columns that are asked for."""

    pk: int
    code: str
    number: str
    state: str
    held_until: datetime | None
    window: int | None
    valid_before: date
    rollover: bool
    renews: int | None

    def takes_space(self, at: datetime) -> bool:
        """As `PermitQuerySet.taking_space`: paid, or held and not lapsed."""
        return self.state in Permit.KEPT or (self.held_until is not None and self.held_until > at)


@dataclass
class Shelf:
    """One window for one person at one moment. `own` are the permits of the person in this window that take a space now,
    `before` is the one that the next would follow, `period` the days of the next one."""

    window: SalesWindow
    price: Decimal | None
    next_price: Decimal | None
    next_price_from: date | None
    queued: int
    own: list[Own]
    before: Own | None
    period: Period
    step: Step | None = None

    @property
    def another(self) -> bool:
        """The person may have one more permit in this window."""
        return len(self.own) < self.window.permit_type.per_window


def shelves_for(
    user: User,
    rows: Iterable[Any],
    at: datetime,
    *,
    renewing: bool = False,
    replaces: Permit | None = None,
) -> list[Shelf]:
    """The windows of these rows of `with_own`. No query, but one where households count. Where `renewing`, what would follow a
    permit that runs is for the days after it; a permit that this one `replaces` does not count in the household."""
    found = [_shelf(together, at, renewing=renewing) for together in _by_window(rows)]
    steps = steps_of([shelf.window for shelf in found], user, at, after=_after(found), replaces=replaces)
    for shelf in found:
        shelf.step = steps.get(shelf.window.pk)
    return found


def with_own(windows: QuerySet[SalesWindow], user: User, at: datetime, day: date) -> QuerySet[Any]:
    """Those windows, in their order or by their first day, with what they cost on that day and who waits at that moment: a row for
    each permit that the person has of the type. The permits are joined and not asked for column by column: each subquery costs Django
    more processor time than the database takes to answer it."""
    prices = WindowPrice.objects.filter(window=OuterRef("pk"))
    now = prices.filter(from_day__lte=day).order_by("-from_day")
    later = prices.filter(from_day__gt=day).order_by("from_day")
    theirs = Q(permit_type__permits__holder=user, permit_type__permits__state__in=Permit.UNRELEASED)
    ordered = windows if windows.query.order_by else windows.order_by("valid_from", "pk")
    return (
        ordered.select_related("permit_type__lot")
        .annotate(
            price=Subquery(now.values("amount")[:1]),
            next_price=Subquery(later.values("amount")[:1]),
            next_price_from=Subquery(later.values("from_day")[:1]),
            queued=people_waiting(at, day),
            own=FilteredRelation("permit_type__permits", condition=theirs),
        )
        .annotate(**{f"own_{name}": F(f"own__{name}") for name in Own._fields})
    )


def _by_window(rows: Iterable[Any]) -> Iterable[list[Any]]:
    """One row for each window and permit of the person, put together by window."""
    by_window: dict[int, list[Any]] = {}
    for row in rows:
        by_window.setdefault(row.pk, []).append(row)
    return by_window.values()


def _shelf(rows: list[Any], at: datetime, *, renewing: bool) -> Shelf:
    window, day = rows[0], today(at)
    permits = [Own(*(getattr(row, f"own_{name}") for name in Own._fields)) for row in rows if row.own_pk is not None]
    before = _followed(permits, window, day) if renewing else None
    return Shelf(
        window=window,
        price=window.price,
        next_price=window.next_price,
        next_price_from=window.next_price_from,
        queued=window.queued,
        own=[permit for permit in permits if permit.window == window.pk and permit.takes_space(at)],
        before=before,
        period=period_after(before.valid_before if before else None, window, day),
    )


def _followed(permits: list[Own], window: SalesWindow, day: date) -> Own | None:
    """Of these the one that a permit of the window would follow: what `Permit.can_go_on` says, of another window that ends
    before, the last one."""
    followed = {permit.renews for permit in permits}
    runs = [
        permit
        for permit in permits
        if permit.state == Permit.State.ACTIVE
        and day < permit.valid_before < window.valid_before
        and permit.window not in (None, window.pk)
        and not permit.rollover
        and permit.pk not in followed
    ]
    return max(runs, key=lambda permit: permit.valid_before, default=None)


def _after(shelves: list[Shelf]) -> dict[int, date]:
    return {shelf.window.pk: shelf.before.valid_before for shelf in shelves if shelf.before}
