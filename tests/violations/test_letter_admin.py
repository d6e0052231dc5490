"""Letters in the office."""

from datetime import timedelta

import pytest
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from opscom.roles import make_roles
from tests.conftest import sign_in
from tests.factories import make_user, make_violation
from violations.models import LetterBatch, NoticeAddress
from violations.services.letters import draw_letters

LIST = "/admin/violations/letterbatch/"


@pytest.fixture
def office_client(client: Client, db: None) -> Client:
    make_roles()
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Enforcement supervisor"))
    return sign_in(client, user)


def test_office_makes_draws_fetches_and_sends_a_batch(office_client: Client) -> None:
    answer = office_client.post(f"{LIST}add/", {"step": "overdue"}, follow=True)
    assert "No ticket waits for a letter of this notice." in answer.content.decode()
    ticket = make_violation(issued_at=timezone.now() - timedelta(days=40))
    NoticeAddress.objects.create(violation=ticket, name="Jo Poe", address="1 Main St")
    answer = office_client.post(f"{LIST}add/", {"step": "overdue"}, follow=True)
    batch = LetterBatch.objects.get()
    page = f"{LIST}{batch.pk}/"
    assert (answer.redirect_chain[0][0], answer.headers["Refresh"]) == (f"{page}change/", "5")
    draw_letters(batch.pk)
    assert "Download the letters (PDF)" in office_client.get(f"{page}change/").content.decode()
    assert office_client.post(f"{page}file/").content.startswith(b"%PDF")
    office_client.post(f"{page}sent/")
    assert ticket.notices.get().step == "overdue"
    refused = office_client.post(f"{page}drop/", follow=True)
    assert "This batch is sent or taken back already." in refused.content.decode()
