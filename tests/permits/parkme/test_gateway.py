"""Parking by text over the gateway's webhook and its API, against the strict peer in a process of its own."""

import time
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from random import Random

import pytest
from django.utils import timezone
from pytest_django import Settings
from pytest_django.live_server_helper import LiveServer

from accounts.models import Mail
from accounts.services.texts import due_texts, send_text_now
from opscom.lib.segments import with_plain_signs
from permits.models import Permit, TextConversation
from permits.services.parkme.buying import collect_conversation
from permits.services.parkme.prompts import clock
from tests.factories import change_office
from tests.payments.vault import Machine
from tests.peers.sms_driver import NUMBER, SmsPeer
from tests.permits.parkme.driver import make_driver, text_lot
from tests.permits.parkme.test_random import (
    ENDS,
    OVER_GATEWAY,
    PLACES,
    RUNS,
    SEED,
    WAYS,
    check,
    crowd,
    parts,
    settle,
)

pytestmark = pytest.mark.django_db(transaction=True)
PHONES = max(12, min(40, RUNS // OVER_GATEWAY))  # at once


@pytest.fixture
def peer(vault: Machine, live_server: LiveServer, settings: Settings) -> Iterator[SmsPeer]:
    """It texts this portal; its carrier leaves STOP, START and HELP to us."""
    settings.TEXT_WEBHOOK_BASE = live_server.url
    with SmsPeer() as peer:
        for name, value in peer.environment.items():
            setattr(settings, name, value)
        peer.control("webhook", url=f"{live_server.url}/webhooks/sms/", carrier=False)
        yield peer


def work() -> None:
    """What a worker finds to do now."""
    for talk in TextConversation.objects.filter(state="paying"):
        collect_conversation(talk.pk)
    for pk in due_texts():
        send_text_now(pk)


def through_gateway() -> None:
    """The office's texts go through the peer. Making a driver sets other choices anew."""
    change_office(text_gateway="twilio", text_keywords="app", text_number=NUMBER)


def test_dialogue_of_the_guide_word_by_word(peer: SmsPeer) -> None:
    text_lot()
    driver = make_driver()
    through_gateway()

    def said(words: str) -> str:
        return str(peer.text(driver.number, words)[0]["body"])

    def until(permit: Permit) -> str:
        return with_plain_signs(clock(permit.ends_at, permit.starts_at))

    assert said("ParkMe") == "Text2ParkMe: text P to start parking or Q to quit."
    assert said("P") == "Text the number of the parking lot you want, or Q to quit.\n1 Yellow Lot"
    assert said("1") == "Yellow Lot: text the number of minutes you want to park, or L for the lots."
    quoted = said("60")
    assert said("C") == "Text the number of your license plate, or another plate.\n1 CKRT418 ON"
    summed_up = said("1")
    assert said("C") == "Thank you. Your card is being charged; the confirmation comes by text in a moment."
    work()
    permit = Permit.objects.get()
    what = f"Yellow Lot, 60 minutes, until {until(permit)}: $2.00 on your card Visa 4242."
    assert quoted == f"{what} Text C to continue or L to go back to the lots."
    assert summed_up == f"Plate CKRT418. {what} Text C to confirm your purchase or L to go back to the options."
    assert peer.sent()[-1]["body"] == (
        f"Thank you. CKRT418 may park in Yellow Lot until {until(permit)}; paid: $2.00, permit {permit.number}. "
        "Text E to extend."
    )
    assert Mail.objects.filter(kind="text_parked").count() == 1
    assert said("E") == f"CKRT418 in Yellow Lot until {until(permit)}: text the number of minutes you want to add."
    assert said("60").endswith("Text C to confirm or L to change the minutes.")
    said("C")
    work()
    longer = Permit.objects.get(renews=permit)
    assert peer.sent()[-1]["body"].endswith(f"permit {longer.number}. Text E to extend.")
    assert said("STOP").endswith("Send START to get them again.")


@pytest.mark.parametrize("part", parts(max(PHONES, RUNS // OVER_GATEWAY), size=PHONES), ids=str)
def test_storm_charges_nothing_twice_and_loses_nothing(part: range, peer: SmsPeer, vault: Machine) -> None:
    """Many phones at once, some texts twice, late and out of order, while a worker charges cards."""
    chance = Random(f"{SEED} {part.start}")
    ends: Counter[str] = Counter()
    lots = [text_lot(f"Lot {n}", spaces=PLACES) for n in (1, 2)]
    with ThreadPoolExecutor(1) as pool:
        for first in part:
            drivers = crowd(first, vault, chance, size=PHONES)
            through_gateway()
            phones = [(driver.number, list(chance.choice(WAYS))) for driver in drivers]
            answered = pool.submit(peer.storm, phones, seed=first + SEED)
            while not answered.done():
                vault.charges_then_dies = chance.random() < 0.15
                work()
                time.sleep(0.02)
            assert set(answered.result()) == {"200"}
            work()
            settle(vault, timezone.now())
            ends += check(drivers, vault, lots)
    assert not set(ends) - ENDS, ends
    assert ends["parked"] >= len(part) * PHONES // 20
