"""Lockers by the row: a range of numbers at a site."""

from collections.abc import Iterable, Sequence

from django.db import transaction
from django.utils.translation import gettext as _

from lockers.errors import LockerRefused
from lockers.models import Locker, LockerSite

MOST = 2000


def locker_numbers(*, first: int, last: int, before: str = "", after: str = "", digits: int = 1) -> list[str]:
    """From `first` to `last`, filled up with zeros to so many digits. LockerRefused."""
    if last < first:
        raise LockerRefused(_("The last number comes after the first one."), code="backward")
    if last - first >= MOST:
        raise LockerRefused(_("Add at most %(n)s lockers at a time.") % {"n": MOST}, code="too-many")
    return [f"{before}{n:0{digits}d}{after}" for n in range(first, last + 1)]


def existing_lockers(site: LockerSite, numbers: Iterable[str]) -> set[str]:
    """Which of the numbers the site has already."""
    return set(site.lockers.values_list("number", flat=True)) & set(numbers)


@transaction.atomic
def add_lockers(site: LockerSite, numbers: Sequence[str], *, size: str = "") -> list[Locker]:
    """A locker of each number; those that are there already stay as they are. Answers the new ones."""
    there = existing_lockers(site, numbers)
    return Locker.objects.bulk_create(
        Locker(site=site, number=number, size=size) for number in numbers if number not in there
    )
