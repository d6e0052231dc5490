"""What people do all the time: reserve, promise, pay by card, give up, come twice; guests pay tickets."""

import http.client
import random
import re
import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from permits.models import SalesWindow
from tests.bench.load import Answer, Subject, Visitor
from tests.bench.orders import CHARGE, Buyer
from tests.bench.soak.office import Office
from violations.models import Violation

SESSION = re.compile(r"/c/pay/(cs_\w+)")
CARDS = ("ok", "ok", "ok", "ok", "declined")
PLAIN = 503
KILLED = "connection lost"


class TurnedAway(Exception):
    """A refusal in words; the person goes home."""


@dataclass
class Diary:
    """What happened, counted, and every answer that nobody should get."""

    counts: Counter[str] = field(default_factory=Counter)
    faults: list[str] = field(default_factory=list)
    lock: threading.Lock = field(default_factory=threading.Lock)

    def note(self, what: str) -> None:
        """One more of it."""
        with self.lock:
            self.counts[what] += 1

    def fault(self, what: str) -> None:
        """Something that breaks a promise."""
        with self.lock:
            self.counts["unexpected answers"] += 1
            self.faults.append(what[:300])


@dataclass
class People:
    """Shared by all threads."""

    office: Office
    diary: Diary
    windows: list[SalesWindow]
    buyers: Iterator[Buyer]
    tickets: Iterator[Violation]
    until: float

    def resident(self, seed: int) -> None:
        """One thread: a new resident again and again."""
        chance = random.Random(seed)
        for buyer in self.buyers:
            if time.monotonic() > self.until:
                return
            self._try(self._buy, buyer, chance)

    def guest(self, seed: int) -> None:
        """One thread: a new ticket again and again."""
        chance = random.Random(seed)
        for ticket in self.tickets:
            if time.monotonic() > self.until:
                return
            self._try(self._pay_ticket, ticket, chance)

    def _try(self, act: Callable[[Subject, random.Random], None], subject: Subject, chance: random.Random) -> None:
        try:
            act(subject, chance)
        except TurnedAway as reason:
            self.diary.note(f"went home: {reason}")
        except (OSError, http.client.HTTPException):
            self.diary.note(KILLED)
            time.sleep(0.2)

    def _buy(self, buyer: Buyer, chance: random.Random) -> None:
        window = chance.choice(self.windows)
        self._see(buyer.visitor.get("/permits/"))
        payments = self._see(buyer.reserve(window)).location
        if payments != "/payments/":
            raise TurnedAway("lot full")
        self.diary.note("reserved")
        charge = CHARGE.search(self._see(buyer.visitor.get(payments)).text)
        if charge is None or chance.random() < 0.1:
            raise TurnedAway("left before the checkout")
        self._check_out(
            buyer.visitor, self._see(buyer.visitor.post("/checkout/", charge=charge[1])).location, chance, cash=True
        )

    def _pay_ticket(self, ticket: Violation, chance: random.Random) -> None:
        visitor = Visitor(self.office.web.port)
        page = self._see(visitor.post("/pay-ticket/", ticket=ticket.full_number)).location
        if not page:
            raise TurnedAway("ticket look-up refused")
        self._see(visitor.get(page))
        self._check_out(visitor, self._see(visitor.post(f"{page}pay/")).location, chance, cash=False)

    def _check_out(self, visitor: Visitor, checkout: str, chance: random.Random, *, cash: bool) -> None:
        if not checkout.startswith("/checkout/"):
            raise TurnedAway("checkout refused")
        self._see(visitor.get(checkout))
        if cash and chance.random() < 0.3:
            self._see(
                visitor.get(
                    self._see(visitor.post(checkout, method="cash", email="payer@example.test")).location or checkout
                )
            )
            self.diary.note("promised")
            return
        asked = [
            self._see(visitor.post(checkout, method="card", email="payer@example.test"))
            for _ in range(chance.choice((1, 1, 2)))
        ]
        session = SESSION.search(asked[-1].location)
        if session is None:
            raise TurnedAway("no card page")
        self._at_the_card_page(visitor, session[1], chance)

    def _at_the_card_page(self, visitor: Visitor, session: str, chance: random.Random) -> None:
        """Pay, be declined, or close the window; then come back, or do not."""
        if chance.random() < 0.1:
            raise TurnedAway("closed the card page")
        card = chance.choice(CARDS)
        try:
            result = self.office.peer.pay(session, card)
        except AssertionError:
            raise TurnedAway("the card page was closed") from None
        self.diary.note(f"card {result.get('state', card)}")
        back = str(result.get("success_url") or "")
        if result.get("state") == "succeeded" and chance.random() < 0.7:
            self._see(visitor.get("/" + back.split("/", 3)[3]))

    def _see(self, answer: Answer) -> Answer:
        """Count the answer; 503 is plain and allowed, any other 5xx is not."""
        self.diary.note("answers")
        if answer.status == PLAIN:
            self.diary.note("answered 503")
            raise TurnedAway("plain 503")
        if answer.status >= 500:
            self.diary.fault(f"{answer.status}: {answer.text[:200]}")
            raise TurnedAway("broken page")
        if answer.status >= 400:
            raise TurnedAway(f"status {answer.status}")
        return answer
