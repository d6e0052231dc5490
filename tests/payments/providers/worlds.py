"""Each provider with its other side: what a payer and a bank do there, and what its own books say.

To add a provider: a subclass of World here or in a file beside this one, and a line in WORLDS. Its peer is a process of its
own on loopback, started once a session by a fixture in conftest.py; the fixture named in WORLDS empties it before each test,
points the settings at it and answers the world. What the provider does not offer (`Provider.offers`) no test asks of its
world, so those methods may be left out.
"""

import json
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import stripe

from payments.models import SandboxCard, SandboxCharge, SandboxRefund, SandboxSession, SandboxSetup
from payments.providers.bambora import BamboraProvider
from payments.providers.bambora_cards import card_page
from payments.providers.base import Attempt, Offers, Provider, Result
from payments.providers.edgeexpress import EdgeExpressProvider
from payments.providers.edgeexpress_api import DIRECT
from payments.providers.moneris import MonerisProvider
from payments.providers.sandbox import SIGNATURE_HEADER, SandboxProvider, sign
from payments.providers.stripe import StripeProvider
from payments.views.sandbox import keep_card, take_money
from tests.peers.bambora_driver import BamboraPeer
from tests.peers.edgeexpress_driver import EdgeExpressPeer
from tests.peers.moneris_driver import MonerisPeer
from tests.peers.stripe_driver import SECRET, StripePeer


class World:
    """The other side of one provider."""

    provider: Provider

    def pay(self, attempt: Attempt) -> None:
        """The payer pays on the page of `attempt.provider_ref`."""
        raise NotImplementedError

    def decline(self, attempt: Attempt) -> None:
        """The payer's bank says no on that page."""
        raise NotImplementedError

    def times_paid(self, reference: str) -> int:
        """How often money came in under our reference (page or stored card), from the provider's own books."""
        raise NotImplementedError

    def given_back(self, reference: str) -> list[str]:
        """The amounts that went back of the payment with that reference of ours, as "12.34", from the provider's own books;
        what failed afterwards is not among them."""
        raise NotImplementedError

    def fail_refund(self, refund_ref: str) -> None:
        """The bank sends a refund back days later. Only where the provider offers LATE_FAILURES."""
        raise NotImplementedError

    def store(self, setup_ref: str, card: str) -> None:
        """The person stores a card on the page: pays, short, lost or secure says how it is answered when it is charged."""
        raise NotImplementedError

    def webhook(
        self, provider_ref: str, reference: str, at: float | None = None, *, event: str = "evt_1"
    ) -> tuple[bytes, Mapping[str, str]]:
        """A genuine webhook about a payment, with that event id, signed at that time (seconds since 1970)."""
        raise NotImplementedError

    def break_answer(self, kind: str, *, moving: bool) -> None:
        """The next answer to us goes wrong in that way: html, empty or half (a body that is none of its own), error (500),
        timeout (later than settings.CARD_PROVIDER_TIMEOUT, which is 0.4 s for this one call).

        `moving`: the answer to the next call that changes something there, whose work was done all the same; else the answer
        to the next call of any kind, and nothing was done.
        """
        raise NotImplementedError

    after_decline: Result = Result.OPEN
    page_is_ours: bool = False
    webhook_kind: str = ""


@dataclass
class SandboxWorld(World):
    """The sandbox's tables are its machine; no wire can break."""

    provider: Provider = field(default_factory=SandboxProvider)
    webhook_kind: str = "payment.paid"

    def pay(self, attempt: Attempt) -> None:
        take_money(SandboxSession.objects.get(reference=attempt.provider_ref), later="")

    def decline(self, attempt: Attempt) -> None:
        """The sandbox's page asks for another card and notes nothing."""

    def times_paid(self, reference: str) -> int:
        pages = SandboxSession.objects.filter(our_ref=reference, state="paid").count()
        return pages + SandboxCharge.objects.filter(our_ref=reference, decline="").count()

    def given_back(self, reference: str) -> list[str]:
        session = SandboxSession.objects.get(our_ref=reference)
        refunds = SandboxRefund.objects.filter(charge_ref=session.reference).exclude(state="failed")
        return [str(refund.amount) for refund in refunds.order_by("pk")]

    def fail_refund(self, refund_ref: str) -> None:
        SandboxRefund.objects.filter(reference=refund_ref).update(state="failed")

    def store(self, setup_ref: str, card: str) -> None:
        keep_card(SandboxSetup.objects.get(reference=setup_ref), behaviour=SandboxCard.Behaviour(card))

    def webhook(
        self, provider_ref: str, reference: str, at: float | None = None, *, event: str = "evt_1"
    ) -> tuple[bytes, Mapping[str, str]]:
        told = {"id": event, "type": "payment.paid", "subject": "payment", "object": provider_ref, "charge": ""}
        body = json.dumps(told | {"reference": reference}).encode()
        moment = int(time.time() if at is None else at)
        return body, {SIGNATURE_HEADER: f"t={moment},v1={sign(body, moment)}"}


