"""The peer as a whole: which address goes where, and what tests can make phones and the network do."""

import random
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
AT_ONCE = 8


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
        """Texts of many phones at once: [[sender, words], …], some delivered twice, in another order as the seed says. Answers
        by the place in the list, the first delivery's."""
        texts, seed, twice = take(body, texts=[], seed=0, twice=0.2)
        chance = random.Random(seed)
        jobs = [(place, self._fields(sender, words, 0)) for place, (sender, words) in enumerate(texts)]
        jobs += [job for job in jobs if chance.random() < twice]
        chance.shuffle(jobs)
        with ThreadPoolExecutor(AT_ONCE) as pool:
            answers = list(pool.map(lambda job: (job[0], self._deliver(job[1])), jobs))
        return {"answers": sorted(answers, key=lambda answer: answer[0])}

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
