"""The final C: the place is held, the card is charged once, and whatever happens in between ends in words."""

from datetime import timedelta
from decimal import Decimal

import pytest
import time_machine

from accounts.models import Mail
from payments.models import Charge, Payment, StoredCard
from payments.providers.base import Decline
from payments.services.attempts import resolve_payment
from payments.services.cards import remove_card
from payments.services.promises import promise_payment
from permits.models import Lot, Permit, PermitType, TextConversation
from permits.services.parkme import buying
from permits.services.parkme.buying import collect_conversation, unconcluded
from permits.services.reserve import release_lapsed_holds
from tests.factories import make_checkout, make_stored_card
from tests.payments.vault import Machine
from tests.permits.parkme.driver import Driver, make_driver, text_lot

pytestmark = pytest.mark.django_db
UNSURE = (
    "Your bank has not answered yet. Do not pay again: your card is charged once at most, your place is kept until "
    "12:30 p.m., and a text tells you the result. See also http://127.0.0.1:8000/payments/"
)
TO_CONFIRM = ("ParkMe", "P", "1", "60", "C", "1")


@pytest.fixture
def lot(db: None) -> Lot:
    return text_lot(spaces=1)


@pytest.fixture
def driver(vault: Machine, lot: Lot) -> Driver:
    return make_driver()


@pytest.mark.parametrize(
    ("decline", "words"),
    [
        (Decline.SOFT, "Your card was declined. The place is free again. Text ParkMe to try again, or buy here: "),
        (Decline.HARD, "Your card cannot be charged any more. The place is free again. Store another card: "),
        (Decline.AUTHENTICATE, "Your bank wants you to confirm the payment, which a text cannot do. The place is free"),
    ],
)
def test_card_that_does_not_pay_frees_the_place(driver: Driver, vault: Machine, decline: Decline, words: str) -> None:
    vault.declines[StoredCard.objects.get().token] = decline
    driver.park()
    for _ in range(3):
        driver.work()
    permit = Permit.objects.get()
    assert (driver.talk.state, driver.talk.problem, permit.state, permit.charge.state) == (
        "unpaid",
        decline.value,
        "released",
        "void",
    )
    assert (len(driver.told), driver.told[0][: len(words)], len(vault.charges)) == (1, words, 1)
    assert not Mail.objects.filter(kind="text_parked").exists()
    vault.declines.clear()
    assert driver.park().state == "active"
    assert vault.money == Decimal("2.00")


def test_card_removed_in_mid_conversation_is_never_charged(driver: Driver, vault: Machine) -> None:
    driver.text(*TO_CONFIRM)
    remove_card(StoredCard.objects.get())
    assert driver.text("C").startswith("Register a Credit Card first: ")
    assert driver.talk.state == "unpaid"
    card = make_stored_card(driver.user, provider="vault", primary=True, purpose="parking")
    driver.text(*TO_CONFIRM, "C")
    remove_card(card)
    driver.work()
    assert (driver.talk.problem, Permit.objects.get().state, vault.charges) == ("no-card", "released", {})
    assert driver.told[-1].startswith("Your card cannot be charged any more.")


def test_another_primary_card_is_named_before_it_is_charged(driver: Driver, vault: Machine) -> None:
    driver.text(*TO_CONFIRM)
    StoredCard.objects.update(primary=False)
    make_stored_card(driver.user, provider="vault", primary=True, purpose="parking", last4="5555")
    assert driver.text("C") == (
        "You have another primary card now. Yellow Lot, 60 minutes, until 1 p.m.: $2.00 on your card Visa 5555. "
        "Text C to continue or L to go back to the lots."
    )
    driver.text("C", "C")
    driver.work()
    assert Payment.objects.get().stored_card == StoredCard.objects.get(last4="5555")


def test_lot_filled_between_quote_and_confirm_leads_back_to_the_lots(driver: Driver, lot: Lot, vault: Machine) -> None:
    other = make_driver(number="+15195550143", plates=("BVLP902",))
    driver.text(*TO_CONFIRM)
    other.park()
    assert driver.text("C") == (
        "The last place in Yellow Lot went a moment ago. Look at the other lots. "
        "Text the number of the parking lot you want, or Q to quit.\n1 Yellow Lot"
    )
    assert driver.text("1", "30").startswith("No place is free there for that time. Text the number of the parking lot")
    assert (Permit.objects.count(), vault.money) == (1, Decimal("2.00"))


def test_price_changed_between_quote_and_confirm_is_quoted_anew(driver: Driver, vault: Machine) -> None:
    driver.text(*TO_CONFIRM)
    PermitType.objects.update(hourly=Decimal("3.00"))
    driver.wait(2)
    assert driver.text("C") == (
        "Price or time have changed meanwhile. Yellow Lot, 60 minutes, until 1:02 p.m.: $3.00 on your card Visa 4242. "
        "Text C to continue or L to go back to the lots."
    )
    assert driver.text("C").startswith("Plate CKRT418.")
    driver.text("C")
    driver.work()
    assert vault.money == Decimal("3.00")


def test_slow_answers_keep_the_time_that_was_quoted_for_half_an_hour(driver: Driver) -> None:
    driver.text(*TO_CONFIRM[:4])
    for body in ("C", "1", "?", "?"):
        driver.wait(8)
        driver.text(body)
    assert driver.text("C").startswith("Price or time have changed meanwhile. Yellow Lot, 60 minutes, until 1:32 p.m.:")


