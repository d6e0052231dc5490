"""Your Profile: Personal Information, and the Users Settings of parking by text (TXT-1)."""

import pytest
from django.test import Client

from accounts.models import User
from accounts.services.phones import confirmation_code
from payments.models import StoredCard
from tests.conftest import sign_in
from tests.factories import change_office, make_company, make_manager, make_member, make_stored_card, make_user_type
from tests.permits.parkme.driver import NUMBER, OFFICE, text_lot

pytestmark = pytest.mark.django_db
NAMES = {"first_name": "Ada", "last_name": "Reyes", "organisation_number": "", "language": "en"}


def page(client: Client) -> str:
    return " ".join(client.get("/profile/").content.decode().split())


def test_settings_are_there_where_the_office_sells_by_text(resident: User, resident_client: Client) -> None:
    assert "Users Settings" not in page(resident_client)
    text_lot()
    assert "Users Settings" not in page(resident_client)  # the office has no number
    change_office(text_number=OFFICE)
    shown = page(resident_client)
    words = (
        "Personal Information",
        "Users Settings",
        "Parking Expiry Reminder",
        "No reminder",
        "30 minutes before",
        "Register a Credit Card",
        "Register the Vehicle(s)",
        "Not active.",
        "enter your mobile number above",
    )
    assert [word for word in words if word not in shown] == []
    User.objects.update(user_type=make_user_type(text_parking=False))
    assert "Users Settings" not in page(resident_client)


def test_number_reminder_and_subscription(resident: User, resident_client: Client) -> None:
    text_lot()
    change_office(text_number=OFFICE, stored_cards_for_parking=True)
    make_stored_card(resident, primary=True)
    resident_client.post("/profile/", NAMES | {"phone": "519-555-0142", "parking_reminder": "25"})
    resident.refresh_from_db()
    assert (str(resident.phone), resident.parking_reminder) == (NUMBER, 25)
    shown = page(resident_client)
    assert f"text <strong>{confirmation_code(resident)}</strong> to {OFFICE}." in shown
    assert "pays subscriptions only, not temporary parking" in shown
    StoredCard.objects.update(purpose="parking")
    User.objects.update(texts_from=NUMBER)
    shown = page(resident_client)
    assert "Active: your primary card pays." in shown
    assert f"is confirmed. To park, text <strong>ParkMe</strong> to {OFFICE}." in shown


@pytest.mark.parametrize("minutes", ["7", "-5", "x"])
def test_reminder_is_one_of_those_offered(resident: User, resident_client: Client, minutes: str) -> None:
    text_lot()
    change_office(text_number=OFFICE)
    response = resident_client.post("/profile/", NAMES | {"phone": "", "parking_reminder": minutes})
    assert list(response.context["form"].errors) == ["parking_reminder"]


def test_who_acts_for_a_person_reads_no_code(resident: User, resident_client: Client) -> None:
    text_lot()
    change_office(text_number=OFFICE)
    User.objects.filter(pk=resident.pk).update(phone=NUMBER)
    resident.refresh_from_db()
    code = confirmation_code(resident)
    assert code in page(resident_client)
    company = make_company()
    manager, member = make_manager(company), make_member(company, resident)
    client = sign_in(Client(), manager.user)
    client.post(f"/company/{member.code}/enter/", {"confirmed": "yes"})
    shown = page(client)
    assert [word in shown for word in ("Users Settings", "is confirmed", code)] == [True, False, False]


def test_release_code_by_text_is_asked_where_the_office_sends_it(resident: User, resident_client: Client) -> None:
    """Also where no parking is sold by text."""
    change_office(boot_code_by_text=True, text_number=OFFICE)
    shown = page(resident_client)
    words = (
        "Users Settings",
        "Boot release code by text",
        "For texts, enter your mobile number",
        "Parking Expiry Reminder",
        "Register a Credit Card",
    )
    assert [word in shown for word in words] == [True, True, True, False, False]
    resident_client.post("/profile/", NAMES | {"phone": "519-555-0142", "boot_code_by_text": "on"})
    resident.refresh_from_db()
    assert resident.boot_code_by_text
    change_office(text_gateway="off")
    resident_client.post("/profile/", NAMES | {"phone": "519-555-0142"})
    resident.refresh_from_db()
    assert (resident.boot_code_by_text, "Users Settings" in page(resident_client)) == (True, False)
