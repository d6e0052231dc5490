"""Why a queue stands still, in words, and who would be asked next (RULES 14)."""

from dataclasses import dataclass

from django.utils import timezone
from django.utils.formats import date_format
from django.utils.timezone import localtime
from django.utils.translation import gettext as _

from permits.models import SalesWindow, Waitlist, WaitlistEntry
from permits.services.waitlists.places import Place
from permits.services.waitlists.queue import may_have


@dataclass(frozen=True)
class Next:
    """The people who get the free places of one window, in their order."""

    window: SalesWindow
    people: list[WaitlistEntry]


def explain_place(place: Place, waitlist: Waitlist) -> str:
    """What keeps this window from being offered, or that it is."""
    window, full = place.window, place.occupancy
    if place.obstacle:
        return _obstacle(place.obstacle, window, waitlist)
    if full is None or not full.free:
        taken = {"taken": full.taken if full else 0, "spaces": full.spaces if full else 0}
        if full and full.limit == "type":
            return _("The permit type is full: %(taken)s of its %(spaces)s spaces are taken.") % taken
        return _("The lot is full: %(taken)s of %(spaces)s spaces are taken.") % taken
    if not may_have(waitlist, window, timezone.now()).exists():
        return _("Places are free, and nobody who waits can have one.")
    if not waitlist.automatic:
        return _("Places are free. Staff make the offers of this list.")
    return _("Places are free. The next people are asked within a minute.")


def explain_wait(places: list[Place], waitlist: Waitlist) -> str:
    """The same to somebody who waits, in one sentence: what has to happen before somebody is asked."""
    if any(place.free for place in places):
        if waitlist.automatic:
            return _("A place is free just now and goes to the first in the queue who may have it.")
        return _("A place is free. The office asks the next person itself.")
    if any(not place.obstacle for place in places):
        return _("Every place is taken. As soon as one is given back, the first in the queue is asked.")
    opening = [place.window.sale_starts for place in places if place.obstacle == "not-yet"]
    if opening:
        moment = date_format(localtime(min(opening)), "DATETIME_FORMAT")
        return _("Nobody is asked now: the next sale starts on %(moment)s.") % {"moment": moment}
    if any(place.obstacle == "too-late" for place in places):
        return _("Nobody is asked any more in this sale: it ends too soon. You keep your place for the next one.")
    return _("Nobody is asked now, because nothing is on sale. You keep your place for the next sale.")


def next_people(waitlist: Waitlist, places: list[Place]) -> list[Next]:
    """Who would be asked now. Somebody who could have places of two windows is asked for the first."""
    at, found = timezone.now(), list[Next]()
    asked: set[int] = set()
    for place in places:
        if place.free:
            people = may_have(waitlist, place.window, at).select_related("user").exclude(pk__in=asked)
            found.append(Next(place.window, list(people[: place.free])))
            asked |= {entry.pk for entry in found[-1].people}
    return [one for one in found if one.people]


def _obstacle(code: str, window: SalesWindow, waitlist: Waitlist) -> str:
    return {
        "hidden": _("The lot is hidden."),
        "off-sale": _("The permit type is not on sale."),
        "not-yet": _("The sale starts on %(moment)s.") % {"moment": date_format(window.sale_starts, "DATETIME_FORMAT")},
        "closed": _("The sale is over, or its days are."),
        "no-price": _("No price holds today."),
        "too-late": _too_late(waitlist),
    }[code]


def _too_late(waitlist: Waitlist) -> str:
    text = _("The sale ends before %(n)s hours to answer would be over.")
    if waitlist.business_days:
        text = _("The sale ends before %(n)s hours of business days to answer would be over.")
    return text % {"n": waitlist.offer_hours}
