"""Back from the card provider (PAY-3, RULES 19, 23): the provider is asked, the browser is not believed."""

from decimal import Decimal

import pytest
from django.test import Client

from payments.errors import ProviderUnreachable
from payments.models import Checkout, LedgerEntry, Payment, SandboxSession
from payments.providers.sandbox import SandboxProvider
from payments.services.attempts import end_attempt
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.views.counting import queries
from tests.payments.views.page import callouts, soup


def path(payment: Payment, query: str = "") -> str:
    return f"/payments/return/{payment.code}/{query}"


def test_paid_leads_to_the_receipt(resident_client: Client, payment: Payment) -> None:
    pay_at_provider(payment)
    response = resident_client.get(path(payment), follow=True)
    payment.refresh_from_db()
    assert payment.state == "confirmed"
    assert response.redirect_chain == [(f"/receipts/{payment.receipt.code}/", 302)]
    assert response.status_code == 200


@pytest.mark.rule(18, 19)
def test_coming_back_twice_changes_nothing(resident_client: Client, payment: Payment) -> None:
    pay_at_provider(payment)
    locations = {resident_client.get(path(payment, query)).headers["Location"] for query in ("", "", "?cancelled=1")}
    assert len(locations) == 1
    assert LedgerEntry.objects.filter(account="card").count() == 1


@pytest.mark.rule(23)
def test_open_page_is_being_checked_and_looks_again_by_itself(resident_client: Client, payment: Payment) -> None:
    response = resident_client.get(path(payment))
    page = soup(response)
    assert page.select_one("h1").get_text() == "We are checking with the card provider."  # type: ignore[union-attr]
    assert page.select_one("[data-poll]")["data-poll"] == path(payment)  # type: ignore[index]
    assert [link["href"] for link in page.select("main a.btn")] == [path(payment), path(payment, "?cancelled=1")]
    payment.refresh_from_db()
    assert payment.state == "redirected"


def test_cancelled_closes_the_page_and_leads_back_to_the_choice(resident_client: Client, payment: Payment) -> None:
    response = resident_client.get(path(payment, "?cancelled=1"), follow=True)
    payment.refresh_from_db()
    assert (payment.state, SandboxSession.objects.get().state) == ("expired", "expired")
    assert response.redirect_chain == [(f"/checkout/{payment.checkout.code}/", 302)]
    assert callouts(response) == ["The card was not charged. You can choose again how to pay."]
    assert begin(payment.checkout).pk != payment.pk


@pytest.mark.rule(25)
def test_cancelled_after_paying_is_paid(resident_client: Client, payment: Payment) -> None:
    pay_at_provider(payment)
    response = resident_client.get(path(payment, "?cancelled=1"))
    payment.refresh_from_db()
    assert (payment.state, response.headers["Location"]) == ("confirmed", f"/receipts/{payment.receipt.code}/")


def test_declined_says_so(resident_client: Client, payment: Payment) -> None:
    end_attempt(payment, "fail")
    response = resident_client.get(path(payment), follow=True)
    assert callouts(response) == [
        "The card was not charged: the bank said no. Try another card, or pay in another way."
    ]
    assert response.redirect_chain == [(f"/checkout/{payment.checkout.code}/", 302)]


def test_amount_that_differs_is_for_the_office_and_looks_no_more(resident_client: Client, payment: Payment) -> None:
    SandboxSession.objects.update(state="paid", amount=Decimal("1.00"))
    response = resident_client.get(path(payment))
    page = soup(response)
    assert page.select_one("h1").get_text() == "The office is looking at this payment."  # type: ignore[union-attr]
    assert page.select("[data-poll]") == []
    assert (
        f"Do not pay again: we see your payment and will write to you. Questions? 519-555-0142, reference {payment.code}."
        in callouts(response)[0]
    )
    payment.refresh_from_db()
    assert (payment.state, payment.attention, LedgerEntry.objects.count()) == ("redirected", "mismatch", 0)


@pytest.mark.parametrize("query", ["", "?cancelled=1"])
def test_provider_that_does_not_answer_is_asked_again(
    resident_client: Client, payment: Payment, monkeypatch: pytest.MonkeyPatch, query: str
) -> None:
    def silent(*_args: object) -> None:
        raise ProviderUnreachable("no answer")

    monkeypatch.setattr(SandboxProvider, "resolve", silent)
    response = resident_client.get(path(payment, query))
    assert soup(response).select("[data-poll]") != []
    payment.refresh_from_db()
    assert payment.state == "redirected"


@pytest.mark.parametrize("query", ["", "?cancelled=1"])
def test_page_works_without_a_session(client: Client, payment: Payment, query: str) -> None:
    pay_at_provider(payment)
    response = client.get(path(payment, query))
    payment.refresh_from_db()
    assert (payment.state, response.headers["Location"]) == ("confirmed", f"/receipts/{payment.receipt.code}/")


def test_checking_page_works_without_a_session_and_shows_no_amount_or_name(client: Client, payment: Payment) -> None:
    text = soup(client.get(path(payment))).get_text()
    assert "We are checking with the card provider." in text
    assert "30.00" not in text
    assert "Reyes" not in text


def test_guest_comes_back_to_the_receipt(client: Client, guest_checkout: Checkout) -> None:
    payment = begin(guest_checkout)
    pay_at_provider(payment)
    assert client.get(path(payment), follow=True).status_code == 200


@pytest.mark.parametrize("code", ["NOSUCHCODE", "%00", "x" * 500])
def test_unknown_reference_is_not_there(client: Client, db: None, code: str) -> None:
    assert client.get(f"/payments/return/{code}/").status_code == 404


def test_post_is_refused(resident_client: Client, payment: Payment) -> None:
    assert resident_client.post(path(payment)).status_code == 405


def test_looking_again_costs_little(resident_client: Client, payment: Payment) -> None:
    with queries(7):
        resident_client.get(path(payment))
