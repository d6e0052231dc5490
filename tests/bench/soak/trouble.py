"""What goes wrong meanwhile, in turns: webhooks twice, late, lost; answers of the provider; worker, web process and Redis."""

import itertools
import random
import time

from servers import REDIS

from tests.bench.soak.diary import Diary
from tests.bench.soak.office import Office, pause

QUIET = {"copies": 1, "parallel": False, "delay": 0.0, "drop": False}
WEBHOOKS: dict[str, dict[str, object]] = {
    "webhooks twice at once": {"copies": 2, "parallel": True},
    "webhooks late": {"delay": 3.0},
    "webhooks lost": {"drop": True},
    "webhooks well": {},
}
SILENCE = "provider does it and does not say so"


def make_trouble(office: Office, diary: Diary, *, until: float) -> list[str]:
    """One trouble after the other, with breaths between them; at the end everything works again. Only while a part is hit a
    refusal is right. Answers nothing: what is broken shows in the accounts."""
    chance = random.Random(7)
    diary.in_order()
    kinds = itertools.cycle(["worker", *list(WEBHOOKS)[:1], SILENCE, "web", "redis", *list(WEBHOOKS)[1:]])
    while time.monotonic() < until:
        kind = next(kinds)
        diary.note(f"trouble: {kind}")
        if kind in WEBHOOKS:
            office.peer.control("webhooks", **{**QUIET, **WEBHOOKS[kind]})
        elif kind == SILENCE:
            office.peer.control("fail_next", kind=chance.choice(("reset", "error")), when="after", times=5)
        else:
            diary.out_of_order()
            _hit(office, kind, chance.uniform(2, 6))
            diary.in_order()
        _sleep(chance.uniform(3, 9), until)
    office.peer.control("webhooks", **QUIET)
    return []


def _hit(office: Office, part: str, seconds: float) -> None:
    """A part is away for a while; a web process is another one at once."""
    if part == "web":
        office.kill_web_worker()
    elif part == "redis":
        pause(office.servers.started[REDIS].process.pid, seconds)
    elif part == "worker":
        office.kill_worker()
        time.sleep(seconds)
        office.start_worker()


def _sleep(seconds: float, until: float) -> None:
    time.sleep(max(0.0, min(seconds, until - time.monotonic())))
