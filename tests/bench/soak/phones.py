"""Drivers who store a card on the provider's page and park by text, some of whom send the last C twice."""

import itertools
import random

from django.conf import settings
from django.utils import timezone

from accounts.models import User
from permits.models import TextConversation
from tests import factories
from tests.bench.load import Visitor
from tests.bench.seed import sessions_of
from tests.bench.soak.diary import patient
from tests.bench.soak.people import SESSION, People, TurnedAway

WAY = ("ParkMe", "P", "1", "30", "C", "1", "C")
PAUSE_SECONDS = 3.0
TRIES, WAIT_SECONDS = 20, 60
ANSWERED = 200
_numbers = itertools.count(1)


def drive(people: People, seed: int) -> None:
    """One thread: a new driver again and again."""
    chance = random.Random(seed)
    while not people.over.wait(PAUSE_SECONDS):
        user, number = patient(_new_driver)
        people.attempt(lambda driver, moods: _park(people, driver, number, moods), user, chance)  # noqa: B023


def _new_driver() -> tuple[User, str]:
    number = f"+1519557{next(_numbers):04}"
    user = factories.make_user(
        email=f"driver{number[1:]}@example.test", phone=number, texts_from=number, permit_disclaimer_at=timezone.now()
    )
    factories.make_vehicle(user, plate=f"TXT{number[-4:]}")
    return user, number


def _park(people: People, user: User, number: str, chance: random.Random) -> None:
    (key,) = patient(lambda: sessions_of([user]))
    visitor = Visitor(people.office.web.port, {settings.SESSION_COOKIE_NAME: key})
    session = SESSION.search(people.see(visitor.post, "/cards/add/", purpose="parking").location)
    if session is None:
        raise TurnedAway("no page to store a card")
    people.at_the_card_page(visitor, session[1], "ok", back=True)
    said = [_text(people, number, words) for words in WAY]
    if said[-1].startswith("Thank you."):
        people.diary.told("parked by text", TextConversation.objects.filter(user=user).exclude(permit=None))
        if chance.random() < 0.3:
            _text(people, number, "C")


def _text(people: People, number: str, words: str) -> str:
    """The answer. Who gets none sends the same again."""
    for _try in range(TRIES):
        answer = people.office.sms.text(number, words, wait_seconds=WAIT_SECONDS)[0]
        if answer["status"] == ANSWERED and answer["body"] and not answer["body"].startswith("Something went wrong"):
            people.diary.note("text answered")
            return str(answer["body"])
        people.diary.excused("text without an answer")
        if people.over.wait(1):
            break
    raise TurnedAway("no answer to a text")
