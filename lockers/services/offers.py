"""What a person can reserve now: the locations, and the lockers of one of them."""

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from decimal import Decimal

from django.db.models import Count, Exists, OuterRef, Q, QuerySet, Subquery
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from lockers.models import Locker, LockerSite, LockerTerm, LockerWindow
from lockers.services.creation import KIND
from lockers.services.reserve import can_renew, period_from, renewal_period
from lockers.tree import Tree, read_tree
from opscom.lib.dates import Period, today
from opscom.lib.proration import Part, part_left
from payments.models import Tax
from payments.services.charges import counted_to_pay
from payments.services.taxes import Priced, TaxAmount, price_with, taxes_for

FREE, TAKEN, HELD, BROKEN, YOURS = "free", "taken", "held", "broken", "yours"
WORDS: dict[str, Promise] = {
    FREE: _("Free"),
    TAKEN: _("Taken"),
    HELD: _("Held"),
    BROKEN: _("Out of order"),
    YOURS: _("Yours"),
}


@dataclass(frozen=True)
class Offer:
    """A location on sale: where, how large, what it costs, and how many lockers are free."""

    site: LockerSite
    label: str
    size: str
    rules: str
    priced: Priced
    price: Decimal
    part: Part | None = None
    free: int = 0

    @property
    def added(self) -> list[TaxAmount]:
        """The taxes that come on top of the price."""
        return [part for part in self.priced.taxes if not part.tax.inclusive]


@dataclass(frozen=True)
class Cell:
    """One locker of the grid, as this person may have it."""

    pk: int
    number: str
    size: str
    state: str

    @property
    def word(self) -> Promise:
        """Its state, in the reader's language."""
        return WORDS[self.state]

    @property
    def open(self) -> bool:
        """It can be chosen."""
        return self.state == FREE


@dataclass
class Group:
    """The lockers of one site."""

    offer: Offer
    cells: list[Cell] = field(default_factory=list)


def windows_on_sale(at: datetime, user: User) -> list[LockerWindow]:
    """What sells now, in the order of its days. Each knows how much there is to pay, which the tabs show."""
    on_sale = LockerWindow.objects.filter(
        active=True, sale_starts__lte=at, sale_ends__gt=at, valid_before__gt=today(at)
    )
    return list(on_sale.annotate(to_pay=counted_to_pay(user)))


def list_locations(user: User, window: LockerWindow, *, at: datetime) -> list[Offer]:
    """Every place with lockers that this person may reserve in that window, each with how many are free."""
    tree = read_tree([window])
    good = Q(condition=Locker.Condition.GOOD)
    taken = _taking(period_from(window, at), at)
    counted = Locker.objects.filter(good).annotate(taken=Exists(taken)).order_by().values("site")
    free = {row["site"]: row["n"] for row in counted.annotate(n=Count("pk", filter=Q(taken=False)))}
    taxes = taxes_for(KIND, payer=user.pk, at=at)
    offers = (
        _offer(tree, site, window, taxes, period_from(window, at), free[site.pk])
        for site in tree.open_to(user)
        if site.pk in free
    )
    return [offer for offer in offers if offer is not None]


def read_grid(
    user: User, site: LockerSite, window: LockerWindow, *, tree: Tree, period: Period, at: datetime
) -> list[Group]:
    """The lockers at that site and within it, with what each is to this person in those days, by site and
    number. `tree` holds the prices of the window."""
    taxes = taxes_for(KIND, payer=user.pk, at=at)
    open_sites = [each for each in tree.below(site) if tree.is_open_to(each, user)]
    offers = (_offer(tree, each, window, taxes, period) for each in open_sites)
    groups = {offer.site.pk: Group(offer) for offer in offers if offer is not None}
    for locker in _lockers(groups, period, at):
        cells = groups[locker.site_id].cells
        state = _state(locker, user)
        cells.append(Cell(locker.pk, locker.number, locker.size or groups[locker.site_id].offer.size, state))
    for group in groups.values():
        group.cells.sort(key=lambda cell: natural(cell.number))
    return [group for group in groups.values() if group.cells]


def list_renewals(term: LockerTerm, *, at: datetime) -> list[tuple[LockerWindow, Offer]]:
    """The windows into which its holder may renew it now, each with what that costs. Needs `locker`."""
    windows = [window for window in LockerWindow.objects.filter(active=True) if can_renew(term, window, at)]
    if not windows or term.locker.condition != Locker.Condition.GOOD:
        return []
    taken = LockerTerm.objects.filter(
        locker=term.locker_id, state__in=LockerTerm.TAKING, ends_before__gt=term.ends_before
    )
    later = list(taken.exclude(pk=term.pk))
    tree, taxes = read_tree(windows), taxes_for(KIND, payer=term.user_id, at=at)
    site = tree.sites[term.locker.site_id]
    free = [window for window in windows if not any(_meets(other, renewal_period(term, window)) for other in later)]
    offers = ((window, _offer(tree, site, window, taxes, renewal_period(term, window))) for window in free)
    return [(window, offer) for window, offer in offers if offer is not None]


def _meets(term: LockerTerm, period: Period) -> bool:
    return term.starts_on < period.end and term.ends_before > period.start


def natural(number: str) -> list[tuple[int, str]]:
    """As people sort numbers: A2 before A10."""
    return [(int(part), "") if part.isdigit() else (0, part) for part in re.split(r"(\d+)", number)]


def _lockers(groups: dict[int, Group], period: Period, at: datetime) -> Iterable[Locker]:
    first = _taking(period, at).order_by("starts_on")
    return (
        Locker.objects.filter(site__in=groups)
        .exclude(condition=Locker.Condition.ARCHIVED)
        .annotate(holder=Subquery(first.values("user")[:1]), standing=Subquery(first.values("state")[:1]))
    )


def _taking(period: Period, at: datetime) -> "QuerySet[LockerTerm]":
    """Terms of the outer locker in those days, lapsed holds left out."""
    taking = LockerTerm.objects.filter(locker=OuterRef("pk")).taking(period)
    return taking.exclude(state=LockerTerm.State.HELD, held_until__lte=at)


def _state(locker: Locker, user: User) -> str:
    holder, standing = locker.holder, locker.standing  # type: ignore[attr-defined]
    if holder == user.pk:
        return YOURS
    if locker.condition == Locker.Condition.BROKEN:
        return BROKEN
    if holder is None:
        return FREE
    return HELD if standing == LockerTerm.State.HELD else TAKEN


def _offer(
    tree: Tree, site: LockerSite, window: LockerWindow, taxes: list[Tax], period: Period, free: int = 0
) -> Offer | None:
    whole = tree.price(site, window).value
    if whole is None:
        return None
    price = window.part_of(whole, period)
    return Offer(
        site=site,
        label=tree.label(site),
        size=tree.inherited(site, "size").value or "",
        rules=tree.inherited(site, "disclaimer").value or "",
        priced=price_with(taxes, price),
        price=price,
        part=part_left(window.proration, window.period, period) if whole else None,
        free=free,
    )
