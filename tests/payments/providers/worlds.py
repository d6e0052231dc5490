"""Each provider with its other side: what a payer does there, and what its server sends."""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Protocol

import stripe

from payments.models import SandboxSession
from payments.providers.base import Attempt, Provider
from payments.providers.sandbox import SIGNATURE_HEADER, SandboxProvider, sign
from payments.providers.stripe import StripeProvider
from tests.peers.stripe_driver import SECRET, StripePeer


class World(Protocol):
    """The other side of one provider."""

    provider: Provider

    def pay(self, provider_ref: str) -> None:
        """The payer pays on the page."""

    def times_paid(self, attempt: Attempt) -> int:
        """How often money moved for this attempt, from the provider's own books."""

    def webhook(self, provider_ref: str, reference: str, at: float | None = None) -> tuple[bytes, Mapping[str, str]]:
        """A genuine webhook about the session, signed at that time (seconds since 1970)."""


@dataclass
class SandboxWorld:
    """The sandbox's table is its machine."""

    provider: Provider = field(default_factory=SandboxProvider)

    def pay(self, provider_ref: str) -> None:
        SandboxSession.objects.filter(reference=provider_ref, state="open").update(state="paid")

    def times_paid(self, attempt: Attempt) -> int:
        return SandboxSession.objects.filter(our_ref=attempt.reference, state="paid").count()

    def webhook(self, provider_ref: str, reference: str, at: float | None = None) -> tuple[bytes, Mapping[str, str]]:
        body = json.dumps(
            {"id": "evt_1", "type": "session.paid", "session": provider_ref, "reference": reference}
        ).encode()
        moment = int(time.time() if at is None else at)
        return body, {SIGNATURE_HEADER: f"t={moment},v1={sign(body, moment)}"}


@dataclass
class StripeWorld:
    """Stripe's peer, a process of its own."""

    peer: StripePeer
    provider: Provider = field(default_factory=StripeProvider)

    def pay(self, provider_ref: str) -> None:
        self.peer.pay(provider_ref)

    def times_paid(self, attempt: Attempt) -> int:
        return len([row for row in self.peer.ledger()["captures"] if row["client_reference_id"] == attempt.reference])

    def webhook(self, provider_ref: str, reference: str, at: float | None = None) -> tuple[bytes, Mapping[str, str]]:
        session: dict[str, Any] = {"id": provider_ref, "object": "checkout.session", "client_reference_id": reference}
        event = {"id": "evt_1", "object": "event", "type": "checkout.session.completed", "data": {"object": session}}
        body = json.dumps(event).encode()
        moment = int(time.time() if at is None else at)
        signature = stripe.WebhookSignature._compute_signature(f"{moment}.{body.decode()}", SECRET)
        return body, {"Stripe-Signature": f"t={moment},v1={signature}"}
