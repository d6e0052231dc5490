"""Numbers that nobody has shown to be theirs."""

import pytest

from accounts.services.phones import confirm_number, confirmation_code, owner_of_number
from permits.models import TextConversation
from permits.services.parkme.dialogue import answer_text
from tests.factories import make_user
from tests.permits.parkme.driver import NOON, NUMBER

pytestmark = pytest.mark.django_db
PROFILE = "http://127.0.0.1:8000/profile/"


def test_unknown_number_is_told_once_an_hour_how_to_register() -> None:
    said = [answer_text(NUMBER, body, at=NOON) for body in ("ParkMe", "P", "\0", "123456")]
    assert said == [f"We do not know this number. Register, and enter it in Your Profile: {PROFILE}", "", "", ""]
    assert not TextConversation.objects.exists()


def test_phone_is_confirmed_by_the_code_of_the_profile() -> None:
    user = make_user(phone=NUMBER, language="en")
    assert answer_text(NUMBER, "ParkMe", at=NOON) == (
        f"This phone is not confirmed yet. Text us the six digits that your profile shows: {PROFILE}"
    )
    assert answer_text(NUMBER, "000000", at=NOON) == ""
    assert answer_text(NUMBER, f" {confirmation_code(user)}. ", at=NOON) == (
        "Thank you, this phone is confirmed. Text ParkMe to park."
    )
    assert answer_text(NUMBER, "x", at=NOON) == "Text ParkMe to park, or E to extend parking that runs."


def test_number_that_changed_hands_is_taken_over_by_the_code() -> None:
    former = make_user(phone=NUMBER)
    confirm_number(NUMBER, code=confirmation_code(former), at=NOON)
    user = make_user(phone=NUMBER)
    assert answer_text(NUMBER, confirmation_code(user), at=NOON) == (
        "Thank you, this phone is confirmed. Text ParkMe to park."
    )
    assert owner_of_number(NUMBER) == user
