"""Payments in the office: who may look, who may process, and that nobody types over money (PAY-4, RULES 45)."""

from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.db import connection
from django.http import HttpResponseBase
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Mail, User
from opscom.office.trail.reading import trail_of
from opscom.roles import ROLES
from payments.models import Charge, LedgerEntry, Payment, ProviderEvent, Receipt
from payments.models.payment import ReceivedAs
from payments.services.attempts import resolve_payment
from payments.services.promises import process_manually, promise_payment, withdraw_promise
from payments.services.settle import record_money
from tests.conftest import sign_in
from tests.factories import make_checkout, make_user, make_violation
from tests.payments.conftest import begin, pay_at_provider
from tests.sample import FULL, lot_of

QUERIES = {
    "charge": 7,
    "ledgerentry": 7,
    "payment": 7,
    "providerevent": 7,
    "receipt": 7,
}  # five of each are the frame's
MODELS = list(QUERIES)
CASHIERS = [role for role, rights in ROLES.items() if "process" in rights.get("payments.payment", rights.get("*", ()))]
OTHERS = [role for role in ROLES if role not in CASHIERS]


def client_of(role: str) -> Client:
    """The browser of somebody with that role alone, the one-time password entered."""
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return sign_in(Client(), user)


def may_view(role: str, model: str) -> bool:
    rights = ROLES[role]
    return "view" in rights.get(f"payments.{model}", rights.get("*", ()))


@pytest.fixture
def cashier_client(db: None) -> Client:
    return client_of("Cashier")


@pytest.fixture
def promise(resident: User) -> Payment:
    """Cash for a ticket: $30 of $50."""
    return promise_payment(make_checkout([ticket()], resident), email=resident.email)


def ticket() -> Charge:
    charge = make_violation().charge
    assert charge is not None
    return charge


def process_path(payment: Payment) -> str:
    return f"/admin/payments/payment/{payment.pk}/process/"


def change_path(payment: Payment) -> str:
    return f"/admin/payments/payment/{payment.pk}/change/"


def said(response: HttpResponseBase) -> list[str]:
    """The messages on the page after a redirect."""
    return [item.get_text() for item in BeautifulSoup(response.content, "html.parser").select(".messagelist li")]  # type: ignore[attr-defined]


# Process Manually ---------------------------------------------------------------------------------------------------


def test_cashiers_are_who_the_roles_say() -> None:
    assert CASHIERS == ["Cashier", "Finance", "Manager"]
    assert OTHERS == ["Front desk", "Permit manager", "Appeals", "Enforcement", "Enforcement supervisor", "Auditor"]


@pytest.mark.parametrize("role", CASHIERS)
def test_cashiers_see_the_form_with_what_was_promised(promise: Payment, role: str) -> None:
    page = BeautifulSoup(client_of(role).get(process_path(promise)).content, "html.parser")
    assert page.select_one("input[name=received]")["value"] == "30.00"  # type: ignore[index]
    assert [option["value"] for option in page.select("select[name=received_as] option")] == ["cash", "cheque", "debit"]
    assert [cell.get_text() for cell in page.select("td.num")] == ["$30.00", "$30.00"]


@pytest.mark.parametrize("role", OTHERS)
@pytest.mark.parametrize("page", ["process", "withdraw"])
def test_nobody_else_processes_or_withdraws(promise: Payment, role: str, page: str) -> None:
    client, path = client_of(role), f"/admin/payments/payment/{promise.pk}/{page}/"
    assert client.get(path).status_code == 403
    assert client.post(path, {"received": "30.00", "received_as": "cash"}).status_code == 403
    promise.refresh_from_db()
    assert promise.state == "promised"


def test_processing_books_the_money_in_the_cashiers_name(promise: Payment) -> None:
    cashier = make_user(is_staff=True)
    cashier.groups.add(Group.objects.get(name="Cashier"))
    response = sign_in(Client(), cashier).post(
        process_path(promise), {"received": "30.00", "received_as": "cheque"}, follow=True
    )
    promise.refresh_from_db()
    assert response.redirect_chain == [(change_path(promise), 302)]
    assert said(response) == [f"Processed. Receipt {promise.receipt.number} went to the payer."]
    assert (promise.state, promise.received, promise.received_as) == ("confirmed", Decimal("30.00"), "cheque")
    assert promise.events.get(to_state="confirmed").by == cashier
    assert LedgerEntry.objects.get(account="office").amount == Decimal("30.00")
    assert Mail.objects.filter(kind="receipt").count() == 1


@pytest.mark.parametrize("received", ["", "0", "-30.00", "0.001", "thirty", "1e9", "NaN", "100000000.00", "30.00\x00"])
def test_bad_amount_shows_what_is_wrong_and_books_nothing(
    cashier_client: Client, promise: Payment, received: str
) -> None:
    response = cashier_client.post(process_path(promise), {"received": received, "received_as": "cash"})
    assert response.status_code == 200
    page = BeautifulSoup(response.content, "html.parser")
    assert page.select("#id_received_error p") != []
    assert LedgerEntry.objects.count() == 0


