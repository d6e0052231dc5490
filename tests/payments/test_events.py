"""Webhooks are stored once and never believed (RULES 20, 22)."""

import time
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import F
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.dates import today
from payments.errors import BadSignature, ProviderUnreachable
from payments.models import Charge, LedgerEntry, Payment, ProviderEvent, Receipt, SandboxSession
from payments.providers.sandbox import SIGNATURE_HEADER, SandboxProvider, notice_body, sign
from payments.services import events
from payments.services.event_ends import MOST_TRIES, PATIENCE, due_events, finish_event, retry_event, try_event_again
from payments.services.events import process_stored_event, store_event
from payments.services.settle import fulfil_payment
from payments.tasks import process_stored_events
from tests.factories import make_tax
from tests.payments.conftest import pay_at_provider


def headers(body: bytes, at: int | None = None) -> dict[str, str]:
    """What the sandbox signs with."""
    at = int(time.time()) if at is None else at
    return {SIGNATURE_HEADER: f"t={at},v1={sign(body, at)}"}


def notice(payment: Payment) -> bytes:
    """The webhook of a payment's session as it stands."""
    return notice_body(SandboxSession.objects.get(our_ref=payment.code))


@pytest.mark.rule(22)
def test_event_is_stored_once_and_settles_the_payment(payment: Payment) -> None:
    pay_at_provider(payment)
    body = notice(payment)
    event = store_event("sandbox", body, headers(body))
    assert event is not None
    assert store_event("sandbox", body, headers(body)) is None
    process_stored_event(event)
    process_stored_event(event)
    payment.refresh_from_db()
    assert (payment.state, event.outcome, event.payment) == ("confirmed", "done", payment)
    assert ProviderEvent.objects.get().body == body.decode()
    assert Mail.objects.filter(kind="receipt").count() == 1


@pytest.mark.rule(20)
def test_what_a_webhook_claims_is_not_believed(payment: Payment) -> None:
    body = notice(payment).replace(b"session.open", b"session.paid")
    event = store_event("sandbox", body, headers(body))
    assert event is not None
    process_stored_event(event)
    payment.refresh_from_db()
    assert payment.state == "redirected"
    assert LedgerEntry.objects.count() == 0


@pytest.mark.rule(20)
def test_forged_signature_is_refused(payment: Payment) -> None:
    body = notice(payment)
    with pytest.raises(BadSignature):
        store_event("sandbox", body + b" ", headers(body))
    assert ProviderEvent.objects.count() == 0


def test_replayed_signature_is_refused_after_its_time(payment: Payment) -> None:
    body = notice(payment)
    with pytest.raises(BadSignature):
        store_event("sandbox", body, headers(body, int(time.time()) - 301))


@pytest.mark.parametrize(("theirs", "ours"), [("sbx_unknown", "UNKNOWN"), ("sbx_unknown", None)])
@pytest.mark.rule(20)
def test_event_that_names_no_payment_of_ours_is_set_aside(payment: Payment, theirs: str, ours: str | None) -> None:
    event = ProviderEvent.objects.create(
        provider="sandbox",
        event_id="e1",
        kind="session.paid",
        provider_ref=theirs,
        our_ref=ours or payment.code,
        body="{}",
    )
    process_stored_event(event)
    payment.refresh_from_db()
    assert (event.outcome, payment.state) == ("quarantined", "redirected")


@pytest.mark.rule(9)
def test_webhook_goes_by_what_was_frozen_though_the_price_has_changed(payment: Payment, charge: Charge) -> None:
    make_tax()
    Charge.objects.update(reduced_through=today() - timedelta(days=1))
    pay_at_provider(payment)
    body = notice(payment)
    event = store_event("sandbox", body, headers(body))
    assert event is not None
    process_stored_event(event)
    payment.refresh_from_db()
    fulfil_payment(payment)
    charge.refresh_from_db()
    assert (event.outcome, payment.state, payment.attention, charge.state) == ("done", "confirmed", "", "settled")
    assert Receipt.objects.get().payment.amount == Decimal("30.00")


@pytest.mark.rule(20)
def test_amount_that_differs_sets_the_event_aside(payment: Payment) -> None:
    pay_at_provider(payment)
    SandboxSession.objects.update(amount="1.00")
    body = notice(payment)
    event = store_event("sandbox", body, headers(body))
    assert event is not None
    process_stored_event(event)
    payment.refresh_from_db()
    assert (event.outcome, payment.state, payment.attention) == ("quarantined", "redirected", "mismatch")


def test_sweep_finds_events_whose_hint_was_lost(payment: Payment) -> None:
    pay_at_provider(payment)
    body = notice(payment)
    store_event("sandbox", body, headers(body))
    process_stored_events()
    payment.refresh_from_db()
    assert payment.state == "confirmed"


def test_event_that_breaks_keeps_no_other_waiting_and_is_set_aside_in_the_end(
    payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    pay_at_provider(payment)
    broken = ProviderEvent.objects.create(provider="sandbox", event_id="evt_0", kind="x", our_ref="broken", body="{}")
    ours = events._payment_of
    monkeypatch.setattr(events, "_payment_of", lambda event: ours(event) if event.pk != broken.pk else 1 // 0)
    body = notice(payment)
    store_event("sandbox", body, headers(body))
    process_stored_events()
    payment.refresh_from_db()
    broken.refresh_from_db()
    assert (payment.state, broken.outcome, broken.note) == ("confirmed", "received", "ZeroDivisionError")
    for tries in range(1, MOST_TRIES):
        process_stored_events()
        broken.refresh_from_db()
        assert broken.tries == tries  # it is not its turn yet
        waited = PATIENCE * 2 ** (tries - 1)
        ProviderEvent.objects.filter(pk=broken.pk).update(next_try_at=F("next_try_at") - waited)
        process_stored_events()
    broken.refresh_from_db()
    assert broken.outcome == "quarantined"


def test_webhook_that_staff_ask_about_again_has_its_time_anew(payment: Payment, staff: User) -> None:
    long_ago = timezone.now() - timedelta(days=9)
    event = ProviderEvent.objects.create(
        provider="sandbox", event_id="e1", our_ref=payment.code, body="{}", received_at=long_ago
    )
    finish_event(event, "quarantined")
    assert retry_event(event, by=staff, reason="Asked for at the provider.")
    event.refresh_from_db()
    assert list(due_events()) == [event]
    try_event_again(event, "silence")
    assert (event.outcome, list(due_events())) == ("received", [])


def test_last_try_of_a_webhook_comes_within_a_day() -> None:
    waited = sum((PATIENCE * 2**tries for tries in range(MOST_TRIES - 1)), start=timedelta())
    assert timedelta(hours=40) < waited < timedelta(hours=48)


def test_silent_provider_is_asked_again_and_given_up_in_the_end(
    payment: Payment, monkeypatch: pytest.MonkeyPatch
) -> None:
    def unreachable(*_args: object) -> None:
        raise ProviderUnreachable("silence")

    body = notice(payment)
    event = store_event("sandbox", body, headers(body))
    assert event is not None
    monkeypatch.setattr(SandboxProvider, "resolve", unreachable)
    process_stored_event(event)
    assert (event.outcome, event.tries) == ("received", 1)
    event.tries = MOST_TRIES - 1
    process_stored_event(event)
    assert event.outcome == "quarantined"
