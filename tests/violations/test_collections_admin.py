"""Collections in the office."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.utils import timezone

from opscom.roles import make_roles
from tests.conftest import sign_in
from tests.factories import change_office, make_user, make_vehicle, make_violation
from violations.models import CollectionsBatch, TicketNotice, Violation

FILES, CASES = "/admin/violations/collectionsbatch/", "/admin/violations/collectionscase/"


@pytest.fixture
def finance_client(client: Client, db: None) -> Client:
    make_roles()
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Finance"))
    return sign_in(client, user)


@pytest.fixture
def tickets(db: None) -> list[Violation]:
    """Three tickets that the agency may have."""
    change_office(collections_days=30)
    long_ago = timezone.now() - timedelta(days=100)
    made = [make_violation(make_vehicle(make_user()), issued_at=long_ago) for _n in range(3)]
    for ticket in made:
        TicketNotice.objects.create(violation=ticket, step="last", at=timezone.now() - timedelta(days=31))
    return made


def test_office_hands_over_takes_money_and_recalls(finance_client: Client, tickets: list[Violation]) -> None:
    assert "3 tickets are ready, $150.00 owed." in finance_client.get(f"{FILES}add/").content.decode()
    page = finance_client.post(f"{FILES}add/", follow=True).content.decode()
    assert "3 tickets, $150.00 when they were sent; 3 still at the agency." in page
    batch = CollectionsBatch.objects.get()
    assert len(finance_client.post(f"{FILES}{batch.pk}/file/").content.splitlines()) == 4
    paid, part, back = batch.cases.order_by("pk")
    upload = SimpleUploadedFile(
        "paid.csv", f"reference,ticket,amount,payment\n{paid.pk},{paid.violation},50,A-1\n".encode()
    )
    answer = finance_client.post(f"{FILES}payments/", {"payments": upload}, follow=True)
    assert "Payments booked: 1, $50.00 in all." in answer.content.decode()
    finance_client.post(f"{CASES}{part.pk}/payment/", {"amount": "20", "reference": "A-2"})
    finance_client.post(f"{CASES}{back.pk}/recall/", {"reason": "Hardship"})
    assert list(batch.cases.order_by("pk").values_list("state", flat=True)) == ["paid", "out", "recalled"]
    assert "A-2" in finance_client.get(f"{CASES}{part.pk}/change/").content.decode()


def test_ticket_page_says_where_to_pay(client: Client, tickets: list[Violation], finance_client: Client) -> None:
    finance_client.post(f"{FILES}add/")
    guest = Client()
    guest.post("/pay-ticket/", {"ticket": tickets[0].full_number})
    page = guest.get(f"/tickets/{tickets[0].number}/").content.decode()
    assert ("Sent to collections" in page, "Pay the agency that wrote to you" in page) == (True, True)
    assert "Guest Payment" not in page
