"""The peer as a whole: which address goes where, and what tests can make phones and the network do."""

import random
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, dataclass, field
from typing import Any

from tests.peers.sms_peer.api import create_message, refuse
from tests.peers.sms_peer.delivery import call, read_answer
from tests.peers.sms_peer.state import Store
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse
from tests.peers.toolkit import switches
from tests.peers.toolkit.switches import REQUIRED, Switch, SwitchError, take

STOP = {"STOP", "STOPALL", "UNSUBSCRIBE", "CANCEL", "END", "QUIT", "REVOKE", "OPTOUT"}
START = {"START", "YES", "UNSTOP"}
AT_ONCE = 40


@dataclass
class SmsPeer:
    """One account. `webhook` is where texts of phones are delivered."""

    account: str
    token: str
    number: str
    base_url: str = ""
    webhook: str = ""
    carrier: bool = True
    store: Store = field(init=False)

    def __post_init__(self) -> None:
        self.store = Store(account=self.account, number=self.number)

    def answer(self, request: HttpRequest) -> HttpResponse:
        """API calls can be made to go wrong; switches cannot."""
        if request.path.startswith(switches.PREFIX):
            return switches.handle_switch(request, self._switches())
        if request.method != "POST" or request.path != f"/2010-04-01/Accounts/{self.account}/Messages.json":
            return refuse(404, 20404, "The requested resource was not found")
        return switches.with_faults(self.store, request.path, lambda: self._create(request))

    def _create(self, request: HttpRequest) -> HttpResponse:
        with self.store.lock:
            return create_message(self.store, self.token, request)

    def _switches(self) -> dict[str, Switch]:
        return {
            **switches.common_switches(self.store, self.store.clear),
            "POST webhook": self._set_webhook,
            "POST refuse_next": self._refuse_next,
            "POST inbound": self._inbound,
            "POST storm": self._storm,
            "POST status": self._status,
            "GET messages": lambda body: {"messages": [asdict(each) for each in list(self.store.messages.values())]},
        }

    def _set_webhook(self, body: dict[str, Any]) -> dict[str, Any]:
        """Where texts are delivered, and whether the carrier answers keywords."""
        self.webhook, self.carrier = take(body, url=REQUIRED, carrier=True)
        return {"ok": True}

    def _refuse_next(self, body: dict[str, Any]) -> dict[str, Any]:
        """The next message is refused so."""
        status, code, message = take(body, status=429, code=20429, message="Too Many Requests")
        self.store.refusals.append((status, code, message))
        return {"ok": True}

    def _inbound(self, body: dict[str, Any]) -> dict[str, Any]:
        """A phone texts; delivered `copies` times, one after the other, under one name."""
        sender, words, media, copies = take(body, sender=REQUIRED, words="", media=0, copies=1)
        fields = self._fields(sender, words, media)
        return {"sid": fields["MessageSid"], "answers": [self._deliver(fields) for _copy in range(copies)]}

    def _storm(self, body: dict[str, Any]) -> dict[str, Any]:
        """Texts of many phones at once: [[sender, [words, …]], …]. Each phone sends its own one after the other, as the seed
        says: after a moment, some twice at once, some once more later, some in another order. How often each status was
        answered."""
        phones, seed, odds, pause = take(body, phones=[], seed=0, odds=0.15, pause=0.02)
        chance = random.Random(seed)
        ways = [self._way(sender, words, chance, odds) for sender, words in phones]
        with ThreadPoolExecutor(AT_ONCE) as pool:
            turns = [
                pool.submit(self._send_all, way, random.Random(f"{seed}-{n}"), pause) for n, way in enumerate(ways)
            ]
            return {"statuses": dict(sum((turn.result() for turn in turns), start=Counter()))}

    def _way(self, sender: str, words: list[str], chance: random.Random, odds: float) -> list[list[dict[str, str]]]:
        """What one phone sends, in turns; those of one turn at the same moment."""
        turns = [[self._fields(sender, each, 0)] for each in words]
        for turn in list(turns):
            if chance.random() < odds:
                turn.append(turn[0])
            if chance.random() < odds:
                turns.insert(chance.randrange(len(turns) + 1), [turn[0]])
        for place in range(len(turns) - 1):
            if chance.random() < odds / 3:
                turns[place], turns[place + 1] = turns[place + 1], turns[place]
        return turns

    def _send_all(self, way: list[list[dict[str, str]]], chance: random.Random, pause: float) -> Counter[str]:
        statuses: Counter[str] = Counter()
        for turn in way:
            time.sleep(chance.random() * pause)
            with ThreadPoolExecutor(len(turn)) as pool:
                statuses.update(str(answer["status"]) for answer in pool.map(self._deliver, turn))
        return statuses

    def _status(self, body: dict[str, Any]) -> dict[str, Any]:
        """Tell the customer what became of a message."""
        sid, status, code = take(body, sid=REQUIRED, status=REQUIRED, code="")
        message = self.store.messages.get(sid)
        if message is None or not message.callback:
            raise SwitchError("no such message, or nobody wants to know")
        fields = {
            "MessageSid": sid,
            "SmsSid": sid,
            "AccountSid": self.account,
            "From": self.number,
            "To": message.to,
            "MessageStatus": status,
            "SmsStatus": status,
            "ApiVersion": "2010-04-01",
        }
        response = call(self.token, message.callback, fields | ({"ErrorCode": code} if code else {}))
        return {"status": response.status_code if response is not None else 0}

    def _fields(self, sender: str, words: str, media: int) -> dict[str, str]:
        with self.store.lock:
            sid = self.store.new_sid()
        return {
            "MessageSid": sid,
            "SmsSid": sid,
            "SmsMessageSid": sid,
            "AccountSid": self.account,
            "From": sender,
            "To": self.number,
            "Body": words,
            "NumMedia": str(media),
            "NumSegments": "1",
            "SmsStatus": "received",
            "ApiVersion": "2010-04-01",
            "FromCountry": "CA",
        }

    def _deliver(self, fields: dict[str, str]) -> dict[str, Any]:
        """Hand over a text; what the webhook answers goes to the phone, as far as the carrier lets it."""
        sender, word = fields["From"], fields["Body"].strip().upper()
        with self.store.lock:
            if self.carrier and word in STOP:
                self.store.stopped.add(sender)
            elif self.carrier and word in START:
                self.store.stopped.discard(sender)
        answered = read_answer(call(self.token, self.webhook, fields))
        with self.store.lock:
            known = [each for each in self.store.messages.values() if each.inbound == fields["MessageSid"]]
            blocked = sender in self.store.stopped
            sent = known[0] if known else None
            if answered.body and not blocked and sent is None:
                sent = self.store.write(sender, answered.body, answered.callback, fields["MessageSid"])
        return {"status": answered.status, "body": answered.body, "sid": sent.sid if sent else "", "blocked": blocked}
