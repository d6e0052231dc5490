"""The peer as a whole: which address goes where, and what tests can switch."""

from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any

from tests.peers.edgeexpress_peer import api, page
from tests.peers.edgeexpress_peer.state import Store, dollars
from tests.peers.stripe_peer.cards import read_card
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse, html_response
from tests.peers.toolkit import switches
from tests.peers.toolkit.books import NextDecline
from tests.peers.toolkit.switches import REQUIRED, Switch, take


@dataclass
class EdgeExpressPeer:
    """One terminal with its credentials. Faults wait for a path with the transaction's type at its end."""

    xwebid: str
    terminal: str
    auth_key: str
    base_url: str = ""
    store: Store = field(default_factory=Store)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """API calls can be made to go wrong; pages and switches cannot."""
        if request.path.startswith(switches.PREFIX):
            return switches.handle_switch(request, self._switches())
        if request.path in (api.HOSTED, api.DIRECT) and request.method == "POST":
            path = f"{request.path}/{api.kind_of(request)}"
            return switches.with_faults(self.store, path, lambda: self._api(request))
        if request.path.startswith(api.PAGE):
            with self.store.lock:
                return page.handle_page(self.store, request)
        return html_response(404, "<h1>Not found</h1>")

    def _api(self, request: HttpRequest) -> HttpResponse:
        with self.store.lock:
            return api.handle_api(self.store, (self.xwebid, self.terminal, self.auth_key), self.base_url, request)

    def _switches(self) -> dict[str, Switch]:
        return {
            **switches.common_switches(self.store, self.store.clear),
            "POST pay": self._pay,
            "POST close_batch": self._close_batch,
            "POST portal": self._give_back,
            "POST partial": self._set_partial,
            "POST newest_card": self._set_newest_card,
        }

    def _pay(self, body: dict[str, Any]) -> dict[str, Any]:
        """Pay a page without a browser."""
        token, number = take(body, token=REQUIRED, card="4111111111111111")
        with self.store.lock:
            session = self.store.sessions.get(token)
            if session is None:
                raise ValueError("no such page")
            today = datetime.fromtimestamp(self.store.now(), UTC)
            card = read_card(number, "12/40", "123", year=today.year, month=today.month)
            return {"code": page.pay(self.store, session, card).code}

    def _close_batch(self, body: dict[str, Any]) -> dict[str, Any]:
        """The day's end: from now on nothing before can be voided, only returned."""
        take(body)
        with self.store.lock:
            self.store.batch += 1
            return {"batch": self.store.batch}

    def _give_back(self, body: dict[str, Any]) -> dict[str, Any]:
        """Somebody gives an order back in the merchant's portal: all of it where no cents are named."""
        order, kind, part = take(body, order=REQUIRED, kind="CREDITVOID", cents=0)
        with self.store.lock:
            sale = self.store.orders.get(order)
            if sale is None:
                raise ValueError("no such order")
            values = {"ORDERID": f"portal-{len(self.store.orders)}", "TRANSACTIONID": sale.transaction}
            values |= {"AMOUNT": dollars(part or sale.approved)} if kind == "CREDITRETURN" else {}
            return {"transaction": api.directly(self.store, kind, values)["TRANSACTIONID"]}

    def _set_partial(self, body: dict[str, Any]) -> dict[str, Any]:
        """The next sale approves so many cents at most."""
        (self.store.partial,) = take(body, cents=100)
        return {"cents": self.store.partial}

    def _set_newest_card(self, body: dict[str, Any]) -> dict[str, Any]:
        """What the bank says from now on when the card that was stored last is charged."""
        code, iso, message = take(body, code="1", iso="05", message="Declined")
        with self.store.lock:
            list(self.store.aliases.values())[-1].says = NextDecline(code, iso, message)
        return {"ok": True}
