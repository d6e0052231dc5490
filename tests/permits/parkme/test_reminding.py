"""Texts before the end: once for each end, to whoever wants them."""

import pytest

from accounts.models import User
from permits.models import Lot, Permit
from permits.services.parkme.prompts import session_line
from permits.services.parkme.reminding import remind_by_text
from tests.payments.vault import Machine
from tests.permits.parkme.driver import Driver, make_driver, text_lot

pytestmark = pytest.mark.django_db


@pytest.fixture
def driver(vault: Machine, db: None) -> Driver:
    text_lot()
    driver = make_driver(parking_reminder=10)
    driver.park(60)
    return driver


def test_reminder_comes_once_for_each_end(driver: Driver) -> None:
    told = []
    for minutes in (45, 6, 1, 1):
        driver.wait(minutes)
        told.append(remind_by_text(at=driver.now))
    assert told == [0, 1, 0, 0]
    assert driver.told[-1] == "CKRT418 in Yellow Lot until 1 p.m.: your parking ends soon. Text E to extend."
    driver.text("E", "60", "C")
    driver.work()
    assert remind_by_text(at=driver.now) == 0
    driver.wait(60)
    assert (remind_by_text(at=driver.now), len(driver.told)) == (1, 4)


@pytest.mark.parametrize("why", ["off", "other phone", "closed", "cancelled", "no longer than the notice", "over"])
def test_nobody_is_reminded_in_vain(driver: Driver, why: str) -> None:
    driver.wait(55)
    people = User.objects.filter(pk=driver.user.pk)
    if why == "off":
        people.update(parking_reminder=0)
    elif why == "other phone":
        people.update(phone="+15195550199")
    elif why == "closed":
        people.update(is_active=False)
    elif why == "cancelled":
        Permit.objects.update(state="cancelled")
    elif why == "over":
        driver.wait(5)
    else:
        Permit.objects.update(starts_at=driver.now)
    assert remind_by_text(at=driver.now) == 0


def test_lot_without_parking_by_text_is_told_without_e(driver: Driver) -> None:
    Lot.objects.update(text_parking=False)
    driver.wait(55)
    remind_by_text(at=driver.now)
    assert driver.told[-1] == "CKRT418 in Yellow Lot until 1 p.m.: your parking ends soon."


def test_text_that_fails_keeps_no_other_from_being_told(driver: Driver, monkeypatch: pytest.MonkeyPatch) -> None:
    first = Permit.objects.get()
    other = make_driver(number="+15195550143", plates=("CKRT419",), parking_reminder=10)
    other.park(60)

    def line(permit: Permit) -> str:
        if permit == first:
            raise ValueError("no words for it")
        return session_line(permit)

    monkeypatch.setattr("permits.services.parkme.reminding.session_line", line)
    driver.wait(55)
    assert remind_by_text(at=driver.now) == 2
    assert other.told[-1].startswith("CKRT419 in Yellow Lot")
