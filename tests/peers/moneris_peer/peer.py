"""The peer as a whole: which address goes where, and what tests can switch."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.peers.moneris_peer import checkout, gateway, page
from tests.peers.moneris_peer.state import Store
from tests.peers.stripe_peer.cards import read_card
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse, html_response
from tests.peers.toolkit import switches
from tests.peers.toolkit.books import NextDecline
from tests.peers.toolkit.switches import REQUIRED, Switch, take


@dataclass
class MonerisPeer:
    """One store with its credentials."""

    store_id: str
    api_token: str
    checkout_id: str
    base_url: str = ""
    store: Store = field(default_factory=Store)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """API calls can be made to go wrong; pages and switches cannot."""
        if request.path.startswith(switches.PREFIX):
            return switches.handle_switch(request, self._switches())
        if request.path in (checkout.PATH, gateway.PATH) and request.method == "POST":
            return switches.with_faults(self.store, request.path, lambda: self._api(request))
        if request.path == page.SCRIPT_PATH:
            return page.handle_script()
        if request.path == page.FRAME_PATH:
            with self.store.lock:
                return page.handle_frame(self.store, request)
        return html_response(404, "<h1>Not found</h1>")

    def _api(self, request: HttpRequest) -> HttpResponse:
        credentials = {"store_id": self.store_id, "api_token": self.api_token}
        with self.store.lock:
            if request.path == gateway.PATH:
                return gateway.handle_gateway(self.store, credentials, request)
            return checkout.handle_request(self.store, credentials | {"checkout_id": self.checkout_id}, request)

    def _switches(self) -> dict[str, Switch]:
        return {
            **switches.common_switches(self.store, self.store.clear),
            "POST pay": self._pay,
            "POST close_batch": self._close_batch,
            "POST tickets": self._set_tickets,
            "POST newest_card": self._set_newest_card,
            "POST portal": self._give_back,
            "POST forget_tickets": self._forget_tickets,
        }

    def _pay(self, body: dict[str, Any]) -> dict[str, Any]:
        """Pay a ticket without a browser."""
        ticket_id, number = take(body, ticket=REQUIRED, card="4242424242424242")
        with self.store.lock:
            ticket = self.store.tickets.get(ticket_id)
            if ticket is None:
                raise ValueError("no such ticket")
            today = datetime.fromtimestamp(self.store.now(), UTC)
            card = read_card(number, "12/40", "123", year=today.year, month=today.month)
            row = checkout.pay(self.store, ticket, card)
            return {"approved": row.approved, "transaction": row.number}

    def _close_batch(self, body: dict[str, Any]) -> dict[str, Any]:
        """The day's end: from now on nothing before can be corrected, only refunded."""
        take(body)
        with self.store.lock:
            self.store.batch += 1
            return {"batch": self.store.batch}

    def _give_back(self, body: dict[str, Any]) -> dict[str, Any]:
        """Somebody gives an order back in the merchant's portal: all of it where no cents are named. Moneris links what it
        does there to the order, as with a call."""
        order, kind, part = take(body, order=REQUIRED, kind="purchasecorrection", cents=0)
        with self.store.lock:
            return {"transaction": gateway.give_back(self.store, order, kind, part).number}

    def _set_tickets(self, body: dict[str, Any]) -> dict[str, Any]:
        """How many seconds new tickets live."""
        (self.store.ticket_seconds,) = take(body, seconds=1800)
        return {"seconds": self.store.ticket_seconds}

    def _set_newest_card(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the bank says from now on when the card that was stored last is charged."""
        code, iso, message = take(body, code="481", iso="05", message="DECLINED")
        with self.store.lock:
            list(self.store.vault.values())[-1].says = NextDecline(code, iso, message)
        return {"ok": True}

    def _forget_tickets(self, body: dict[str, Any]) -> dict[str, Any]:
        """Tickets and their receipts are gone, as after a long time; the transactions are not."""
        take(body)
        with self.store.lock:
            self.store.tickets.clear()
        return {"ok": True}
