"""A phone belongs to whoever has texted the code of the own profile from it."""

from datetime import UTC, datetime

import pytest

from accounts.models import AccountEvent, User
from accounts.services.phones import confirm_number, confirmation_code, is_known_number, owner_of_number
from accounts.services.profile import save_profile
from tests.factories import make_user

pytestmark = pytest.mark.django_db
NUMBER, AT = "+15195550142", datetime(2026, 11, 23, 17, tzinfo=UTC)


def verbs(user: User) -> list[str]:
    return list(AccountEvent.objects.filter(user=user).values_list("verb", flat=True))


def test_number_is_nobodys_until_a_text_from_it_says_the_code() -> None:
    user = make_user(phone=NUMBER)
    assert (owner_of_number(NUMBER), is_known_number(NUMBER)) == (None, True)
    code = confirmation_code(user)
    assert confirm_number("+15195550143", code=code, at=AT) is None
    for _ in range(2):
        assert confirm_number(NUMBER, code=code, at=AT) == user
    assert (owner_of_number(NUMBER), verbs(user)) == (user, ["number_confirmed"])


def test_number_typed_by_a_stranger_shadows_nobody() -> None:
    stranger, owner = make_user(phone=NUMBER), make_user(phone=NUMBER)
    assert confirmation_code(stranger) != confirmation_code(owner)
    confirm_number(NUMBER, code=confirmation_code(owner), at=AT)
    assert owner_of_number(NUMBER) == owner
    confirm_number(NUMBER, code=confirmation_code(stranger), at=AT)  # the phone changed hands
    assert (owner_of_number(NUMBER), verbs(owner)) == (stranger, ["number_left", "number_confirmed"])


def test_codes_are_not_guessed() -> None:
    user = make_user(phone=NUMBER)
    wrong = f"{(int(confirmation_code(user)) + 1) % 10**6:06}"
    assert [confirm_number(NUMBER, code=wrong, at=AT) for _ in range(5)] == [None] * 5
    assert confirm_number(NUMBER, code=confirmation_code(user), at=AT) is None


def test_another_number_in_the_profile_has_still_to_be_confirmed() -> None:
    user = make_user(phone=NUMBER, texts_from=NUMBER)
    save_profile(user, answers={"phone": user.phone})
    assert owner_of_number(NUMBER) == user
    save_profile(user, answers={"phone": "+15195550143"})
    user.refresh_from_db()
    assert (user.texts_from, owner_of_number(NUMBER), owner_of_number("+15195550143")) == (None, None, None)


@pytest.mark.parametrize("change", [{"is_active": False}, {"phone": ""}, {"phone": "+15195550143"}])
def test_closed_account_or_other_phone_is_nobodys(change: dict[str, object]) -> None:
    user = make_user(phone=NUMBER, texts_from=NUMBER)
    User.objects.filter(pk=user.pk).update(**change)
    assert owner_of_number(NUMBER) is None
