"""What people do all the time: reserve, promise, pay by card, give up, come twice, wait for a place; guests pay tickets or
appeal."""

import http.client
import random
import re
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

import requests
from django.conf import settings

from payments.models import Charge, Payment
from permits.models import SalesWindow, Waitlist, WaitlistOffer
from tests.bench.load import Answer, Subject, Visitor
from tests.bench.orders import CHARGE, Buyer
from tests.bench.seed import sessions_of
from tests.bench.soak.diary import Diary, patient
from tests.bench.soak.office import Office
from violations.models import Appeal, Violation

SESSION = re.compile(r"/c/pay/(cs_\w+)")
CARDS = ("ok", "ok", "ok", "ok", "declined")
PLAIN = 503
PLAIN_WORDS = "The portal takes a short break."
KILLED = "connection lost"
PAUSE_SECONDS = 2.0


class TurnedAway(Exception):
    """A refusal in words; the person goes home."""


@dataclass
class People:
    """Shared by all threads, until it is `over`."""

    office: Office
    diary: Diary
    windows: list[SalesWindow]
    buyers: Iterator[Buyer]
    tickets: Iterator[Violation]
    over: threading.Event = field(default_factory=threading.Event)

    def resident(self, seed: int) -> None:
        """One thread: a new resident again and again."""
        chance = random.Random(seed)
        for buyer in self.buyers:
            if self.over.is_set():
                return
            self.attempt(self._buy, buyer, chance)

    def guest(self, seed: int) -> None:
        """One thread: a new ticket again and again."""
        chance = random.Random(seed)
        for ticket in self.tickets:
            if self.over.is_set():
                return
            self.attempt(self._pay_or_appeal, ticket, chance)

    def waiting(self, seed: int) -> None:
        """One thread: whoever is offered a place takes it."""
        chance = random.Random(seed)
        asked: set[int] = set()
        while not self.over.wait(PAUSE_SECONDS):
            offers = WaitlistOffer.objects.filter(state=WaitlistOffer.State.OPEN).exclude(pk__in=asked)
            offer = patient(offers.select_related("entry__user").order_by("pk").first)
            if offer is not None:
                asked.add(offer.pk)
                self.attempt(self._take_place, offer, chance)

    def attempt(self, act: Callable[[Subject, random.Random], None], subject: Subject, chance: random.Random) -> None:
        """One go at it, however it ends."""
        try:
            act(subject, chance)
        except TurnedAway as reason:
            self.diary.note(f"went home: {reason}")
        except (OSError, http.client.HTTPException):
            self.diary.excused(KILLED)
            time.sleep(0.2)

    def _buy(self, buyer: Buyer, chance: random.Random) -> None:
        window = chance.choice(self.windows)
        self.see(buyer.visitor.get, "/permits/")
        payments = self.see(buyer.reserve, window).location
        if payments != "/payments/":
            self._wait_for_place(buyer, window)
        self._pay_first(buyer.visitor, payments, chance)

    def _wait_for_place(self, buyer: Buyer, window: SalesWindow) -> None:
        waitlist = patient(Waitlist.objects.filter(permit_types=window.permit_type).first)
        if waitlist is not None:
            self.see(buyer.visitor.post, f"/waitlists/{waitlist.code}/join/")
        raise TurnedAway("lot full")

    def _take_place(self, offer: WaitlistOffer, chance: random.Random) -> None:
        user = offer.entry.user
        (key,) = patient(lambda: sessions_of([user]))
        visitor = Visitor(self.office.web.port, {settings.SESSION_COOKIE_NAME: key})
        vehicle = patient(user.vehicle_links.first)
        assert vehicle is not None
        path = f"/waitlists/offers/{offer.code}/"
        self.see(visitor.get, path)
        payments = self.see(visitor.post, path, vehicle=vehicle.code).location
        if payments != "/payments/":
            raise TurnedAway("offer over")
        self.diary.note("offered place taken")
        self._pay_first(visitor, payments, chance)

    def _pay_first(self, visitor: Visitor, payments: str, chance: random.Random) -> None:
        charge = CHARGE.search(self.see(visitor.get, payments).text)
        if charge is None:
            raise TurnedAway("nothing to pay")
        self.diary.told("reserved", Charge.objects.filter(code=charge[1]))
        if chance.random() < 0.1:
            raise TurnedAway("left before the checkout")
        checkout = self.see(visitor.post, "/checkout/", charge=charge[1]).location
        self._check_out(visitor, checkout, chance, cash=True)

    def _pay_or_appeal(self, ticket: Violation, chance: random.Random) -> None:
        visitor = Visitor(self.office.web.port)
        page = self.see(visitor.post, "/pay-ticket/", ticket=ticket.full_number).location
        if not page:
            raise TurnedAway("ticket look-up refused")
        self.see(visitor.get, page)
        if chance.random() < 0.25:
            return self._appeal(visitor, ticket)
        self._check_out(visitor, self.see(visitor.post, f"{page}pay/").location, chance, cash=False)
        if chance.random() < 0.2:
            self._appeal(visitor, ticket)
        return None

    def _appeal(self, visitor: Visitor, ticket: Violation) -> None:
        page = self.see(visitor.post, f"/appeals/request/{ticket.number}/").location
        if "/appeals/" not in page:
            raise TurnedAway("no appeal")
        said = {"reason": "The slip fell off the dash.", "name": "Kim Guest", "email": "guest@example.test"}
        self.see(visitor.post, page, do="submit", **said)
        if "The slip fell off" in self.see(visitor.get, page).text:
            self.diary.told("appealed", Appeal.objects.filter(code=page.split("/")[2]).exclude(state="draft"))

    def _check_out(self, visitor: Visitor, checkout: str, chance: random.Random, *, cash: bool) -> None:
        if not checkout.startswith("/checkout/"):
            raise TurnedAway("checkout refused")
        self.see(visitor.get, checkout)
        if cash and chance.random() < 0.3:
            after = self.see(visitor.post, checkout, method="cash", email="payer@example.test").location
            self.see(visitor.get, after or checkout)
            if after.endswith("/promised/"):
                code = checkout.split("/")[2]
                self.diary.told("promised", Payment.objects.filter(checkout__code=code, method__code="cash"))
            return
        asked = [
            self.see(visitor.post, checkout, method="card", email="payer@example.test")
            for _ in range(chance.choice((1, 1, 2)))
        ]
        session = SESSION.search(asked[-1].location)
        if session is None:
            raise TurnedAway("no card page")
        self.diary.note("card page")
        if chance.random() < 0.1:
            raise TurnedAway("closed the card page")
        self.at_the_card_page(visitor, session[1], chance.choice(CARDS), back=chance.random() < 0.7)

    def at_the_card_page(self, visitor: Visitor, session: str, card: str, *, back: bool) -> None:
        """Pay or be declined; then come back, or do not."""
        try:
            result = self.office.peer.pay(session, card)
        except AssertionError:
            raise TurnedAway("the card page was closed") from None
        except requests.RequestException:
            raise TurnedAway("the card page did not load") from None
        self.diary.note(f"card {result.get('state', card)}")
        if result.get("state") == "succeeded" and back:
            self.see(visitor.get, "/" + str(result["success_url"]).split("/", 3)[3])

    def see(self, ask: Callable[..., Answer], *args: object, **fields: str) -> Answer:
        """Count the answer; a plain 503 is right while something is out of order, any other 5xx never."""
        start = time.monotonic()
        answer = ask(*args, **fields)
        with self.diary.lock:
            self.diary.seconds.append(time.monotonic() - start)
        if answer.status == PLAIN and PLAIN_WORDS in answer.text:
            self.diary.excused("answered 503")
            raise TurnedAway("plain 503")
        if answer.status >= 500:
            self.diary.fault(f"{answer.status}: {answer.text[:200]}")
            raise TurnedAway("broken page")
        if answer.status >= 400:
            raise TurnedAway(f"status {answer.status}")
        self.diary.note("good answers")
        return answer