@dataclass
class StripeWorld(World):
    """Stripe's peer, a process of its own."""

    peer: StripePeer
    provider: Provider = field(default_factory=StripeProvider)
    webhook_kind: str = "checkout.session.completed"

    def pay(self, attempt: Attempt) -> None:
        self.peer.pay(attempt.provider_ref)

    def decline(self, attempt: Attempt) -> None:
        self.peer.pay(attempt.provider_ref, card="declined")

    def times_paid(self, reference: str) -> int:
        return len([row for row in self.peer.ledger()["captures"] if row["metadata"].get("payment") == reference])

    def given_back(self, reference: str) -> list[str]:
        rows = self.peer.ledger()["refunds"] + [
            row | {"amount": -row["amount"]} for row in self.peer.ledger()["refunds_reversed"]
        ]
        sums: dict[str, int] = {}
        for row in rows:
            if row["metadata"].get("payment") == reference:
                sums[row["refund"]] = sums.get(row["refund"], 0) + row["amount"]
        return [f"{cents // 100}.{cents % 100:02d}" for cents in sums.values() if cents]

    def fail_refund(self, refund_ref: str) -> None:
        self.peer.control("settle_refund", refund=refund_ref, succeeded=False)

    def store(self, setup_ref: str, card: str) -> None:
        self.peer.pay(setup_ref, card="three_ds" if card == "secure" else "ok")
        method = self.peer.newest("payment_method")
        later = {"short": "insufficient_funds", "lost": "lost_card"}.get(card)
        if later:
            self.peer.control("card", payment_method=method, card=later)

    def webhook(
        self, provider_ref: str, reference: str, at: float | None = None, *, event: str = "evt_1"
    ) -> tuple[bytes, Mapping[str, str]]:
        session: dict[str, Any] = {"id": provider_ref, "object": "checkout.session", "client_reference_id": reference}
        return sign_stripe("checkout.session.completed", session, at=at, event=event)

    def break_answer(self, kind: str, *, moving: bool) -> None:
        times = 2 if kind in ("error", "timeout") else 1  # the SDK tries these once more by itself
        method, when = ("POST", "after") if moving else ("", "before")
        self.peer.control("fail_next", kind=kind, when=when, method=method, seconds=0.5, times=times)


@dataclass
class MonerisWorld(World):
    """Moneris' peer, a process of its own. The page is ours, with its form in a frame."""

    peer: MonerisPeer
    provider: Provider = field(default_factory=MonerisProvider)
    after_decline: Result = Result.DECLINED
    page_is_ours: bool = True

    def pay(self, attempt: Attempt) -> None:
        self.peer.pay(attempt.provider_ref)

    def decline(self, attempt: Attempt) -> None:
        self.peer.control("decline_next")
        self.peer.pay(attempt.provider_ref)

    def times_paid(self, reference: str) -> int:
        return [kind for kind, _cents in self.peer.movements(reference)].count("purchase")

    def given_back(self, reference: str) -> list[str]:
        return went_back(self.peer.movements(reference))

    def store(self, setup_ref: str, card: str) -> None:
        self.peer.pay(setup_ref)
        iso = {"short": "51", "lost": "41", "secure": "1A"}.get(card)
        if iso:
            self.peer.control("newest_card", iso=iso)

    def break_answer(self, kind: str, *, moving: bool) -> None:
        self.peer.control("fail_next", kind=kind, when="after" if moving else "before", seconds=0.5)