@pytest.mark.parametrize("received_as", ["", "gold", "\x00"])
def test_unknown_kind_of_money_is_refused(cashier_client: Client, promise: Payment, received_as: str) -> None:
    assert (
        cashier_client.post(process_path(promise), {"received": "30.00", "received_as": received_as}).status_code == 200
    )
    assert LedgerEntry.objects.count() == 0


def test_processing_twice_is_refused(cashier_client: Client, promise: Payment) -> None:
    form = {"received": "30.00", "received_as": "cash"}
    cashier_client.post(process_path(promise), form)
    response = cashier_client.post(process_path(promise), form, follow=True)
    assert "This payment is processed already." in said(response)
    assert LedgerEntry.objects.filter(account="office").count() == 1
    page = BeautifulSoup(cashier_client.get(process_path(promise)).content, "html.parser")
    assert page.select("input[name=received]") == []


def test_card_payment_is_not_processed_by_hand(cashier_client: Client, payment: Payment) -> None:
    response = cashier_client.post(process_path(payment), {"received": "30.00", "received_as": "cash"}, follow=True)
    assert said(response) == ["The card provider processes its payments itself."]
    assert LedgerEntry.objects.count() == 0


def test_late_money_for_a_withdrawn_promise_is_still_booked(cashier_client: Client, promise: Payment) -> None:
    withdraw_promise(promise)
    cashier_client.post(process_path(promise), {"received": "30.00", "received_as": "cash"})
    promise.refresh_from_db()
    assert promise.state == "confirmed"


def test_payment_that_is_not_there_is_not_there(cashier_client: Client) -> None:
    for page in ("process", "withdraw"):
        assert cashier_client.post(f"/admin/payments/payment/999/{page}/").status_code == 404


# Withdraw -----------------------------------------------------------------------------------------------------------


def test_withdrawing_owes_it_again(promise: Payment) -> None:
    cashier = make_user(is_staff=True)
    cashier.groups.add(Group.objects.get(name="Cashier"))
    response = sign_in(Client(), cashier).post(f"/admin/payments/payment/{promise.pk}/withdraw/", follow=True)
    promise.refresh_from_db()
    assert (promise.state, promise.checkout.state) == ("cancelled", "expired")
    assert said(response) == ["The promise is withdrawn; its items are owed again."]
    event = promise.events.get(to_state="cancelled")
    assert (event.by, event.reason) == (cashier, "withdrawn by the office")


def test_withdrawing_by_link_is_refused(cashier_client: Client, promise: Payment) -> None:
    assert cashier_client.get(f"/admin/payments/payment/{promise.pk}/withdraw/").status_code == 405
    promise.refresh_from_db()
    assert promise.state == "promised"


def test_withdrawing_what_is_paid_is_refused(cashier_client: Client, promise: Payment, staff: User) -> None:
    process_manually(promise, received=Decimal("30.00"), received_as=ReceivedAs.CASH, by=staff)
    response = cashier_client.post(f"/admin/payments/payment/{promise.pk}/withdraw/", follow=True)
    promise.refresh_from_db()
    assert promise.state == "confirmed"
    assert said(response) == ["This payment is no promise any more, so nothing was withdrawn."]


# Attention ----------------------------------------------------------------------------------------------------------


def flagged(resident: User) -> Payment:
    """Paid with $12.50 too much."""
    payment = begin(make_checkout([ticket()], resident))
    return record_money(payment, received=payment.amount + Decimal("12.50"), account="office", at=timezone.now())


def test_attention_list_shows_the_surplus(cashier_client: Client, resident: User, promise: Payment) -> None:
    payment = flagged(resident)
    page = BeautifulSoup(cashier_client.get("/admin/payments/payment/?needs=yes").content, "html.parser")
    assert [link.get_text() for link in page.select("th.field-code a")] == [payment.code]
    assert page.select_one("td.field-surplus").get_text() == "$12.50"  # type: ignore[union-attr]
    everything = BeautifulSoup(cashier_client.get("/admin/payments/payment/").content, "html.parser")
    assert len(everything.select("th.field-code a")) == 2


def deal_with(client: Client, payment: Payment) -> HttpResponseBase:
    return client.post(
        "/admin/payments/payment/",
        {"action": "mark_dealt_with", "_selected_action": payment.pk, "reason": "given back"},
    )


def test_cashier_marks_as_dealt_with(cashier_client: Client, resident: User) -> None:
    payment = flagged(resident)
    Payment.objects.filter(pk=payment.pk).update(note="Paid twice. " + "x" * 238)
    deal_with(cashier_client, payment)
    payment.refresh_from_db()
    assert (payment.attention, len(payment.note)) == ("", 250)
    assert payment.note.startswith("Paid twice. x")
    assert "x · Dealt with by " in payment.note
    assert payment.note.endswith(": given back")
    assert trail_of(payment)[0].reason == "given back"


