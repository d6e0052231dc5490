"""The release code by text: once, where the office sends it and the person asked for it from a confirmed phone."""

from typing import Any

import pytest

from accounts.models import TextMessage, User
from accounts.services.texts import send_text_now
from tests.factories import change_office, fit, make_boot, make_user, make_vehicle, make_violation
from tests.payments.refunding import paid_by_card
from violations.models import BootAssignment
from violations.services.boots.owing import required_charges
from violations.services.boots.releasing import release_if_paid

pytestmark = pytest.mark.django_db
NUMBER = "+15195550123"
READY: dict[str, Any] = {"phone": NUMBER, "texts_from": NUMBER, "boot_code_by_text": True, "language": "en"}


def paid_boot(user: User | None, **choices: Any) -> BootAssignment:
    """All that this payer's boot waits for is paid."""
    choices = {"boot_code_by_text": True, "office_name": "Parking Office", "text_number": "+15195550100"} | choices
    change_office(**choices)
    vehicle = make_vehicle(user) if user else make_vehicle()
    assignment = fit(make_violation(vehicle), make_boot("73519", number="B-7"))
    paid_by_card(list(required_charges(assignment)), user)
    assignment.refresh_from_db()
    assert assignment.state == "released"
    return assignment


def test_code_goes_once_to_the_confirmed_phone_and_is_sealed() -> None:
    user = make_user(**READY)
    assignment = paid_boot(user)
    release_if_paid(assignment.pk, at=assignment.fitted_at)
    text = TextMessage.objects.get()
    assert (text.number, text.user, text.kind, text.shown_body, "73519" in text.body) == (
        NUMBER,
        user,
        "boot_code",
        "",
        False,
    )
    assert text.plain_body.startswith("Parking Office: the release code of boot B-7 is 73519. Bring the boot back by ")
    assert text.plain_body.endswith(f"How and where: http://127.0.0.1:8000/releases/{assignment.code}/")
    assert send_text_now(text.pk)


@pytest.mark.parametrize(
    ("office", "person"),
    [
        ({"boot_code_by_text": False}, {}),
        ({}, {"boot_code_by_text": False}),
        ({}, {"texts_from": None}),
        ({}, {"phone": "+15195550124"}),
        ({"text_gateway": "off"}, {}),
        ({}, None),
    ],
)
def test_no_text_without_the_offices_and_the_persons_word_or_for_a_guest(
    office: dict[str, Any], person: dict[str, Any] | None
) -> None:
    user = None if person is None else make_user(**READY | person)
    paid_boot(user, **office)
    assert not TextMessage.objects.exists()
