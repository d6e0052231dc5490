"""Two texts at once on PostgreSQL: one line waits for the other, and the last place goes to one."""

import threading
from collections import Counter
from functools import partial

import pytest

from accounts.services.text_answers import IncomingText, answer_text
from permits.models import Permit, TextConversation
from permits.services.parkme import buying
from permits.services.parkme.buying import collect_conversation
from tests.payments.vault import Machine
from tests.permits.parkme.driver import OFFICE, Driver, make_driver, text_lot
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
TO_CONFIRM = ("ParkMe", "P", "1", "60", "C", "1")
AS_IT_SHOULD = (["Thank you"] * 2, 1)


def confirm(driver: Driver, name: str) -> str:
    answer = answer_text(IncomingText(name, driver.number, OFFICE, "C"), at=driver.now)
    return answer.body if answer else ""


def two_c(driver: Driver) -> tuple[list[str], int]:
    """Two final C at one moment: what was answered, and how many of them were taken for the purchase."""
    answers = all_at_once([partial(confirm, driver, f"{driver.number}-{n}") for n in range(2)])
    return sorted(str(answer)[:9] for answer in answers), driver.talk.events.filter(to_state="paying").count()


def ready(n: int) -> Driver:
    """Somebody who has read the summary."""
    driver = make_driver(number=f"+1519555020{n}", plates=(f"CAR{n}",))
    driver.text(*TO_CONFIRM)
    return driver


def test_control_without_locks_both_c_are_taken_for_the_purchase(
    vault: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    text_lot()
    driver = ready(1)
    without_row_locks(monkeypatch)
    both = threading.Barrier(2, timeout=10)
    holding = buying._hold
    monkeypatch.setattr(buying, "_hold", lambda talk, at: (both.wait(), holding(talk, at))[1])
    assert two_c(driver) != AS_IT_SHOULD


def test_two_c_at_once_buy_once(vault: Machine) -> None:
    text_lot()
    assert two_c(ready(0)) == AS_IT_SHOULD
    talk = TextConversation.objects.get()
    all_at_once([partial(collect_conversation, talk.pk, at=talk.started_at) for _ in range(4)])
    assert (Permit.objects.count(), len(vault.charges), vault.asked.count("charge_stored")) == (1, 1, 1)


def test_last_place_goes_to_one_of_six(vault: Machine) -> None:
    text_lot(spaces=1)
    drivers = [make_driver(number=f"+151955501{n}0", plates=(f"CAR{n}",)) for n in range(6)]
    for driver in drivers:
        driver.text(*TO_CONFIRM)
    answers = all_at_once([partial(confirm, driver, f"SM{n}") for n, driver in enumerate(drivers)])
    assert Counter(str(answer)[:14] for answer in answers) == {"Thank you. You": 1, "The last place": 5}
    assert Permit.objects.filter(state="held").count() == 1
