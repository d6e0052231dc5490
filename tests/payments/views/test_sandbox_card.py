"""The sandbox's page for storing a card, and what its cards that pay bring later."""

import json
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
import time_machine
from django.test import Client
from django.utils import timezone

from payments.errors import ProviderUnreachable
from payments.models import Payment, SandboxCard, SandboxRefund, SandboxSession, SandboxSetup
from payments.providers.base import (
    DisputeOutcome,
    DisputeResult,
    Notice,
    RefundOrder,
    RefundResult,
    Result,
    Setup,
    Subject,
)
from payments.providers.sandbox import SIGNATURE_HEADER, SandboxProvider, deliver_notice, notice_body, sign
from payments.services.attempts import describe_attempt
from payments.tasks import deliver_sandbox_notice
from tests.factories import make_sandbox_setup
from tests.payments.views.counting import queries
from tests.payments.views.page import soup

Commit = Callable[..., Any]
pytestmark = pytest.mark.django_db


@pytest.fixture
def setup() -> SandboxSetup:
    return make_sandbox_setup(success_url="/ok/", cancel_url="/no/")


@pytest.fixture(autouse=True)
def notices(monkeypatch: pytest.MonkeyPatch) -> list[dict[str, Any]]:
    """The webhooks that the sandbox would send."""
    sent: list[dict[str, Any]] = []
    monkeypatch.setattr(deliver_sandbox_notice, "apply_async", lambda kwargs: sent.append(kwargs))
    return sent


def path(setup: SandboxSetup) -> str:
    return f"/sandbox/card/{setup.reference}/"


def read(body: bytes) -> Notice | None:
    at = int(timezone.now().timestamp())
    return SandboxProvider().read_webhook(body, {SIGNATURE_HEADER: f"t={at},v1={sign(body, at)}"})


def test_page_offers_kinds_of_cards_and_takes_no_number(client: Client, setup: SandboxSetup) -> None:
    page = soup(client.get(path(setup)))
    assert [radio["value"] for radio in page.select("input[name=card]")] == [
        "pays",
        "short",
        "lost",
        "secure",
        "expiring",
    ]
    assert page.find("a", string="Cancel")["href"] == "/no/"  # type: ignore[index]
    assert page.select("input:not([type=hidden]):not([type=radio])") == []


@time_machine.travel("2027-02-10 12:00:00-08:00", tick=False)
@pytest.mark.parametrize(
    ("kind", "looks"),
    [
        ("pays", ("visa", "4242", 2, 2030)),
        ("short", ("visa", "9995", 2, 2030)),
        ("lost", ("visa", "9987", 2, 2030)),
        ("secure", ("visa", "3184", 2, 2030)),
        ("expiring", ("mastercard", "4444", 2, 2027)),
    ],
)
def test_chosen_card_is_kept_and_told_by_webhook(
    client: Client,
    kind: str,
    looks: tuple[str, str, int, int],
    notices: list[dict[str, Any]],
    django_capture_on_commit_callbacks: Commit,
) -> None:
    setup = make_sandbox_setup(success_url="/ok/")
    with django_capture_on_commit_callbacks(execute=True):
        response = client.post(path(setup), {"card": kind})
    assert (response.status_code, response.headers["Location"]) == (302, "/ok/")
    card = SandboxCard.objects.get()
    assert (card.brand, card.last4, card.exp_month, card.exp_year) == looks
    assert (card.behaviour, card.customer_ref) == (kind, setup.customer_ref)
    assert notices == [{"reference": setup.reference}]
    setup.refresh_from_db()
    assert read(notice_body(setup)) == Notice(
        f"evt_{card.token}_stored", "card.stored", card.token, setup.our_ref, Subject.CARD
    )


def test_page_stores_once(client: Client, setup: SandboxSetup) -> None:
    client.post(path(setup), {"card": "pays"})
    assert "The card is stored." in soup(client.post(path(setup), {"card": "pays"})).get_text()
    assert SandboxCard.objects.count() == 1


def test_page_whose_time_is_over_stores_nothing(client: Client) -> None:
    setup = make_sandbox_setup(expires_at=timezone.now() - timedelta(seconds=1))
    assert "Its time is over. No card was stored." in soup(client.post(path(setup), {"card": "pays"})).get_text()
    assert SandboxCard.objects.count() == 0


@pytest.mark.parametrize("card", ["", "4242424242424242", "\x00"])
def test_unknown_kind_stores_nothing(client: Client, setup: SandboxSetup, card: str) -> None:
    assert client.post(path(setup), {"card": card}).status_code == 200
    assert SandboxCard.objects.count() == 0


