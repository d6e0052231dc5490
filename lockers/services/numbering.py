"""Lockers by the row: a range of numbers at a site."""

from django.db import transaction
from django.utils.translation import gettext as _

from lockers.errors import LockerRefused
from lockers.models import Locker, LockerSite

MOST = 2000


@transaction.atomic
def add_lockers(
    site: LockerSite, *, first: int, last: int, before: str = "", after: str = "", digits: int = 1, size: str = ""
) -> list[Locker]:
    """Lockers numbered from `first` to `last`, filled up with zeros to so many digits; numbers that are there already stay
    as they are. Answers the new ones."""
    if last < first:
        raise LockerRefused(_("The last number comes after the first one."), code="backward")
    if last - first >= MOST:
        raise LockerRefused(_("Add at most %(n)s lockers at a time.") % {"n": MOST}, code="too-many")
    there = set(site.lockers.values_list("number", flat=True))
    numbers = [f"{before}{n:0{digits}d}{after}" for n in range(first, last + 1)]
    return Locker.objects.bulk_create(
        Locker(site=site, number=number, size=size) for number in numbers if number not in there
    )
