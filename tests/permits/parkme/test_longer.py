"""E: parking longer, under the rules of the lot, its prices and its places."""

from decimal import Decimal

import pytest

from permits.models import Lot, Permit, PermitType
from tests.factories import make_permit, make_temporary, make_user
from tests.payments.vault import Machine
from tests.permits.parkme.driver import MINUTE, NOON, Driver, make_driver, text_lot

pytestmark = pytest.mark.django_db


@pytest.fixture
def driver(vault: Machine, db: None) -> Driver:
    text_lot(spaces=2)
    return make_driver(plates=("CKRT418", "BVLP902"))


def test_e_adds_minutes_after_the_end(driver: Driver, vault: Machine) -> None:
    first = driver.park(60)
    driver.wait(40)
    assert driver.text("e") == "CKRT418 in Yellow Lot until 1 p.m.: text the number of minutes you want to add."
    assert driver.text("45") == (
        "Yellow Lot, 45 minutes, until 1:45 p.m.: $1.50 on your card Visa 4242. "
        "Text C to confirm or L to change the minutes."
    )
    assert driver.text("L") == "CKRT418 in Yellow Lot until 1 p.m.: text the number of minutes you want to add."
    driver.text("30", "C", "C")
    driver.work()
    second = driver.talk.permit
    assert second is not None
    assert (second.renews, second.starts_at, second.state, driver.talk.state, vault.money) == (
        first,
        first.ends_at,
        "active",
        "parked",
        Decimal("3.00"),
    )
    assert driver.told[-1] == (
        f"Thank you. CKRT418 may park in Yellow Lot until 1:30 p.m.; paid: $1.00, permit {second.number}. Text E to extend."
    )
    driver.text("E", "10", "C")
    driver.work()
    assert driver.talk.permit.renews == second  # type: ignore[union-attr]


def test_minutes_that_the_price_of_a_day_covers_cost_nothing_more(driver: Driver, vault: Machine) -> None:
    permit = driver.park(300)
    assert driver.text("E", "60").startswith("Yellow Lot, 60 minutes, until 6 p.m.: $0.00")
    assert driver.text("C").startswith("Thank you. CKRT418 may park in Yellow Lot until 6 p.m.; paid: $0.00")
    permit.refresh_from_db()
    assert (permit.ends_at, driver.talk.state, vault.money) == (
        NOON.replace(second=0) + 360 * MINUTE,
        "parked",
        Decimal("10.00"),
    )


def test_two_that_run_are_told_apart(driver: Driver) -> None:
    driver.park(60)
    driver.park(120, plate="2")
    assert driver.text("E") == (
        "Text the number of the parking to extend, or Q to quit.\n"
        "1 CKRT418 in Yellow Lot until 1 p.m.\n2 BVLP902 in Yellow Lot until 2 p.m."
    )
    assert driver.text("3").startswith("Sorry, that does not fit here. Text the number of the parking to extend")
    assert driver.text("2") == "BVLP902 in Yellow Lot until 2 p.m.: text the number of minutes you want to add."


def test_full_lot_and_too_long_time_are_refused(driver: Driver) -> None:
    driver.park(60)
    for _ in range(2):
        make_temporary(make_user(), PermitType.objects.get(), start=NOON.replace(second=0) + 60 * MINUTE, at=NOON)
    answer = driver.text("E", "60")
    assert answer.startswith(
        "No place is free there for that time. CKRT418 in Yellow Lot until 1 p.m.: text the number"
    )
    Permit.objects.exclude(holder=driver.user).update(state="released")
    assert driver.text("99999").startswith("A temporary permit here is valid for 30 days at most.")
    driver.text("60")
    Lot.objects.update(spaces=0)
    assert driver.text("C").startswith("The last place in Yellow Lot went a moment ago.")
    assert driver.talk.state == "minutes"


def test_only_what_runs_in_such_a_lot_is_extended(driver: Driver) -> None:
    make_permit(driver.user)
    permit = driver.park(60)
    Lot.objects.update(text_parking=False)
    assert driver.text("E") == "No parking of yours is running. Text ParkMe to park."
    Lot.objects.update(text_parking=True)
    driver.text("E", "60")
    Permit.objects.filter(pk=permit.pk).update(state="cancelled")
    assert driver.text("C").endswith("Get a new one. Text ParkMe to park.")
    assert driver.talk.state == "quit"
    driver.wait(70)
    assert driver.text("E") == "No parking of yours is running. Text ParkMe to park."
