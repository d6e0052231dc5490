"""Refunds in the office: who asks, who approves, and what they see before (RULES 34 to 36)."""

from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.http import HttpResponseBase
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from payments.models import Charge, Payment, Refund
from payments.providers.base import RefundResult
from payments.services.refunds import request_refund
from payments.tasks import send_refund
from tests.conftest import sign_in
from tests.factories import make_user
from tests.payments.bank import Books
from tests.payments.refunding import manager, paid_at_the_desk, paid_by_card, tickets
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def _settings_from_their_row(settings: Settings) -> None:
    """Literal query counts: without Redis every request reads the office's settings from their row."""
    settings.REDIS_URL = ""


@pytest.fixture
def charge(resident: User) -> Charge:
    return tickets(resident, "150.00")[0]


@pytest.fixture
def payment(bank: Books, resident: User, charge: Charge) -> Payment:
    return paid_by_card([charge], resident)


@pytest.fixture
def desk_client(desk: User) -> Client:
    return sign_in(Client(), desk)


def start(payment: Payment) -> str:
    return f"/admin/payments/refund/of/{payment.pk}/"


def asked(charge: Charge | None, amount: str, **more: str) -> dict[str, str]:
    key = str(charge.pk) if charge else ""
    return {"charge": key, "amount": amount, "way": "original", "reason": "Sold the car", **more}


def rows(response: HttpResponseBase) -> list[str]:
    page = BeautifulSoup(response.content, "html.parser")  # type: ignore[attr-defined]
    return [" ".join(row.get_text(" ").split()) for row in page.select("tbody tr")]


def errors(response: HttpResponseBase) -> list[str]:
    page = BeautifulSoup(response.content, "html.parser")  # type: ignore[attr-defined]
    return [" ".join(item.get_text().split()) for item in page.select(".field-error p")]


def client_of(role: str) -> Client:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return sign_in(Client(), user)


def waiting(payment: Payment, charge: Charge, by: User) -> Refund:
    [refund] = request_refund(payment, amount=Decimal("150.00"), charge=charge, reason="Sold", by=by)
    return refund


def decide(client: Client, refund: Refund, what: str, reason: str = "") -> HttpResponseBase:
    return client.post(f"/admin/payments/refund/{refund.pk}/decide/", {"what": what, "reason": reason})


def test_preview_shows_what_goes_where_and_gives_nothing(desk_client: Client, payment: Payment, charge: Charge) -> None:
    response = desk_client.post(start(payment), asked(charge, "90.00", preview="1"))
    assert rows(response) == ["To the card Banks take up to ten days to show it. $90.00"]
    assert b"Give it back" in response.content
    assert Refund.objects.count() == 0


def test_confirming_asks_for_it_in_the_name_of_who_did(
    desk_client: Client, desk: User, payment: Payment, charge: Charge
) -> None:
    response = desk_client.post(start(payment), asked(charge, "90.00", confirm="1"))
    refund = Refund.objects.get()
    assert response.headers["Location"] == f"/admin/payments/refund/{refund.pk}/change/"
    assert (refund.amount, refund.by, refund.state, refund.reason) == (
        Decimal("90.00"),
        desk,
        "created",
        "Sold the car",
    )


def test_above_the_limit_the_preview_says_that_it_waits(desk_client: Client, payment: Payment, charge: Charge) -> None:
    preview = desk_client.post(start(payment), asked(charge, "150.00", preview="1")).content
    assert (b"a second person must approve it" in preview, b"Ask for approval" in preview) == (True, True)
    desk_client.post(start(payment), asked(charge, "150.00", confirm="1"))
    assert Refund.objects.get().state == "requested"


@pytest.mark.parametrize("amount", ["150.01", "0", "-1", "1.005", "x", "99999999999"])
def test_wrong_amounts_are_refused_and_the_rest_is_kept(
    desk_client: Client, payment: Payment, charge: Charge, amount: str
) -> None:
    response = desk_client.post(start(payment), asked(charge, amount, confirm="1"))
    assert len(errors(response)) == 1
    assert b'value="Sold the car"' in response.content
    assert Refund.objects.count() == 0


def test_charge_leads_to_its_payment(desk_client: Client, payment: Payment, charge: Charge) -> None:
    response = desk_client.get(f"/admin/payments/refund/for/{charge.pk}/")
    assert response.headers["Location"] == f"{start(payment)}?charge={charge.pk}"
    page = BeautifulSoup(desk_client.get(response.headers["Location"]).content, "html.parser")
    assert page.select_one("input[name=amount]")["value"] == "150.00"  # type: ignore[index]
    for path in (f"/admin/payments/payment/{payment.pk}/change/", f"/admin/payments/charge/{charge.pk}/change/"):
        assert "Refund" in [
            link.get_text()
            for link in BeautifulSoup(desk_client.get(path).content, "html.parser").select(".object-tools a")
        ]


