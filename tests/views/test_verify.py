"""What the code on a permit or receipt opens."""

from datetime import timedelta

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from opscom.lib.dates import today
from payments.models import Receipt
from permits.models import Permit
from tests.factories import (
    make_charge,
    make_checkout,
    make_lot,
    make_payment,
    make_permit,
    make_user,
    make_vehicle,
    make_window,
)

pytestmark = pytest.mark.django_db


def heading(page: str) -> str:
    return page.split("<h1", 1)[1].split(">", 1)[1].split("</h1>")[0]


@pytest.fixture
def permit() -> Permit:
    user = make_user(first_name="Zebulon", last_name="Quixote")
    make_vehicle(user, plate="CKRT418")
    return make_permit(user, make_window(make_lot(name="Yellow zone")))


@pytest.mark.parametrize(
    ("state", "start", "word", "colour"),
    [
        ("active", 0, "Valid now", "is-paid"),
        ("active", -29, "Valid now", "is-paid"),
        ("active", -30, "No longer valid", "is-overdue"),
        ("active", 1, "Not valid yet", "is-held"),
        ("held", 0, "Not valid yet", "is-held"),
        ("released", 0, "No longer valid", "is-overdue"),
        ("cancelled", 0, "No longer valid", "is-overdue"),
    ],
)
def test_verify_permit_says_whether_it_is_valid_now(
    client: Client, permit: Permit, state: str, start: int, word: str, colour: str
) -> None:
    first = today() + timedelta(days=start)
    Permit.objects.update(state=state, valid_from=first, valid_before=first + timedelta(days=30))
    answer = client.get(f"/verify/{permit.code}/")
    page = answer.content.decode()
    assert (answer.status_code, heading(page), f'class="callout {colour}"' in page) == (200, word, True)
    assert [part for part in (permit.number, "Yellow zone", "CKRT 418") if part not in page] == []


def test_verify_says_nothing_about_the_holder(client: Client, permit: Permit) -> None:
    page = client.get(f"/verify/{permit.code.lower()}/").content.decode()
    assert [part for part in ("Zebulon", "Quixote", permit.holder.email) if part in page] == []


def test_verify_receipt(client: Client) -> None:
    payment = make_payment(make_checkout([make_charge(amount="50.00")]), received="50.00")
    receipt = Receipt.objects.create(payment=payment, number="R-2026-00042")
    page = client.get(f"/verify/{receipt.code}/").content.decode()
    assert (heading(page), "R-2026-00042" in page, "$50.00" in page) == ("Receipt is real", True, True)


def test_verify_unknown_code_is_404_with_the_answer(client: Client) -> None:
    answer = client.get("/verify/NOSUCHCODE00/")
    assert (answer.status_code, heading(answer.content.decode())) == (404, "We know no such permit")


def test_verify_post_is_refused(client: Client, permit: Permit) -> None:
    assert client.post(f"/verify/{permit.code}/").status_code == 405


def test_verify_few_queries(
    client: Client, permit: Permit, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    with django_assert_max_num_queries(5):
        client.get(f"/verify/{permit.code}/")
