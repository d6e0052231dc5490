"""Parts are killed at random and started again; how long it takes until people, cards and mail are served."""

import os
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field

from servers import POSTGRESQL, REDIS

from tests.bench.soak.diary import Diary
from tests.bench.soak.office import Office
from tests.bench.soak.people import KILLED

LONGEST_SECONDS = 120  # a part that has not recovered by then never does
TWO_AT_ONCE = 0.25
HEAD = "| at | killed | out | next page | next card page | next e-mail | meanwhile 503 / line lost |\n|---|---|---|---|---|---|---|"
Sign = Callable[[], int]


@dataclass(frozen=True)
class Part:
    """Something that can be killed. One that is started again by what is above it needs no `start`."""

    name: str
    kill: Callable[[], object]
    start: Callable[[], object] = lambda: None


@dataclass
class Fault:
    """One line of the table; times in seconds, None where that did not come back."""

    at: float
    names: str
    out: float
    back: dict[str, float | None] = field(default_factory=dict)
    plain: int = 0
    lost: int = 0

    @property
    def line(self) -> str:
        """For people."""
        words = ["never" if seconds is None else f"{seconds:.1f} s" for seconds in self.back.values()]
        cells = [f"{self.at:.0f} s", self.names, f"{self.out:.1f} s", *words, f"{self.plain} / {self.lost}"]
        return f"| {' | '.join(cells)} |"


def parts_of(office: Office) -> list[Part]:
    """Everything that an office stands on."""
    servers = office.servers
    return [
        Part("web process", office.kill_web_worker),
        Part("web server", office.kill_web, office.web.start),
        Part("worker and beat", office.kill_worker, office.start_worker),
        Part("PostgreSQL", lambda: servers.kill(POSTGRESQL), lambda: servers.start_again(POSTGRESQL)),
        Part("Redis", lambda: servers.kill(REDIS), lambda: servers.start_again(REDIS)),
        Part("mail server", office.inbox.stop, office.inbox.start),
        Part("card provider", office.peer.stop, office.peer.start),
    ]


def draw(parts: list[Part], chance: random.Random) -> Iterator[list[Part]]:
    """Every part in turn, shuffled anew each time, now and then two at once."""
    while True:
        deck = chance.sample(parts, len(parts))
        while deck:
            count = 2 if chance.random() < TWO_AT_ONCE else 1
            yield [deck.pop() for _ in range(min(count, len(deck)))]


def make_faults(office: Office, diary: Diary, *, until: float) -> list[str]:
    """Kill, wait, start, and wait until all is served again; over and over. Prints the table as it goes. What never came
    back, in words. Must run in the main thread: what a thread starts ends with the thread."""
    seed = int(os.environ.get("SEED") or random.randrange(100_000))
    print(f"SEED={seed}\n{HEAD}", flush=True)  # noqa: T201
    signs, begun = signs_of(office, diary), time.monotonic()
    _recover(signs, dict.fromkeys(signs, 0), begun)  # until the day is under way
    diary.in_order()
    chance, start = random.Random(seed), time.monotonic()
    wrong: list[str] = []
    for chosen in draw(parts_of(office), chance):
        fault = _one(office, diary, chosen, chance, start)
        print(fault.line, flush=True)  # noqa: T201
        wrong += [f"after {fault.names}: no {sign}" for sign, seconds in fault.back.items() if seconds is None]
        time.sleep(chance.uniform(1, 5))
        if time.monotonic() > until:
            break
    return wrong


def _one(office: Office, diary: Diary, chosen: list[Part], chance: random.Random, start: float) -> Fault:
    """One fault with its recovery."""
    before, at = diary.counts.copy(), time.monotonic()
    diary.out_of_order()
    for part in chosen:
        diary.note(f"killed: {part.name}")
        part.kill()
    time.sleep(chance.uniform(0.5, 6))
    back_at, signs = time.monotonic(), signs_of(office, diary)
    seen = {name: sign() for name, sign in signs.items()}
    for part in chosen:
        part.start()
    back = _recover(signs, seen, back_at)
    diary.in_order()
    fault = Fault(at - start, ", ".join(part.name for part in chosen), back_at - at, back)
    fault.plain, fault.lost = (diary.counts[what] - before[what] for what in ("answered 503", KILLED))
    return fault


def signs_of(office: Office, diary: Diary) -> dict[str, Sign]:
    """What grows while each kind of service works."""
    return {
        "page": lambda: diary.counts["good answers"],
        "card page": lambda: diary.counts["card page"],
        "e-mail": lambda: len(office.inbox.messages),
    }


def _recover(signs: dict[str, Sign], seen: dict[str, int], since: float) -> dict[str, float | None]:
    """Seconds until each kind of service was seen again. They include the wait until somebody next wants it."""
    back: dict[str, float | None] = dict.fromkeys(signs)
    while None in back.values() and time.monotonic() < since + LONGEST_SECONDS:
        for name, sign in signs.items():
            if back[name] is None and sign() > seen[name]:
                back[name] = time.monotonic() - since
        time.sleep(0.05)
    return back
