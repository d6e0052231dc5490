"""The dialogue of the guide, word by word, and whatever else somebody may text at each of its steps."""

from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext

from accounts.models import Mail
from payments.models import StoredCard
from permits.models import Lot, Permit, TextConversation
from permits.services.parkme.buying import expire_conversations
from permits.services.plate_check import check_plate
from tests.factories import change_office, make_user, make_user_type, make_vehicle
from tests.payments.vault import Machine
from tests.permits.parkme.driver import NOON, Driver, make_driver, text_lot

pytestmark = pytest.mark.django_db
BAD = ["", "  ", "\0", "🚗", "0", "99999", "-1", "1.5", "P P", "é", "x" * 1600, "C!C", "<b>1</b>", "1 2", "½"]


@pytest.fixture
def lot(db: None) -> Lot:
    return text_lot()


@pytest.fixture
def driver(vault: Machine, lot: Lot) -> Driver:
    return make_driver()


def test_dialogue_of_the_guide_word_by_word(driver: Driver, vault: Machine, lot: Lot) -> None:
    assert driver.text("ParkMe") == "Text2ParkMe: text P to start parking or Q to quit."
    assert driver.text("P") == "Text the number of the parking lot you want, or Q to quit.\n1 Yellow Lot"
    assert driver.text("1") == "Yellow Lot: text the number of minutes you want to park, or L for the lots."
    assert driver.text("90") == (
        "Yellow Lot, 90 minutes, until 1:30 p.m.: $3.00 on your card Visa 4242. Text C to continue or L to go back to the lots."
    )
    assert driver.text("C") == "Text the number of your license plate, or another plate.\n1 CKRT418 ON"
    assert driver.text("1") == (
        "Plate CKRT418. Yellow Lot, 90 minutes, until 1:30 p.m.: $3.00 on your card Visa 4242. "
        "Text C to confirm your purchase or L to go back to the options."
    )
    waiting = "Thank you. Your card is being charged; the confirmation comes by text in a moment."
    assert [driver.text("C"), driver.text("C"), driver.text("ParkMe")] == [waiting] * 3
    for _ in range(2):
        driver.work()
    permit = Permit.objects.get()
    assert driver.told == [
        f"Thank you. CKRT418 may park in Yellow Lot until 1:30 p.m.; paid: $3.00, permit {permit.number}. Text E to extend."
    ]
    assert (permit.state, permit.starts_at, permit.charge.state, driver.talk.state, vault.money) == (
        "active",
        NOON.replace(second=0),
        "settled",
        "parked",
        Decimal("3.00"),
    )
    assert sorted(Mail.objects.values_list("kind", flat=True)) == ["receipt", "text_parked"]
    assert "CKRT418 may park in Yellow Lot until Nov. 16, 2026, 1:30 p.m." in Mail.objects.get(kind="text_parked").text
    assert check_plate("CKRT 418", lot=lot, at=driver.now).covered


@pytest.mark.parametrize(
    ("way", "state"),
    [
        (["ParkMe"], "start"),
        (["ParkMe", "P"], "lot"),
        (["ParkMe", "P", "1"], "minutes"),
        (["ParkMe", "P", "1", "60"], "quote"),
        (["ParkMe", "P", "1", "60", "C"], "plate"),
        (["ParkMe", "P", "1", "60", "C", "1"], "confirm"),
    ],
)
def test_whatever_does_not_fit_asks_the_step_again(driver: Driver, way: list[str], state: str) -> None:
    asked = driver.text(*way)
    for body in BAD:
        answer = driver.text(body)
        if state == "minutes" and body == "99999":
            assert answer.startswith("A temporary permit here is valid for 30 days at most.")
            assert answer.endswith(asked)
        elif state == "plate" and body in ("99999", "P P"):
            assert (driver.talk.state, driver.talk.plate) == ("confirm", body.replace(" ", ""))
            driver.text("L", "1", "60", "C")
        else:
            assert (answer, driver.talk.state) == (f"Sorry, that does not fit here. {asked}", state), body
    assert not Permit.objects.exists()
    assert driver.text("q.") == "You have quit, and nothing was charged. Text ParkMe to start again."
    assert driver.talk.state == "quit"


@pytest.mark.parametrize("words", ["parkme", " Park  Me! ", "PARKME", "ＰａｒｋＭｅ"])
def test_parkme_begins_anew_from_any_step(driver: Driver, words: str) -> None:
    driver.text("ParkMe", "P", "1", "60", "C")
    assert driver.text(words) == "Text2ParkMe: text P to start parking or Q to quit."
    assert TextConversation.objects.values_list("state", "plate", "minutes").get() == ("start", "", None)


def test_l_leads_back_to_the_lots(driver: Driver) -> None:
    driver.text("ParkMe", "P")
    for way in (["1"], ["1", "60"], ["1", "60", "C"], ["1", "60", "C", "1"]):
        driver.text(*way)
        assert driver.text("l") == "Text the number of the parking lot you want, or Q to quit.\n1 Yellow Lot"


def test_plates_are_typed_in_any_way_and_the_own_vehicle_is_meant(driver: Driver) -> None:
    own = make_vehicle(driver.user, plate="QC1234", region="CA-QC")
    assert driver.text("ParkMe", "P", "1", "60", "C", "abc-12 3").startswith("Plate ABC123. Yellow Lot")
    driver.text("L", "1", "60", "C", " qc 1234 ", "C")
    driver.work()
    assert list(Permit.objects.get().vehicles.all()) == [own]


