"""The sandbox provider's page: each of its test cards, and what is left of a page that has ended."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.request import Request

import pytest
from django.http import HttpResponseBase
from django.test import Client
from django.utils import timezone

from payments.models import LedgerEntry, Payment, SandboxSession
from payments.services.attempts import resolve_payment
from payments.tasks import deliver_sandbox_notice
from tests.payments.conftest import pay_at_provider
from tests.payments.views.counting import queries
from tests.payments.views.page import callouts, soup

Commit = Callable[..., Any]


@pytest.fixture
def session(payment: Payment) -> SandboxSession:
    return SandboxSession.objects.get(our_ref=payment.code)


@pytest.fixture(autouse=True)
def notices(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The webhooks that the sandbox would send."""
    sent: list[str] = []
    monkeypatch.setattr(deliver_sandbox_notice, "apply_async", lambda kwargs: sent.append(kwargs["reference"]))
    return sent


def path(session: SandboxSession) -> str:
    return f"/sandbox/{session.reference}/"


def pay(
    client: Client, session: SandboxSession, django_capture_on_commit_callbacks: Commit, **form: str
) -> HttpResponseBase:
    with django_capture_on_commit_callbacks(execute=True):
        response: HttpResponseBase = client.post(path(session), form)
    session.refresh_from_db()
    return response


def test_page_shows_what_is_to_be_paid_and_takes_no_card_number(client: Client, session: SandboxSession) -> None:
    page = soup(client.get(path(session)))
    assert [radio["value"] for radio in page.select("input[name=card]")] == [
        "success",
        "decline",
        "secure",
        "vanish",
        "no-refund",
        "dispute",
    ]
    assert page.select_one(".total .money").get_text() == "$30.00"  # type: ignore[union-attr]
    assert page.find("a", string="Cancel")["href"] == session.cancel_url  # type: ignore[index]
    assert page.select("input:not([type=hidden]):not([type=radio])") == []
    assert "Demo office." in page.get_text()


def test_card_that_pays_leads_back_and_tells_by_webhook(
    client: Client,
    session: SandboxSession,
    payment: Payment,
    notices: list[str],
    django_capture_on_commit_callbacks: Commit,
) -> None:
    response = pay(client, session, django_capture_on_commit_callbacks, card="success")
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"http://127.0.0.1:8000/payments/return/{payment.code}/",
    )
    assert (session.state, notices) == ("paid", [session.reference])
    assert LedgerEntry.objects.count() == 0
    assert resolve_payment(payment).received == Decimal("30.00")


def test_declined_card_takes_nothing_and_another_may_be_tried(
    client: Client, session: SandboxSession, notices: list[str], django_capture_on_commit_callbacks: Commit
) -> None:
    response = pay(client, session, django_capture_on_commit_callbacks, card="decline")
    assert callouts(response) == ["The card was declined. Try another card."]
    assert (session.state, notices) == ("open", [])
    pay(client, session, django_capture_on_commit_callbacks, card="success")
    assert session.state == "paid"


def test_secure_card_asks_before_it_pays(
    client: Client, session: SandboxSession, notices: list[str], django_capture_on_commit_callbacks: Commit
) -> None:
    page = soup(pay(client, session, django_capture_on_commit_callbacks, card="secure"))
    assert [button["value"] for button in page.select("button[name=step]")] == ["complete", "fail"]
    assert (session.state, notices) == ("open", [])
    assert callouts(pay(client, session, django_capture_on_commit_callbacks, card="secure", step="fail")) == [
        "The card was declined. Try another card."
    ]
    assert session.state == "open"
    assert (
        pay(client, session, django_capture_on_commit_callbacks, card="secure", step="complete").headers["Location"]
        == session.success_url
    )
    assert (session.state, notices) == ("paid", [session.reference])


def test_vanishing_page_pays_and_does_not_lead_back(
    client: Client, session: SandboxSession, notices: list[str], django_capture_on_commit_callbacks: Commit
) -> None:
    response = pay(client, session, django_capture_on_commit_callbacks, card="vanish")
    assert (response.status_code, session.state, notices) == (200, "paid", [session.reference])
    assert soup(response).select("main a") == []


@pytest.mark.parametrize("card", ["", "4242424242424242", "\x00"])
def test_unknown_card_pays_nothing(
    client: Client, session: SandboxSession, card: str, django_capture_on_commit_callbacks: Commit
) -> None:
    assert pay(client, session, django_capture_on_commit_callbacks, card=card).status_code == 200
    assert session.state == "open"


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"state": "paid"}, "It was paid. You were not charged again."),
        ({"state": "expired"}, "Its time is over. You were not charged."),
        ({"expires_at": timezone.now() - timedelta(seconds=1)}, "Its time is over. You were not charged."),
    ],
)
def test_page_that_has_ended_pays_nothing_and_leads_back(
    client: Client,
    session: SandboxSession,
    notices: list[str],
    change: dict[str, object],
    says: str,
    django_capture_on_commit_callbacks: Commit,
) -> None:
    SandboxSession.objects.update(**change)
    before = SandboxSession.objects.get().state
    for response in (
        client.get(path(session)),
        pay(client, session, django_capture_on_commit_callbacks, card="success"),
    ):
        assert says in soup(response).get_text()
        assert soup(response).select_one("main a")["href"] == session.success_url  # type: ignore[index]
    assert (session.state, notices) == (before, [])


@pytest.mark.parametrize("reference", ["sbx_NOSUCH", "%00", "x" * 500])
def test_unknown_session_is_not_there(client: Client, db: None, reference: str) -> None:
    assert client.get(f"/sandbox/{reference}/").status_code == 404


def test_other_methods_are_refused(client: Client, session: SandboxSession) -> None:
    assert client.put(path(session)).status_code == 405


def test_token_is_wanted(session: SandboxSession) -> None:
    assert Client(enforce_csrf_checks=True).post(path(session), {"card": "success"}).status_code == 403


def test_paying_costs_little(client: Client, session: SandboxSession) -> None:
    with queries(2):
        client.post(path(session), {"card": "success"})


def test_webhook_of_the_sandbox_is_one_that_the_portal_takes(
    client: Client, payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    from payments.models import ProviderEvent
    from payments.providers import sandbox

    class Answer:
        """What urlopen gives."""

        def __enter__(self) -> "Answer":
            return self

        def __exit__(self, *_args: object) -> None:
            return None

    def deliver(request: Request, timeout: int) -> Answer:
        headers = {sandbox.SIGNATURE_HEADER: str(request.get_header(sandbox.SIGNATURE_HEADER.capitalize()))}
        response = client.post(
            request.full_url.removeprefix("http://127.0.0.1:8000"),
            data=request.data,
            content_type="application/json",
            headers=headers,
        )
        assert (response.status_code, timeout) == (200, 10)
        return Answer()

    pay_at_provider(payment)
    monkeypatch.setattr("urllib.request.urlopen", deliver)
    deliver_sandbox_notice(reference=payment.provider_ref)
    assert ProviderEvent.objects.get().our_ref == payment.code
