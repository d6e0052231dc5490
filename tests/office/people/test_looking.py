"""Look a person up by whatever they say."""

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import User
from opscom.lib.finding import found_by_any
from opscom.office.people.looking import anything_of
from tests.factories import make_permit, make_user, make_vehicle, make_violation

pytestmark = pytest.mark.django_db


def test_person_is_found_by_what_is_theirs(staff_client: Client) -> None:
    person = make_user(first_name="Maya", last_name="Okafor", phone="+15195550142", organisation_number="7001234")
    make_user(first_name="Noor", last_name="Haddad")
    vehicle = make_vehicle(person, plate="CKRT418")
    permit, ticket = make_permit(person), make_violation(vehicle)
    vehicle.owner_links.all().delete()
    said = [
        "okafor",
        "Maya Okafor",
        person.email.partition("@")[0] + "@",
        "519-555-0142",
        "7001234",
        "ckrt 418",
        permit.number.lower(),
        ticket.number.lower(),
        ticket.full_number,
    ]
    make_vehicle(person, plate="ZZZZ111")
    for term in [*said, "zzzz 111"]:
        answer = staff_client.get("/admin/find/", {"q": term})
        assert answer.headers["Location"] == f"/admin/accounts/user/{person.pk}/change/", term


def test_several_or_nobody_lead_to_the_list(staff_client: Client) -> None:
    pair = [make_user(last_name="Okafor"), make_user(last_name="Okafor")]
    for term, found in [("Okafor", pair), ("Nobody 12", [])]:
        listed = staff_client.get("/admin/find/", {"q": term}, follow=True)
        assert set(listed.context["cl"].queryset) == set(found)
    assert staff_client.get("/admin/find/").headers["Location"] == "/admin/accounts/user/?q="


def test_looking_up_is_one_query(staff: User) -> None:
    with CaptureQueriesContext(connection) as captured:
        assert list(found_by_any(User.objects.all(), anything_of("CKRT 418"))) == []
    assert len(captured) == 1
