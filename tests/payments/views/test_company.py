"""Company Invoice."""

from datetime import timedelta

import pytest
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import timezone

from accounts.models import CompanyMembership
from payments.models import Charge, Checkout
from payments.services.attempts import resolve_payment
from tests.accounts.acting import Staffed
from tests.conftest import sign_in
from tests.factories import make_charge, make_company, make_member, make_user
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.views.counting import queries
from tests.payments.views.page import soup

pytestmark = pytest.mark.django_db
URL, PAY = "/company/invoice/", "/company/invoice/pay/"


@pytest.fixture
def staffed() -> Staffed:
    return Staffed()


def people(client: Client) -> list[tuple[str, list[str]]]:
    """Each person with the codes that can be ticked."""
    found = []
    for section in soup(client.get(URL)).select("form.cols section"):
        name = section.select_one("h2")
        assert name is not None
        found.append((name.get_text(), [str(box["value"]) for box in section.select("input:not([disabled])")]))
    return found


def test_invoice_shows_what_each_of_the_people_owes(staffed: Staffed) -> None:
    other = make_member(staffed.company, make_user(first_name="Abel", last_name="Adams"))
    first, second = make_charge(staffed.person), make_charge(staffed.person, link="/tickets/TT-1/")
    third = make_charge(other.user)
    make_charge(make_member(make_company()).user)
    make_charge(make_user())
    blocked = make_charge(staffed.manager.user)
    Charge.objects.filter(pk=blocked.pk).update(blocked="It is under appeal.")
    staffed.company.billing_address = "4 Fern Road\nGuelph"
    staffed.company.save()
    assert people(staffed.client) == [
        ("Abel Adams", [third.code]),
        ("Maya Okafor", [first.code, second.code]),
        ("Dana Reyes", []),
    ]
    page = soup(staffed.client.get(URL))
    assert page.select(".rows a") == []
    assert "4 Fern RoadGuelph" in page.get_text()


def test_invoice_of_nothing_says_so(staffed: Staffed) -> None:
    page = soup(staffed.client.get(URL))
    assert page.select_one(".empty h2") is not None
    assert page.select("button.btn-primary") == []


def test_ticked_items_go_into_one_checkout(staffed: Staffed) -> None:
    charges = [make_charge(staffed.person), make_charge(staffed.manager.user)]
    left_out = make_charge(staffed.person)
    answer = staffed.client.post(PAY, {"charge": [charge.code for charge in charges]})
    checkout = Checkout.objects.get()
    assert answer.headers["Location"] == f"/checkout/{checkout.code}/"
    assert (checkout.user, checkout.company, checkout.back) == (staffed.manager.user, staffed.company, URL)
    assert [line.charge for line in checkout.lines.all()] == charges
    assert left_out not in [line.charge for line in checkout.lines.all()]
    page = soup(staffed.client.get(f"/checkout/{checkout.code}/")).get_text(" ", strip=True)
    assert "Maya Okafor" in page
    assert "Back to Company Invoice" in page


def test_receipt_is_the_payers_and_names_the_people(staffed: Staffed) -> None:
    charge = make_charge(staffed.person, link="/tickets/TT-1/")
    staffed.client.post(PAY, {"charge": charge.code})
    payment = begin(Checkout.objects.get())
    pay_at_provider(payment)
    receipt = resolve_payment(payment).receipt
    page = soup(staffed.client.get(f"/receipts/{receipt.code}/"))
    assert "Maya Okafor" in page.get_text()
    assert page.select("main .rows a") == []
    assert sign_in(Client(), staffed.person).get(f"/receipts/{receipt.code}/").status_code == 404
    assert people(staffed.client) == []


@pytest.mark.parametrize("codes", [[], ["\x00"], ["NOSUCHCODE"]])
def test_nothing_ticked_is_refused(staffed: Staffed, codes: list[str]) -> None:
    make_charge(staffed.person)
    answer = staffed.client.post(PAY, {"charge": codes})
    assert answer.headers["Location"] == URL
    assert [str(message) for message in get_messages(answer.wsgi_request)] == ["Tick what you want to pay first."]


def test_others_items_are_nothing_here(staffed: Staffed) -> None:
    strangers = [make_charge(make_user()), make_charge(make_member(staffed.company, active=False).user)]
    staffed.client.post(PAY, {"charge": [charge.code for charge in strangers]})
    assert Checkout.objects.count() == 0


def test_person_who_left_meanwhile_is_named_at_the_checkout(staffed: Staffed) -> None:
    charge = make_charge(staffed.person)
    staffed.client.post(PAY, {"charge": charge.code})
    CompanyMembership.objects.filter(pk=staffed.member.pk).update(active=False)
    answer = staffed.client.post(
        f"/checkout/{Checkout.objects.get().code}/", {"method": "card", "email": "a@example.test"}
    )
    assert answer.headers["Location"] == URL
    assert [str(message) for message in get_messages(answer.wsgi_request)][-1] == (
        "Ticket is no longer owed by one of your people. Go back to the Company Invoice to see what is."
    )


def test_invoice_is_for_managers_and_billing_contacts(staffed: Staffed, client: Client) -> None:
    contact = sign_in(Client(), make_member(staffed.company, billing_contact=True).user)
    menu = soup(contact.get("/profile/")).select(".menu-list a[href='/company/invoice/']")
    assert ([link.get_text(strip=True) for link in menu], contact.get(URL).status_code) == (["Company Invoice"], 200)
    for user in (staffed.person, make_user()):
        stranger = sign_in(Client(), user)
        assert (stranger.get(URL).status_code, stranger.post(PAY).status_code) == (403, 403)
        assert "/company/invoice/" not in stranger.get("/profile/").content.decode()
    assert client.get(URL).headers["Location"] == f"/login?next={URL}"
    assert staffed.client.get(PAY).status_code == 405


def test_long_invoice_has_pages(staffed: Staffed) -> None:
    for _row in range(101):
        make_charge(staffed.person, at=timezone.now() - timedelta(days=1))
    assert len(soup(staffed.client.get(URL)).select("input[name=charge]")) == 100
    assert len(soup(staffed.client.get(URL + "?page=2")).select("input[name=charge]")) == 1


@pytest.mark.parametrize("rows", [1, 3])
def test_invoice_and_checkout_cost_the_same_for_three_people(staffed: Staffed, rows: int) -> None:
    codes = [make_charge(make_member(staffed.company).user).code for _row in range(rows)]
    with queries(6):  # session, user, settings, count, charges with payers, to pay
        staffed.client.get(URL)
    with queries(10):
        staffed.client.post(PAY, {"charge": codes})
