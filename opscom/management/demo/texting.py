"""Parking by text: two lots that sell it, people whose phone and card are ready, and what some of them have texted."""

from datetime import datetime, timedelta
from itertools import count

from accounts.models import User
from accounts.services.phones import confirm_number, confirmation_code
from accounts.services.text_answers import IncomingText, answer_text
from opscom.lib.office import office
from opscom.management.demo.cards import store_card
from opscom.management.demo.world import World
from payments.models import CardPurpose, SandboxCard, StoredCard
from permits.models import Lot, TextConversation
from permits.services.parkme.buying import collect_conversation

LOTS = ("p13", "p30")
PARK = ("ParkMe", "P", "1", "60", "C", "1", "C")
# Whose, how many minutes ago it began, and what was texted. The first has a phone and a card, and parks when you try it.
STORIES = (
    ("resident", 0, ()),
    ("employee", 150, PARK),
    ("employee", 100, ("E", "30", "C")),
    ("resident.fr", 25, ("ParkMe", "P", "1", "90", "C", "1", "C")),
    ("resident.es", 40, ("ParkMe", "P", "1", "taco", "45")),
)


def park_by_text(world: World) -> None:
    """Open the lots, make the phones ready, and text."""
    Lot.objects.filter(code__in=LOTS).update(text_parking=True)
    names = count(1)
    for name, minutes, texts in STORIES:
        user, at = world.login(name), world.now - timedelta(minutes=minutes)
        _get_ready(user, world)
        for text in texts:
            message = IncomingText(f"DEMO{next(names)}", str(user.phone), office().text_number, text)
            answer_text(message, at=at)
            at += timedelta(seconds=20)
        _let_worker_charge(user, at)


def _get_ready(user: User, world: World) -> None:
    if user.texts_from:
        return
    user.parking_reminder = 10
    user.save(update_fields=["parking_reminder"])
    confirm_number(str(user.phone), code=confirmation_code(user), at=world.now - timedelta(days=30))
    user.refresh_from_db(fields=["texts_from"])
    if not StoredCard.objects.filter(user=user, primary=True).update(purpose=CardPurpose.PARKING):
        store_card(user, SandboxCard.Behaviour.PAYS, world, purpose=CardPurpose.PARKING)


def _let_worker_charge(user: User, at: datetime) -> None:
    for talk in TextConversation.objects.filter(user=user, state=TextConversation.State.PAYING):
        collect_conversation(talk.pk, at=at)