def test_unknown_page_is_not_there(client: Client) -> None:
    assert client.get("/sandbox/card/sbp_NOSUCH/").status_code == 404


def test_storing_costs_little(client: Client, setup: SandboxSetup) -> None:
    with queries(4):
        client.post(path(setup), {"card": "pays"})


def test_disputed_card_is_told_twice(
    client: Client, payment: Payment, notices: list[dict[str, Any]], django_capture_on_commit_callbacks: Commit
) -> None:
    session = SandboxSession.objects.get(our_ref=payment.code)
    with django_capture_on_commit_callbacks(execute=True):
        client.post(f"/sandbox/{session.reference}/", {"card": "dispute"})
    assert notices == [{"reference": session.reference}, {"reference": session.reference, "dispute": True}]
    assert read(notice_body(session, dispute=True)) == Notice(
        f"evt_sbd_{session.reference}_created",
        "dispute.created",
        f"sbd_{session.reference}",
        payment.code,
        Subject.DISPUTE,
        session.reference,
    )
    outcome = SandboxProvider().resolve_dispute(f"sbd_{session.reference}")
    assert outcome == DisputeOutcome(
        DisputeResult.OPEN, f"sbd_{session.reference}", session.reference, Decimal("30.00"), "CAD"
    )
    with pytest.raises(ProviderUnreachable):
        SandboxProvider().resolve_dispute("sbd_NOSUCH")


def test_refund_to_a_card_that_takes_none_fails_afterwards(
    client: Client, payment: Payment, notices: list[dict[str, Any]], django_capture_on_commit_callbacks: Commit
) -> None:
    session = SandboxSession.objects.get(our_ref=payment.code)
    client.post(f"/sandbox/{session.reference}/", {"card": "no-refund"})
    attempt = describe_attempt(payment)
    order = RefundOrder("REFUND1", Decimal("5.00"), "CAD", attempt, session.reference, timezone.now())
    provider = SandboxProvider()
    with django_capture_on_commit_callbacks(execute=True):
        assert provider.refund(order).result is RefundResult.PENDING
    refund = SandboxRefund.objects.get()
    assert notices[-1] == {"reference": refund.reference}
    assert read(notice_body(refund)) == Notice(
        f"evt_{refund.reference}_pending",
        "refund.pending",
        refund.reference,
        "REFUND1",
        Subject.REFUND,
        session.reference,
    )
    assert provider.resolve_refund(order).result is RefundResult.FAILED
    wrong = RefundOrder("REFUND2", Decimal("5.00"), "USD", attempt, session.reference, timezone.now())
    assert provider.refund(wrong).message == "The payment was made in CAD."
    unknown = RefundOrder("REFUND3", Decimal("5.00"), "CAD", attempt, "sbx_NOSUCH", timezone.now())
    assert provider.refund(unknown).message == "The sandbox has no such payment."


def test_page_that_ran_out_and_one_that_never_was(payment: Payment) -> None:
    provider, attempt = SandboxProvider(), describe_attempt(payment)
    SandboxSession.objects.update(expires_at=timezone.now())
    assert provider.resolve(attempt).result is Result.EXPIRED
    ended = make_sandbox_setup(expires_at=timezone.now())
    setup = Setup("X", "", "", "", "en", "/", "/", timezone.now(), provider_ref=ended.reference)
    assert provider.resolve_setup(setup).result is Result.EXPIRED
    with pytest.raises(ProviderUnreachable):
        provider.resolve_setup(replace(setup, provider_ref="sbp_NOSUCH"))


def test_notice_of_a_refund_is_posted_to_this_portal(payment: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    refund = SandboxRefund.objects.create(
        our_ref="REFUND1", charge_ref=payment.provider_ref, amount=Decimal("5.00"), currency="CAD"
    )
    posted: list[dict[str, Any]] = []

    class Answer:
        """What urlopen gives."""

        def __init__(self, request: Any, timeout: int) -> None:
            posted.append(json.loads(request.data))

        def __enter__(self) -> "Answer":
            return self

        def __exit__(self, *_args: object) -> None:
            return None

    monkeypatch.setattr("urllib.request.urlopen", Answer)
    deliver_notice(refund.reference)
    deliver_notice(make_sandbox_setup(reference="sbp_1", our_ref="OURS").reference)
    assert posted.pop()["reference"] == "OURS"
    assert posted == [
        {
            "id": f"evt_{refund.reference}_done",
            "type": "refund.done",
            "subject": "refund",
            "object": refund.reference,
            "reference": "REFUND1",
            "charge": payment.provider_ref,
        }
    ]