def test_free_time_and_another_permit_of_the_plate_are_told(driver: Driver) -> None:
    PermitType.objects.update(hourly=Decimal("0.00"))
    assert driver.text(*TO_CONFIRM[:4]) == (
        "Parking is free there at that time: you need no permit for it. "
        "Yellow Lot: text the number of minutes you want to park, or L for the lots."
    )
    PermitType.objects.update(hourly=Decimal("2.00"))
    Lot.objects.update(spaces=5)
    driver.park()
    answer = driver.text(*TO_CONFIRM, "C")
    assert answer.startswith("CKRT418 has permit ")
    assert answer.endswith("Text the number of your license plate, or another plate.\n1 CKRT418 ON")


@pytest.mark.rule(23)
def test_silent_bank_is_asked_and_never_charged_again(driver: Driver, vault: Machine) -> None:
    vault.charges_then_dies = True
    driver.park()
    assert (driver.talk.state, driver.told) == ("paying", [UNSURE])
    assert (
        driver.text("C")
        == driver.text("ParkMe")
        == "Thank you. Your card is being charged; the confirmation comes " + ("by text in a moment.")
    )
    driver.wait(3)
    assert driver.text("C") == driver.text("ParkMe") == UNSURE
    assert unconcluded(at=driver.now) == [driver.talk.pk]
    driver.work()
    resolve_payment(Payment.objects.get())
    driver.wait(3)
    driver.work()
    assert (driver.talk.state, len(driver.told), vault.asked.count("charge_stored")) == ("parked", 2, 1)


@pytest.mark.parametrize(
    ("paid", "state", "problem", "words"),
    [
        (True, "parked", "", "Thank you. CKRT418 may park in Yellow Lot until 1 p.m.; paid: $2.00"),
        (False, "unpaid", "declined", "Your card was declined. The place is free again."),
    ],
)
def test_bank_that_never_says_ends_it_with_the_hold_and_its_late_word_is_told(
    driver: Driver, vault: Machine, paid: bool, state: str, problem: str, words: str
) -> None:
    """The place is free after half an hour, and whoever texts may park again; nothing is charged anew."""
    vault.charges_then_dies = True
    driver.park()
    driver.wait(31)
    assert release_lapsed_holds(at=driver.now) == 1
    driver.work()
    assert (driver.talk.state, driver.talk.problem, unconcluded(at=driver.now)) == ("unpaid", "unsure", [])
    assert driver.told[1].startswith(
        "Your bank has still not said whether it paid, and your place is not kept any longer."
    )
    assert driver.text("ParkMe") == "Text2ParkMe: text P to start parking or Q to quit."
    first = TextConversation.objects.exclude(permit=None).get()
    if not paid:
        vault.charges.clear()
        Payment.objects.update(created_at=driver.now - timedelta(days=1))
    with time_machine.travel(driver.now, tick=False):
        resolve_payment(Payment.objects.get())
    driver.wait(3)
    assert unconcluded(at=driver.now) == [first.pk]
    collect_conversation(first.pk, at=driver.now)
    first.refresh_from_db()
    assert (first.state, first.problem, unconcluded(at=driver.now)) == (state, problem, [])
    assert (driver.told[2][: len(words)], len(driver.told), vault.asked.count("charge_stored")) == (words, 3, 1)


def test_worker_that_died_before_the_bank_was_asked_is_followed_by_another(
    driver: Driver, vault: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    driver.text(*TO_CONFIRM, "C")
    assert unconcluded(at=driver.now) == []
    with monkeypatch.context() as patch, pytest.raises(RuntimeError):
        patch.setattr(buying, "start_checkout", _die)
        driver.work()
    driver.work()
    assert driver.talk.state == "paying"  # it is the first worker's for two minutes
    driver.wait(2)
    assert unconcluded(at=driver.now) == [driver.talk.pk]
    driver.work()
    assert (driver.talk.state, len(vault.charges)) == ("parked", 1)


def _die(*_args: object, **_kwargs: object) -> None:
    raise RuntimeError("killed")


def test_lost_hint_is_found_by_the_sweep_and_a_late_one_tells_that_it_is_over(driver: Driver, vault: Machine) -> None:
    driver.text(*TO_CONFIRM, "C")
    driver.wait(120)
    assert unconcluded(at=driver.now) == [driver.talk.pk]
    collect_conversation(driver.talk.pk, at=driver.now)
    assert (driver.talk.state, driver.talk.problem, vault.charges) == ("unpaid", "lapsed", {})
    assert driver.told == [
        "Your card could not be charged in time. Nothing was paid, and the place is free again. Text ParkMe."
    ]


def test_paid_on_the_portal_meanwhile_is_parked_all_the_same(driver: Driver, vault: Machine) -> None:
    driver.text(*TO_CONFIRM, "C")
    Permit.objects.update(state="active", held_until=None)
    Charge.objects.update(state="settled")
    driver.work()
    assert (driver.talk.state, vault.charges) == ("parked", {})


def test_number_that_another_account_has_now_ends_what_the_first_one_began(driver: Driver) -> None:
    driver.text(*TO_CONFIRM)
    driver.user.texts_from = None
    driver.user.save()
    other = make_driver(plates=("NEW1",), number=driver.number)
    assert other.text("C").startswith("Your last request ended")
    assert TextConversation.objects.get().state == "expired"


def test_place_that_is_promised_on_the_portal_is_not_called_free(driver: Driver, vault: Machine) -> None:
    driver.text(*TO_CONFIRM, "C")
    permit = Permit.objects.get()
    checkout = make_checkout([permit.charge], driver.user, at=driver.now)
    promise_payment(checkout, email=driver.user.email, at=driver.now)
    driver.work()
    permit.refresh_from_db()
    assert (driver.talk.state, driver.talk.problem, permit.state, vault.charges) == ("unpaid", "busy", "held", {})
    assert driver.told == ["A payment for this is under way already. Its result shows on Payments."]