def test_lists_have_pages_and_their_numbers_run_on(driver: Driver) -> None:
    for n in range(2, 9):
        text_lot(f"Lot {n}", position=n)
    first = driver.text("ParkMe", "P")
    assert first.splitlines()[1:] == ["1 Yellow Lot", *(f"{n} Lot {n}" for n in range(2, 7)), "M more"]
    assert driver.text("m").splitlines()[1:] == ["7 Lot 7", "8 Lot 8", "M more"]
    assert driver.text("M") == first
    assert driver.text("8").startswith("Lot 8:")


def test_only_lots_that_sell_by_text_to_this_person_are_listed(driver: Driver) -> None:
    other = make_user_type()
    text_lot("Staff Lot").user_types.add(other)
    text_lot("Hidden Lot", visibility="hidden")
    text_lot("Secret Lot", password="x")
    text_lot("Other Lot", visibility="direct")
    text_lot("Web Lot").permit_types.update(active=False)
    Lot.objects.filter(pk=text_lot("Plain Lot").pk).update(text_parking=False)
    assert driver.text("ParkMe", "P").splitlines()[1:] == ["1 Yellow Lot"]
    Lot.objects.update(text_parking=False)
    assert driver.text("1").startswith("Sorry, that does not fit here.")
    assert driver.text("ParkMe").startswith("No lot sells parking by text now. Buy it on the portal: http")


@pytest.mark.rule(23)
def test_time_out_is_said_and_nothing_is_charged(driver: Driver, vault: Machine) -> None:
    driver.text("ParkMe", "P", "1", "60", "C", "1")
    driver.wait(14)
    driver.text("?")
    driver.wait(14.9)
    assert expire_conversations(at=driver.now) == 0
    driver.wait(0.2)
    assert driver.text("C") == (
        "Your last request ended after 15 minutes without an answer; nothing was charged. Text ParkMe to start again."
    )
    driver.text("ParkMe")
    driver.wait(16)
    assert (expire_conversations(at=driver.now), expire_conversations(at=driver.now)) == (1, 0)
    assert list(TextConversation.objects.values_list("state", flat=True)) == ["expired", "expired"]
    assert vault.money == 0


def test_idle_texts_say_what_can_be_sent(driver: Driver) -> None:
    assert driver.text("hello") == "Text ParkMe to park, or E to extend parking that runs."
    assert driver.text("Q") == "Nothing is under way. Text ParkMe to park, or E to extend."
    assert driver.text("E") == "No parking of yours is running. Text ParkMe to park."
    assert not TextConversation.objects.exists()


def test_own_language_with_the_letters_of_the_guide(driver: Driver) -> None:
    driver.user.language = "fr"
    driver.user.save()
    text = driver.text("ParkMe", "P", "1", "60")
    assert "\u00a0" not in text
    assert "13:00" in text or "13 h 00" in text


def test_what_stands_in_the_way_is_said_with_the_page(driver: Driver) -> None:
    cards = StoredCard.objects.filter(user=driver.user)
    site = "http://127.0.0.1:8000"
    cards.update(purpose="subscription")
    assert driver.text("ParkMe") == (
        f"Your card Visa 4242 pays subscriptions only, not temporary parking. Store a card for it: {site}/cards/"
    )
    cards.update(purpose="parking", exp_year=2020)
    assert driver.text("ParkMe") == f"Your card Visa 4242 has expired. Store a card for it: {site}/cards/"
    cards.update(state="removed", primary=False)
    assert driver.text("ParkMe") == f"Register a Credit Card first: {site}/cards/"
    change_office(stored_cards_for_parking=False)
    assert driver.text("ParkMe") == (
        f"Stored cards do not pay for parking here. Buy it on the portal: {site}/permits/temporary/"
    )
    change_office(permit_disclaimer="Park well.")
    assert driver.text("ParkMe") == f"Agree to the Permit Disclaimer first: {site}/permits/disclaimer/"
    driver.user.user_type = make_user_type(text_parking=False)
    driver.user.save()
    assert driver.text("E") == f"Parking by text is not offered to you. Buy your parking here: {site}/permits/"
    driver.user.profile_complete = False
    driver.user.save()
    assert driver.text("ParkMe") == f"Complete your profile first: {site}/profile/"
    assert not TextConversation.objects.exists()


def test_somebody_elses_choice_of_plate_or_lot_cannot_be_named(driver: Driver) -> None:
    """Numbers stand for what this person was shown, even where lists change meanwhile."""
    driver.text("ParkMe", "P")
    text_lot("A Lot", position=0)
    Lot.objects.filter(name="Yellow Lot").update(position=9)
    assert driver.text("1").startswith("Yellow Lot:")
    make_vehicle(make_user(), plate="OTHER1")
    driver.text("60", "C")
    make_vehicle(driver.user, plate="AAA111")
    assert driver.text("2").startswith("Sorry")
    assert driver.text("1").startswith("Plate CKRT418.")


def test_a_text_costs_few_queries(driver: Driver) -> None:
    counts = []
    for body in ("ParkMe", "P", "1", "60", "C", "1", "C"):
        with CaptureQueriesContext(connection) as queries:
            driver.text(body)
        counts.append(len(queries))
    assert (max(counts[:-1]) <= 18, counts[-1] <= 45) == (True, True), counts