def test_auditor_only_looks(resident: User) -> None:
    payment = flagged(resident)
    deal_with(client_of("Auditor"), payment)
    payment.refresh_from_db()
    assert payment.attention == "surplus"


# Lists --------------------------------------------------------------------------------------------------------------


def one_of_each(resident: User) -> None:
    """A payment with charge, entries, receipt and event, one with a surplus, and one that is promised."""
    payment = begin(make_checkout([ticket()], resident))
    pay_at_provider(payment)
    payment = resolve_payment(payment)
    ProviderEvent.objects.create(
        provider="sandbox", event_id=payment.code, kind="session.paid", body="{}", payment=payment
    )
    flagged(make_user())
    promise_payment(make_checkout([ticket()], resident), email=resident.email)


def count_queries(client: Client, path: str) -> int:
    with CaptureQueriesContext(connection) as captured:
        assert client.get(path).status_code == 200
    return len(captured)


def asking(model: str) -> list[str]:
    """The operator, and of the roles that see the list and of those that do not one each, drawn by SEED; with FULL all."""
    sees = [role for role in ROLES if may_view(role, model)]
    groups = sees, [role for role in ROLES if role not in sees]
    drawn = {min(roles, key=lambda role: lot_of(f"{model} {role}")) for roles in groups if roles}
    return [role for role in ROLES if FULL or role in drawn] + ["operator"]


@pytest.mark.once
@pytest.mark.parametrize(("model", "role"), [(model, role) for model in MODELS for role in asking(model)])
def test_list_opens_for_its_roles_and_costs_the_same_however_long(
    settings: Settings, staff_client: Client, resident: User, role: str, model: str
) -> None:
    settings.REDIS_URL = ""
    path = f"/admin/payments/{model}/"
    client = staff_client if role == "operator" else client_of(role)
    if role != "operator" and not may_view(role, model):
        assert client.get(path).status_code == 403
        return
    one_of_each(resident)
    count_queries(client, path)  # content types are read once a process
    expected = QUERIES[model] - (1 if role == "operator" else 0)  # an operator's rights need no look-up
    assert count_queries(client, path) == expected
    for _ in range(2):
        one_of_each(resident)
    assert count_queries(client, path) == expected


@pytest.mark.parametrize("model", MODELS)
def test_nobody_adds_changes_or_deletes(staff_client: Client, resident: User, model: str) -> None:
    one_of_each(resident)
    row = {
        "charge": Charge,
        "ledgerentry": LedgerEntry,
        "payment": Payment,
        "providerevent": ProviderEvent,
        "receipt": Receipt,
    }[model]._default_manager.order_by("pk")[0]
    base = f"/admin/payments/{model}/"
    for method in (staff_client.get, staff_client.post):
        assert method(f"{base}add/").status_code == 403
        assert method(f"{base}{row.pk}/delete/").status_code == 403
    page = BeautifulSoup(staff_client.get(f"{base}{row.pk}/change/").content, "html.parser")
    assert (
        page.select("main input:not([type=hidden]), main select, main textarea, #content-main input[type=submit]") == []
    )
    assert (
        staff_client.post(
            f"{base}{row.pk}/change/", {"amount": "1.00", "state": "settled", "number": "R-1"}
        ).status_code
        == 403
    )
    actions = BeautifulSoup(staff_client.get(base).content, "html.parser").select("select[name=action] option")
    assert "delete_selected" not in [option["value"] for option in actions]


@pytest.mark.parametrize("what", ["code", "number", "description", "name"])
def test_payment_is_found_by_what_a_payer_tells(cashier_client: Client, resident: User, what: str) -> None:
    one_of_each(resident)
    payment = Payment.objects.get(state="confirmed", attention="")
    words = {
        "code": payment.code,
        "number": payment.receipt.number,
        "description": payment.checkout.lines.get().charge.description,
        "name": "Reyes",
    }
    page = BeautifulSoup(cashier_client.get("/admin/payments/payment/", {"q": words[what]}).content, "html.parser")
    assert payment.code in [link.get_text() for link in page.select("th.field-code a")]


def test_process_button_is_for_cashiers_on_a_promise(promise: Payment, payment: Payment) -> None:
    def buttons(client: Client, payment: Payment) -> list[str]:
        return [
            link.get_text()
            for link in BeautifulSoup(client.get(change_path(payment)).content, "html.parser").select("a.addlink")
        ]

    cashier = client_of("Cashier")
    assert buttons(cashier, promise) == ["Process Manually"]
    assert buttons(cashier, payment) == []
    assert buttons(client_of("Front desk"), promise) == []
