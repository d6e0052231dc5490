"""Gordon Hall is full: people wait for it, and one of them is offered the place that the office has just added."""

from datetime import timedelta

from opscom.management.demo.world import World
from permits.models import Lot, Waitlist
from permits.services.waitlists.joining import join_waitlist
from permits.services.waitlists.offering import offer_places

WAITING = 6
OFFERED = "employee"


def make_waitlist(world: World) -> None:
    """The list, those on it, the resident among them, and the offer to the employee."""
    lot = world.lots["gordon"]
    names = {"name_en": "Gordon Hall", "name_fr": "Pavillon Gordon", "name_es": "Edificio Gordon"}
    waitlist = Waitlist.objects.create(offer_hours=24, **names)
    waitlist.permit_types.set(lot.permit_types.all())
    known = set(world.logins.values()) | set(world.cast)
    drivers = [user for user in world.people if user.is_active and world.vehicles.get(user.pk) and user not in known]
    holders = set(lot.permits.values_list("holder", flat=True))
    others = [user for user in drivers if user.pk not in holders][:WAITING]
    queue = [world.login(OFFERED), *others[:2], world.login("resident"), *others[2:]]
    for place, user in enumerate(queue):
        join_waitlist(user, waitlist, at=world.ago(40 - 5 * place, 10))
    Lot.objects.filter(pk=lot.pk).update(spaces=lot.spaces + 1)
    offer_places(waitlist, most=1, at=world.now - timedelta(hours=2))