def test_charge_of_which_nothing_is_left_says_so(desk_client: Client, resident: User) -> None:
    charge = tickets(resident, "10.00")[0]
    response = desk_client.get(f"/admin/payments/refund/for/{charge.pk}/", follow=True)
    assert b"Nothing of this item can be given back." in response.content


def test_second_person_approves(payment: Payment, charge: Charge, desk: User) -> None:
    refund, second = waiting(payment, charge, desk), manager()
    decide(sign_in(Client(), second), refund, "approve")
    refund.refresh_from_db()
    assert (refund.state, refund.approved_by) == ("created", second)


def test_who_asked_is_told_to_ask_somebody_else(payment: Payment, charge: Charge) -> None:
    boss = manager()
    refund = waiting(payment, charge, boss)
    response = decide(sign_in(Client(), boss), refund, "approve")
    assert errors(response) == ["You asked for this refund. Somebody else must approve it."]


def test_rejecting_needs_a_reason(payment: Payment, charge: Charge, desk: User) -> None:
    refund, client = waiting(payment, charge, desk), client_of("Manager")
    assert errors(decide(client, refund, "reject")) == ["Say why; whoever asked for it sees it."]
    decide(client, refund, "reject", "wrong ticket")
    refund.refresh_from_db()
    assert (refund.state, refund.note) == ("rejected", "wrong ticket")


def test_failed_one_is_tried_again(
    bank: Books, desk_client: Client, payment: Payment, charge: Charge, desk: User
) -> None:
    bank.answer = RefundResult.FAILED
    [refund] = request_refund(payment, amount=Decimal("50.00"), charge=charge, reason="Sold", by=desk)
    send_refund(refund_id=refund.pk)
    decide(desk_client, refund, "retry", "new card number")
    refund.refresh_from_db()
    assert (refund.state, refund.tries) == ("created", 2)


@pytest.mark.parametrize(
    ("what", "state", "target"),
    [("office", "created", "office"), ("credit", "done", "credit"), ("drop", "rejected", "card")],
)
def test_failed_one_goes_back_in_another_way_or_not_at_all(
    bank: Books, desk_client: Client, payment: Payment, charge: Charge, desk: User, what: str, state: str, target: str
) -> None:
    bank.answer = RefundResult.FAILED
    [refund] = request_refund(payment, amount=Decimal("50.00"), charge=charge, reason="Sold", by=desk)
    send_refund(refund_id=refund.pk)
    assert decide(client_of("Cashier"), refund, what, "card closed").status_code == 403
    decide(desk_client, refund, what, "card closed")
    refund.refresh_from_db()
    assert (refund.state, refund.target) == (state, target)
    assert refund.events.filter(from_state="failed", reason="card closed").count() == 1


def test_cashier_hands_out_and_nothing_else(resident: User, desk: User) -> None:
    charge = tickets(resident, "50.00")[0]
    payment = paid_at_the_desk([charge], resident, "50.00")
    [refund] = request_refund(payment, amount=Decimal("50.00"), charge=charge, reason="Sold", by=desk)
    assert decide(client_of("Front desk"), refund, "cheque").status_code == 403
    assert client_of("Cashier").post(start(payment), asked(charge, "1.00", confirm="1")).status_code == 403
    assert errors(decide(client_of("Cashier"), refund, "")) == ["This field is required."]
    decide(client_of("Cashier"), refund, "cheque", "no. 17")
    refund.refresh_from_db()
    assert (refund.state, refund.handed_as, refund.note) == ("done", "cheque", "no. 17")


def test_state_allows_what_can_be_decided(payment: Payment, charge: Charge, desk: User) -> None:
    refund = waiting(payment, charge, desk)
    response = decide(client_of("Manager"), refund, "cash")
    assert errors(response) == ["Select a valid choice. cash is not one of the available choices."]


@pytest.mark.parametrize("count", [1, 3])
def test_surplus_list_says_who_and_why(desk_client: Client, bank: Books, resident: User, count: int) -> None:
    for _row in range(count):
        paid_by_card(tickets(resident, "50.00"), resident, received="80.00")
    with queries(6):
        found = rows(desk_client.get("/admin/payments/refund/surplus/"))
    assert len(found) == count
    assert "More was handed over than was owed $30.00 Refund or credit" in found[0]


@pytest.mark.parametrize("count", [1, 3])
def test_list_costs_the_same(desk_client: Client, bank: Books, resident: User, desk: User, count: int) -> None:
    for _row in range(count):
        [charge] = tickets(resident, "50.00")
        request_refund(paid_by_card([charge], resident), amount=Decimal("5.00"), charge=charge, reason="Sold", by=desk)
    with queries(7):
        assert len(rows(desk_client.get("/admin/payments/refund/"))) == count
