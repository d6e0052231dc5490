"""The tree of sites in memory: what holds at a place, and from which place above it comes. Nearest above wins."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any

from django.db.models import F

from lockers.models import LockerPrice, LockerSite, LockerWindow

SEPARATOR = " › "


@dataclass(frozen=True)
class Inherited:
    """A value, and the site that says it: None where none does."""

    value: Any
    site: LockerSite | None


@dataclass
class Tree:
    """All sites, with the prices of sales windows where they were asked for."""

    sites: dict[int, LockerSite]
    types: dict[int, set[int]] = field(default_factory=dict)  # by site the user types that it names itself
    prices: dict[tuple[int, int], Decimal] = field(default_factory=dict)  # (window, site)

    def path(self, site: LockerSite) -> list[LockerSite]:
        """From that site up to its building."""
        found = []
        pk: int | None = site.pk
        while pk is not None and self.sites[pk] not in found:
            found.append(self.sites[pk])
            pk = self.sites[pk].parent_id
        return found

    def label(self, site: LockerSite) -> str:
        """Building › area, as people find it."""
        return SEPARATOR.join(part.name for part in reversed(self.path(site)))

    def below(self, site: LockerSite) -> list[LockerSite]:
        """That site and everything within it, by label."""
        inside = [each for each in self.sites.values() if site in self.path(each)]
        return sorted(inside, key=self.label)

    def inherited(self, site: LockerSite, name: str) -> Inherited:
        """What size, disclaimer, visibility or price (without a window's own) hold there."""
        for part in self.path(site):
            value = getattr(part, name)
            if value is not None and value != "":
                return Inherited(value, part)
        return Inherited(None, None)

    def user_types(self, site: LockerSite) -> Inherited:
        """The keys of the user types that may reserve there; none: everybody."""
        for part in self.path(site):
            if self.types[part.pk]:
                return Inherited(self.types[part.pk], part)
        return Inherited(set(), None)

    def price(self, site: LockerSite, window: LockerWindow) -> Inherited:
        """What a locker costs there in that window; on one site the window's own price comes first. None: not sold."""
        for part in self.path(site):
            own = self.prices.get((window.pk, part.pk), part.price)
            if own is not None:
                return Inherited(own, part)
        return Inherited(None, None)

    def is_open_to(self, site: LockerSite, user: object) -> bool:
        """Whether the portal shows it to this person."""
        if self.inherited(site, "visibility").value == LockerSite.Visibility.HIDDEN:
            return False
        allowed = self.user_types(site).value
        return not allowed or getattr(user, "user_type_id", None) in allowed

    def open_to(self, user: object) -> Iterator[LockerSite]:
        """The sites that the portal shows to this person, by label."""
        return (site for site in sorted(self.sites.values(), key=self.label) if self.is_open_to(site, user))


def read_tree(windows: Iterable[LockerWindow] = ()) -> Tree:
    """All sites, and the prices of those windows. Two queries at most."""
    sites: dict[int, LockerSite] = {}
    types: dict[int, set[int]] = {}
    for site in LockerSite.objects.annotate(user_type=F("user_types")):  # a row for each of its user types
        types.setdefault(site.pk, set()).update({site.user_type} - {None})
        sites[site.pk] = site
    prices = LockerPrice.objects.filter(window__in=list(windows))
    return Tree(sites, types, {(price.window_id, price.site_id): price.amount for price in prices})
