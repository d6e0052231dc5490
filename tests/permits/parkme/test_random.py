"""Conversations at random: texts twice, late and out of order, banks that decline or fall silent, workers that come when they
like. Nothing is charged twice, nothing is lost, and each ends in a state that the office knows. CONVERSATIONS says how many
people text; they come in parts, which several processes can take."""

import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from decimal import Decimal
from random import Random

import pytest

from accounts.models import TextMessage
from accounts.services.text_answers import IncomingText, answer_text
from opscom.lib.office import settings_once
from payments.models import Payment
from payments.providers.base import Decline
from payments.services.attempts import resolve_payment
from permits.models import Lot, Permit, TextConversation
from permits.services.parkme.buying import collect_conversation, expire_conversations, unconcluded
from permits.services.reserve import release_lapsed_holds
from tests.payments.vault import Machine
from tests.permits.parkme.driver import OFFICE, Driver, make_driver, text_lot

RUNS, SEED = int(os.environ.get("CONVERSATIONS", "10")), int(os.environ.get("SEED", "1"))
AT_ONCE, PLACES = 10, 3
PART = 200
OVER_GATEWAY = 10  # one in so many, because each costs several times as much there
ENDS = {"parked", "unpaid", "quit", "expired"}
WAYS = (
    ("ParkMe", "P", "1", "30", "C", "1", "C"),
    ("ParkMe", "P", "1", "45", "L", "1", "60", "C", "2", "L", "1", "20", "C", "NEW 123", "C", "C"),
    ("ParkMe", "P", "1", "90", "C", "1", "C", "E", "30", "C"),
    ("E", "30", "C", "ParkMe", "P", "2", "15", "C", "1", "C"),
    ("ParkMe", "P", "Q", "C", "ParkMe", "P", "1"),
    ("P", "1", "C", "C", "🚗", "ParkMe", "x" * 1600),
)


@dataclass
class Storm:
    """Drivers in two small lots, each in their own time, and a bank with moods."""

    chance: Random
    bank: Machine
    drivers: list[Driver]
    sent: list[tuple[Driver, str, str]] = field(default_factory=list)

    def run(self) -> None:
        """Each driver's texts, shuffled a little and some of them twice, among those of the others."""
        queues = [self._texts(driver) for driver in self.drivers]
        while any(queues):
            queue = self.chance.choice([queue for queue in queues if queue])
            driver, name, body = queue.pop(0)
            driver.wait(self.chance.choice((1, 3, 16)) if self.chance.random() < 0.06 else 0.05)
            with settings_once():  # as a request does
                answer_text(IncomingText(name, driver.number, OFFICE, body), at=driver.now)
            self._mood()
            if self.chance.random() < 0.5:
                self._work(driver)

    def _texts(self, driver: Driver) -> list[tuple[Driver, str, str]]:
        way = self.chance.choice(WAYS)
        texts = [(driver, f"SM{driver.number}-{i}", body) for i, body in enumerate(way)]
        for text in list(texts):
            if self.chance.random() < 0.15:
                texts.insert(self.chance.randrange(len(texts) + 1), text)
        if self.chance.random() < 0.2:
            i = self.chance.randrange(len(texts))
            texts.insert(self.chance.randrange(len(texts)), texts.pop(i))
        return texts

    def _mood(self) -> None:
        self.bank.charges_then_dies = self.chance.random() < 0.15
        self.bank.silent = self.chance.random() < 0.05

    def _work(self, driver: Driver) -> None:
        for talk in TextConversation.objects.filter(state="paying"):
            collect_conversation(talk.pk, at=driver.now)

    def settle(self) -> None:
        """The sweeps of the next hours."""
        settle(self.bank, max(driver.now for driver in self.drivers))


def settle(bank: Machine, now: datetime) -> None:
    """The sweeps of the hours after that moment, with a bank that answers."""
    bank.silent = bank.charges_then_dies = False
    for _hour in range(3):
        now += timedelta(hours=1)
        Payment.objects.filter(state__in=Payment.IN_FLIGHT).update(created_at=now - timedelta(days=1))
        for payment in Payment.objects.in_flight():
            resolve_payment(payment)
        release_lapsed_holds(at=now)
        expire_conversations(at=now)
        for pk in unconcluded(at=now):
            collect_conversation(pk, at=now)


def parts(people: int, *, size: int = AT_ONCE) -> list[range]:
    """So many people, in parts of PART at most: the number of the first of each crowd."""
    return [range(first, min(first + PART, people), size) for first in range(0, people, PART)]


def crowd(first: int, bank: Machine, chance: Random, *, size: int = AT_ONCE) -> list[Driver]:
    """The next people, each with two cars; the card of every fifth does not pay. The day before is over."""
    Permit.objects.exclude(state="released").update(state="released", held_until=None)
    drivers = [
        make_driver(number=f"+1519{first + n:07}", plates=(f"AA{first + n}", f"BB{first + n}")) for n in range(size)
    ]
    for driver in drivers[::5]:
        bank.declines[driver.user.stored_cards.get().token] = chance.choice(list(Decline))
    return drivers


@pytest.mark.django_db
@pytest.mark.parametrize("part", parts(max(AT_ONCE, RUNS - RUNS // OVER_GATEWAY)), ids=str)
def test_conversations_at_random_charge_nothing_twice_and_lose_nothing(part: range, vault: Machine) -> None:
    """In minutes and hours that the test makes pass."""
    chance = Random(f"{SEED} {part.start}")
    ends: Counter[str] = Counter()
    lots = [text_lot(f"Lot {n}", spaces=PLACES) for n in (1, 2)]
    for first in part:
        storm = Storm(chance, vault, crowd(first, vault, chance))
        storm.run()
        storm.settle()
        ends += check(storm.drivers, vault, lots)
    assert not set(ends) - ENDS, ends
    assert ends["parked"] >= len(part) * AT_ONCE // 20


def check(drivers: list[Driver], bank: Machine, lots: list[Lot]) -> Counter[str]:
    """What holds after every storm; how its conversations ended."""
    users = [driver.user for driver in drivers]
    talks = TextConversation.objects.filter(user__in=users)
    parked = list(talks.filter(state="parked").select_related("permit__charge"))
    approved = {reference for reference, answer in bank.charges.items() if answer.result.value == "approved"}
    paid = Payment.objects.filter(code__in=approved, checkout__user__in=users)
    assert sum((payment.amount for payment in paid), start=Decimal(0)) == sum(
        (talk.price or Decimal(0) for talk in parked), start=Decimal(0)
    )
    for talk in talks:
        attempts = Payment.objects.filter(checkout__lines__charge__in=[talk.permit.charge_id] if talk.permit else [])
        assert attempts.count() <= 1
        assert (talk.state == "parked") == (talk.permit is not None and talk.permit.state == "active")
        told = TextMessage.objects.filter(key=f"parkme:{talk.pk}").count()
        assert told == (talk.state in {"parked", "unpaid"})  # how it ended is said, once
    for lot in lots:
        held = Permit.objects.filter(lot=lot, state__in=Permit.UNRELEASED)
        for permit in held:
            same = held.filter(starts_at__lte=permit.starts_at, ends_at__gt=permit.starts_at)
            assert same.count() <= PLACES
    assert not Permit.objects.filter(holder__in=users, state="held").exists()
    return Counter(talks.values_list("state", flat=True))
