"""Evidence photos are seen by those who see the ticket, and by nobody else."""

from pathlib import Path

from django.test import Client

from accounts.models import User
from tests.factories import make_vehicle, make_violation
from tests.violations.conftest import add_photo
from violations.models import Violation


def test_photo_is_shown_with_its_ticket(guest_client: Client, ticket: Violation) -> None:
    photo = add_photo(ticket)
    answer = guest_client.get(f"/tickets/TT-10133/photos/{photo.code}/")
    content = answer.getvalue()
    assert (answer.status_code, content[:3]) == (200, b"\xff\xd8\xff")
    assert answer.headers["Content-Type"] == "image/jpeg"
    assert answer.headers["X-Content-Type-Options"] == "nosniff"
    assert answer.headers["Cache-Control"] == "private, max-age=3600"


def test_photo_is_not_there_for_visitors_and_strangers(
    client: Client, resident_client: Client, ticket: Violation
) -> None:
    photo = add_photo(ticket)
    for browser in (client, resident_client):
        assert browser.get(f"/tickets/TT-10133/photos/{photo.code}/").status_code == 404


def test_photo_is_shown_to_payer_and_staff(resident: User, resident_client: Client, staff_client: Client) -> None:
    photo = add_photo(make_violation(make_vehicle(resident), number="TT-10133"))
    for browser in (resident_client, staff_client):
        assert browser.get(f"/tickets/TT-10133/photos/{photo.code}/").status_code == 200


def test_photo_of_another_ticket_is_not_there(guest_client: Client, ticket: Violation) -> None:
    other = add_photo(make_violation())
    assert guest_client.get(f"/tickets/TT-10133/photos/{other.code}/").status_code == 404


def test_photo_whose_file_is_gone_is_not_there(guest_client: Client, ticket: Violation) -> None:
    photo = add_photo(ticket)
    Path(photo.image.path).unlink()
    assert guest_client.get(f"/tickets/TT-10133/photos/{photo.code}/").status_code == 404


def test_photo_refuses_post(guest_client: Client, ticket: Violation) -> None:
    assert guest_client.post(f"/tickets/TT-10133/photos/{add_photo(ticket).code}/").status_code == 405
