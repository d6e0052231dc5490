"""Webhooks at the door: signed, stored once, answered plainly (RULES 20, 22)."""

import json
import time

import pytest
from django.db import DatabaseError
from django.http import HttpResponseBase
from django.test import Client

from payments.models import LedgerEntry, Payment, ProviderEvent, SandboxSession
from payments.providers.sandbox import SIGNATURE_HEADER, notice_body, sign
from payments.tasks import process_stored_events
from tests.payments.conftest import pay_at_provider
from tests.payments.views.counting import queries

PATH = "/webhooks/sandbox/"


def body_of(payment: Payment) -> bytes:
    return notice_body(SandboxSession.objects.get(our_ref=payment.code))


def post(body: bytes, *, signature: str | None = None, path: str = PATH) -> HttpResponseBase:
    """As a provider sends it: no cookie, no token, CSRF checks on."""
    at = int(time.time())
    client = Client(enforce_csrf_checks=True, raise_request_exception=False)
    return client.post(
        path,
        data=body,
        content_type="application/json",
        headers={SIGNATURE_HEADER: signature or f"t={at},v1={sign(body, at)}"},
    )


def test_signed_event_is_stored_as_it_came(payment: Payment) -> None:
    pay_at_provider(payment)
    body = body_of(payment)
    assert post(body).status_code == 200
    event = ProviderEvent.objects.get()
    assert (event.provider, event.our_ref, event.provider_ref, event.outcome, event.body) == (
        "sandbox",
        payment.code,
        payment.provider_ref,
        "received",
        body.decode(),
    )
    process_stored_events()
    payment.refresh_from_db()
    assert payment.state == "confirmed"


@pytest.mark.rule(22)
def test_same_event_again_is_answered_and_changes_nothing(payment: Payment) -> None:
    pay_at_provider(payment)
    for _ in range(3):
        assert post(body_of(payment)).status_code == 200
        process_stored_events()
    assert (ProviderEvent.objects.count(), LedgerEntry.objects.filter(account="card").count()) == (1, 1)


def test_event_about_somebody_elses_payment_is_kept_for_staff(payment: Payment) -> None:
    event = {"id": "evt_1", "type": "payment.paid", "subject": "payment", "object": "sbx_other", "reference": "NOTOURS"}
    body = json.dumps(event | {"charge": ""}).encode()
    assert post(body).status_code == 200
    process_stored_events()
    stored = ProviderEvent.objects.get()
    assert (stored.outcome, stored.payment, stored.note) == ("quarantined", None, "names no payment of ours")
    payment.refresh_from_db()
    assert payment.state == "redirected"


@pytest.mark.parametrize("method", ["get", "head", "put", "delete"])
def test_other_methods_are_refused(client: Client, db: None, method: str) -> None:
    assert getattr(client, method)(PATH).status_code == 405


@pytest.mark.parametrize("path", ["/webhooks/paypal/", "/webhooks/Sandbox/"])
def test_unknown_provider_is_not_there(payment: Payment, path: str) -> None:
    assert post(body_of(payment), path=path).status_code == 404


@pytest.mark.parametrize(
    "signature",
    [
        "nonsense",
        "t=,v1=",
        "t={now}",
        "t={now},v1=",
        "t={now},v1=deadbeef",
        "t={now},v1=\xe9",
        "t=²,v1=x",
        "t=99999999999999999999,v1=x",
        "t={earlier},v1=deadbeef",
        ",,,===",
    ],
)
@pytest.mark.rule(20)
def test_bad_signature_is_refused_and_nothing_is_stored(payment: Payment, signature: str) -> None:
    now = int(time.time())
    signed = signature.format(now=now, earlier=now - 10_000)
    assert post(body_of(payment), signature=signed).status_code == 400
    assert ProviderEvent.objects.count() == 0


def test_signature_of_another_body_is_refused(payment: Payment) -> None:
    at = int(time.time())
    assert post(body_of(payment) + b" ", signature=f"t={at},v1={sign(body_of(payment), at)}").status_code == 400


def test_signature_at_another_time_is_refused(payment: Payment) -> None:
    body, at = body_of(payment), int(time.time())
    assert post(body, signature=f"t={at - 400},v1={sign(body, at - 400)}").status_code == 400
    assert post(body, signature=f"t={at},v1={sign(body, at - 1)}").status_code == 400


@pytest.mark.parametrize("body", [b"", b"{", b"{}", b'{"id": "evt_1"}', b"\xff\xfe"])
def test_signed_body_that_is_no_event_is_refused(db: None, body: bytes) -> None:
    assert post(body).status_code == 400
    assert ProviderEvent.objects.count() == 0


@pytest.mark.parametrize("provider", ["stripe"])
def test_unsigned_event_of_the_other_provider_is_refused(db: None, provider: str) -> None:
    assert post(b"{}", path=f"/webhooks/{provider}/").status_code == 400


def test_event_that_cannot_be_stored_is_to_be_sent_again(payment: Payment, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_args: object, **_kwargs: object) -> None:
        raise DatabaseError("disk full")

    with monkeypatch.context() as patch:
        patch.setattr("payments.services.events.ProviderEvent.objects.get_or_create", full)
        assert post(body_of(payment)).status_code == 503
    assert ProviderEvent.objects.count() == 0
    assert post(body_of(payment)).status_code == 200


def test_event_costs_one_look_and_one_row(payment: Payment) -> None:
    body = body_of(payment)
    with queries(2):
        post(body)
    with queries(1):
        post(body)