@dataclass
class EdgeExpressWorld(World):
    """EdgeExpress' peer, a process of its own."""

    peer: EdgeExpressPeer
    provider: Provider = field(default_factory=EdgeExpressProvider)
    after_decline: Result = Result.DECLINED

    def pay(self, attempt: Attempt) -> None:
        self.peer.pay(attempt.provider_ref)

    def decline(self, attempt: Attempt) -> None:
        self.peer.control("decline_next", code="1", message="Declined")
        self.peer.pay(attempt.provider_ref)

    def times_paid(self, reference: str) -> int:
        return [kind for kind, _cents in self.peer.movements(reference)].count("purchase")

    def given_back(self, reference: str) -> list[str]:
        return went_back(self.peer.movements(reference))

    def store(self, setup_ref: str, card: str) -> None:
        self.peer.pay(setup_ref)
        bank = {"short": "51", "lost": "41", "secure": "1A"}.get(card)
        if bank:
            self.peer.control("newest_card", iso=bank)

    def break_answer(self, kind: str, *, moving: bool) -> None:
        path = f"{DIRECT}/CREDIT" if moving else "/"
        self.peer.control("fail_next", kind=kind, when="after" if moving else "before", seconds=0.5, path=path)


def went_back(movements: list[tuple[str, int]]) -> list[str]:
    """The amounts of what was given back, as "12.34"."""
    return [f"{cents // 100}.{cents % 100:02d}" for kind, cents in movements if kind in ("refund", "void")]


@dataclass
class BamboraWorld(World):
    """Bambora's peer, a process of its own; its page is filled in as a browser does."""

    peer: BamboraPeer
    provider: Provider = field(default_factory=BamboraProvider)
    after_decline: Result = Result.DECLINED

    def pay(self, attempt: Attempt) -> None:
        assert self.peer.fill_in(self.provider.start(attempt).url).status_code == 302

    def decline(self, attempt: Attempt) -> None:
        response = self.peer.fill_in(self.provider.start(attempt).url, "4003050500040005")
        assert "trnApproved=0" in response.headers["Location"]

    def times_paid(self, reference: str) -> int:
        return len(self._approved("P", order_number=reference))

    def given_back(self, reference: str) -> list[str]:
        [payment] = self._approved("P", order_number=reference)
        gone = self._approved("R", parent=payment["number"]) + self._approved("VP", parent=payment["number"])
        return [row["amount"] for row in gone]

    def store(self, setup_ref: str, card: str) -> None:
        answers = {"pays": 1, "short": 7, "lost": 52, "secure": 311}
        self.peer.control("card", customer_code=setup_ref, message_id=answers[card])
        closes = datetime.now(UTC) + timedelta(minutes=31)
        assert (
            self.peer.fill_in(
                card_page(
                    setup_ref, email="payer@example.test", language="es", back="http://127.0.0.1:8000/", closes=closes
                ).url
            ).status_code
            == 302
        )

    def break_answer(self, kind: str, *, moving: bool) -> None:
        method, path = ("POST", "/v1/payments") if moving else ("", "")
        self.peer.control(
            "fail_next", kind=kind, after=moving or kind == "timeout", seconds=0.5, method=method, path=path
        )

    def _approved(self, kind: str, **fields: object) -> list[dict[str, Any]]:
        rows = [row for row in self.peer.transactions() if (row["kind"], row["message_id"]) == (kind, 1)]
        return [row for row in rows if all(row[name] == value for name, value in fields.items())]


def sign_stripe(
    kind: str, thing: dict[str, Any], *, at: float | None = None, event: str = "evt_1"
) -> tuple[bytes, Mapping[str, str]]:
    """A webhook as Stripe signs it."""
    told = {"id": event, "object": "event", "type": kind, "data": {"object": thing}}
    body = json.dumps(told).encode()
    moment = int(time.time() if at is None else at)
    signature = stripe.WebhookSignature._compute_signature(f"{moment}.{body.decode()}", SECRET)
    return body, {"Stripe-Signature": f"t={moment},v1={signature}"}


@dataclass(frozen=True)
class Entry:
    """One provider: the fixture that makes its world, what its class offers, and whether a wire lies between."""

    fixture: str
    offers: Offers
    wire: bool = True


WORLDS = {
    "sandbox": Entry("sandbox_world", SandboxProvider.offers, wire=False),
    "stripe": Entry("stripe_world", StripeProvider.offers),
    "moneris": Entry("moneris_world", MonerisProvider.offers),
    "edgeexpress": Entry("edgeexpress_world", EdgeExpressProvider.offers),
    "bambora": Entry("bambora_world", BamboraProvider.offers),
}


def over(*needs: Offers, wire: bool = False) -> pytest.MarkDecorator:
    """The test runs over every provider that offers all of this."""
    names = [name for name, entry in WORLDS.items() if all(need in entry.offers for need in needs)]
    return pytest.mark.parametrize("world", [name for name in names if WORLDS[name].wire or not wire], indirect=True)
