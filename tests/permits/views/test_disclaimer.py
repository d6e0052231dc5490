"""Permit Disclaimer → I Agree (PER-2)."""

from django.test import Client
from django.urls import reverse

from accounts.models import User

URL = "/permits/disclaimer/"


def test_disclaimer_is_agreed_to_once(resident_client: Client, resident: User) -> None:
    page = resident_client.get(URL).content.decode()
    assert ("Permit Disclaimer" in page, "I Agree" in page) == (True, True)
    assert resident_client.post(URL).headers["Location"] == "/permits/"
    resident.refresh_from_db()
    agreed = resident.permit_disclaimer_at
    assert agreed is not None
    assert resident_client.post(URL).headers["Location"] == "/permits/"
    resident.refresh_from_db()
    assert resident.permit_disclaimer_at == agreed
    assert resident_client.get(URL).headers["Location"] == "/permits/"


def test_disclaimer_get_agrees_to_nothing(resident_client: Client, resident: User) -> None:
    resident_client.get(URL)
    resident.refresh_from_db()
    assert resident.permit_disclaimer_at is None


def test_disclaimer_anonymous_goes_to_login(client: Client, db: None) -> None:
    assert client.post(URL).headers["Location"] == f"{reverse('account_login')}?next={URL}"


def test_disclaimer_other_methods_are_refused(resident_client: Client) -> None:
    assert resident_client.delete(URL).status_code == 405
