"""What the sandbox tells of by webhook, written down by the portal: a stored card, a refund that fails, a dispute."""

import time
from decimal import Decimal
from typing import Any

import pytest

from accounts.models import User
from payments.models import (
    CardSetup,
    Dispute,
    Payment,
    ProviderEvent,
    SandboxCard,
    SandboxRefund,
    SandboxSession,
    SandboxSetup,
    StoredCard,
)
from payments.providers.sandbox import SIGNATURE_HEADER, notice_body, sign
from payments.services.attempts import resolve_payment
from payments.services.cards import start_setup
from payments.services.events import process_stored_event, store_event
from payments.services.refunds import request_refund
from payments.tasks import send_refund
from payments.views.sandbox import keep_card, take_money
from tests.factories import change_office
from tests.payments.refunding import manager


def deliver(row: Any, **options: bool) -> str:
    """The sandbox's webhook about a row of its own; answers what became of it."""
    body, at = notice_body(row, **options), int(time.time())
    event = store_event("sandbox", body, {SIGNATURE_HEADER: f"t={at},v1={sign(body, at)}"})
    assert event is not None
    return process_stored_event(event).outcome


def test_stored_card_is_kept_though_the_page_never_came_back(resident: User) -> None:
    change_office(stored_cards=True)
    start_setup(resident, purpose="subscription", language="en")
    page = SandboxSetup.objects.get()
    keep_card(page, behaviour=SandboxCard.Behaviour.EXPIRING)
    page.refresh_from_db()
    assert deliver(page) == ProviderEvent.Outcome.DONE
    card, setup = StoredCard.objects.get(), CardSetup.objects.get()
    assert (card.user, card.token, card.last4, setup.state) == (resident, page.card.token, "4444", "stored")  # type: ignore[union-attr]


def test_card_that_is_none_of_ours_is_set_aside(db: None) -> None:
    page = SandboxSetup(reference="sbp_1", our_ref="NOTOURS", card=SandboxCard(token="sbc_1"))
    assert deliver(page) == ProviderEvent.Outcome.QUARANTINED


@pytest.fixture
def paid(payment: Payment) -> Payment:
    """At the sandbox, with a card that brings something later."""
    take_money(SandboxSession.objects.get(our_ref=payment.code), later="")
    return resolve_payment(payment)


def test_dispute_reaches_the_office(paid: Payment) -> None:
    SandboxSession.objects.update(later="dispute")
    assert deliver(SandboxSession.objects.get(), dispute=True) == ProviderEvent.Outcome.DONE
    dispute = Dispute.objects.get()
    assert (dispute.payment, dispute.amount, dispute.state) == (paid, Decimal("30.00"), "open")


def test_refund_that_the_card_does_not_take_is_opened_again(paid: Payment) -> None:
    SandboxSession.objects.update(later="no-refund")
    charge = paid.checkout.lines.get().charge
    [refund] = request_refund(paid, amount=Decimal("5.00"), charge=charge, reason="sold", by=manager())
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert refund.state == "transit"
    assert deliver(SandboxRefund.objects.get()) == ProviderEvent.Outcome.DONE
    refund.refresh_from_db()
    assert refund.state == "failed"
