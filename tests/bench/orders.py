"""Reserving under a race, and whole orders from the list of lots to the promise."""

import itertools
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from statistics import median

from permits.models import Permit, SalesWindow
from tests import factories
from tests.bench.load import Answer, Sample, Visitor, hammer, race
from tests.bench.seed import hide_lots, seed_buyers, sessions_of
from tests.bench.table import Row
from tests.bench.world import ROUNDS, Beside, World, beside

RACERS = 50
SECONDS = 4
MOST_ORDERS_A_SECOND = 60
CROWDS = (1, 8, 32)
PRETIX = {1: 1.2, 8: 2.0, 32: 0.9}  # orders a second of pretix 2026.8: seven pages, offline payment, a quieter machine
NOT_FALLING = 0.95
CHARGE = re.compile(r'name="charge" value="(\w+)"')
_batch = itertools.count(1)


@dataclass(frozen=True)
class Buyer:
    """A signed-in browser, and the code of its person's vehicle."""

    visitor: Visitor
    vehicle: str

    def reserve(self, window: SalesWindow) -> Answer:
        """Reserve Permit."""
        return self.visitor.post(f"/permits/reserve/{window.code}/", vehicle=self.vehicle)


def make_buyers(world: World, count: int) -> list[Buyer]:
    """New people, signed in beforehand."""
    people = seed_buyers(count, f"b{next(_batch)}x")
    keys = sessions_of([user for user, _vehicle in people])
    return [Buyer(world.at_portal(key), vehicle) for key, (_user, vehicle) in zip(keys, people, strict=True)]


def race_for_places(world: World) -> list[Row]:
    """50 at once for 5 places, and 50 at once for as many, beside 50 at once who lock a row and insert two."""
    rows = []
    for places in (5, RACERS):
        held: list[int] = []
        found = beside(world, lambda places=places, held=held: run_race(world, places, held), lambda: run_limit(world))  # type: ignore[misc]
        rows.append(_judged(places, held, found))
    return rows


def run_race(world: World, places: int, held: list[int]) -> Sample:
    """One race at the portal; notes how many got a place."""
    window = factories.make_window(factories.make_lot(spaces=places))
    sample = race(lambda buyer: buyer.reserve(window), make_buyers(world, RACERS))
    held.append(Permit.objects.filter(window=window, state=Permit.State.HELD).count())
    hide_lots([window.permit_type.lot])
    return sample


def run_limit(world: World) -> Sample:
    """The same number of people at the limit."""
    return race(lambda visitor: visitor.get("/book/"), [world.at_limit() for _ in range(RACERS)])


def _judged(places: int, held: list[int], found: Beside) -> Row:
    fair = held == [places] * ROUNDS and not found.errors
    return Row(
        f"Reserve, {RACERS} at once for {places} places: got one {'/'.join(map(str, held))}, answers ≥ 500: {found.errors}",
        found.portal_words,
        f"lock + 2 inserts: {found.limit_words}",
        found.ratio,
        f"exactly {places}, ≥ 0.60",
        fair and found.ratio >= 0.6,
    )


def flow(world: World) -> list[Row]:
    """Whole orders by one, 8 and 32 people at a time, in turns."""
    runs: dict[int, list[Sample]] = {crowd: [] for crowd in CROWDS}
    for _turn, crowd in itertools.product(range(ROUNDS), CROWDS):
        runs[crowd].append(run_orders(world, crowd))
    rates = {crowd: median(sample.rate for sample in samples) for crowd, samples in runs.items()}
    rows = [
        Row(
            f"Order of 8 requests, lots to promise, c={crowd}",
            f"{rates[crowd]:.1f} orders/s, p95 {median(sample.percentile(0.95) for sample in samples) * 1000:.0f} ms an order",
            f"pretix, published: {PRETIX[crowd]} orders/s",
            rates[crowd] / PRETIX[crowd],
            "≥ 8 (a remark: another run, another hour)",
        )
        for crowd, samples in runs.items()
    ]
    kept = median(many.rate / few.rate for few, many in zip(runs[8], runs[32], strict=True))
    return [
        *rows,
        Row(
            "Orders/s from c=8 to c=32",
            f"{rates[8]:.1f} to {rates[32]:.1f}",
            "",
            kept,
            f"does not fall (≥ {NOT_FALLING})",
            kept >= NOT_FALLING,
        ),
    ]


def run_orders(world: World, crowd: int) -> Sample:
    """So many people at a time, each order by somebody new."""
    window = factories.make_window(factories.make_lot(spaces=100_000))
    buyers = iter(make_buyers(world, SECONDS * MOST_ORDERS_A_SECOND + crowd))
    take: Callable[[Iterator[Buyer]], Buyer] = next  # one step of a list's iterator is atomic
    sample = hammer(lambda _place: order(take(buyers), window), range(crowd), seconds=SECONDS)
    hide_lots([window.permit_type.lot])
    return sample


def order(buyer: Buyer, window: SalesWindow) -> Answer:
    """Every page that a browser would load, from the list of lots to Paid but not Processed."""
    visitor = buyer.visitor
    _expect(visitor.get("/permits/"), 200)
    _expect(visitor.get(f"/permits/reserve/{window.code}/"), 200)
    payments = _expect(buyer.reserve(window), 302).location
    charge = CHARGE.search(_expect(visitor.get(payments), 200).text)
    assert charge, "nothing to pay after a reservation"
    checkout = _expect(visitor.post("/checkout/", charge=charge[1]), 302).location
    _expect(visitor.get(checkout), 200)
    promised = _expect(visitor.post(checkout, method="cash", email="payer@example.test"), 302).location
    assert promised.endswith("/promised/"), promised
    return _expect(visitor.get(promised), 200)


def _expect(answer: Answer, status: int) -> Answer:
    assert answer.status == status, f"{answer.status} where {status} belongs: {answer.text[:2000]}"
    return answer
