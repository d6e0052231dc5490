"""Webhooks of the card provider, in bursts, and what settling one payment takes."""

import itertools
import json
import time
from statistics import median

from django.conf import settings
from django.db import connection
from django.test.utils import CaptureQueriesContext

from payments.providers.base import Outcome, Result
from payments.services.settle import settle_payment
from tests import factories
from tests.bench.load import Answer, Visitor, burst
from tests.bench.table import Row
from tests.bench.web import cpu_seconds
from tests.bench.world import ROUNDS, World
from tests.peers.stripe_peer.webhooks import signature_header

RATE = 100
COUNT = 200
GOAL_P95 = 0.05
MOST_QUERIES = 15
_numbers = itertools.count(1)


def measure(world: World) -> list[Row]:
    """Valid, new events at 100 a second; the time counts from the moment at which each was due."""
    before = sum(map(cpu_seconds, world.portal.workers()))
    runs = [burst(lambda _number: send(world.portal.port), rate=RATE, count=COUNT) for _ in range(ROUNDS)]
    cpu = (sum(map(cpu_seconds, world.portal.workers())) - before) / (ROUNDS * COUNT)
    slow, typical = median(run.percentile(0.95) for run in runs), median(run.percentile(0.5) for run in runs)
    odd = sum(n for run in runs for status, n in run.statuses.items() if status != 200)
    words = f"p95 {slow * 1000:.0f} ms, p50 {typical * 1000:.0f} ms, CPU {cpu * 1000:.1f} ms, not 200: {odd}"
    return [
        Row(
            f"Webhook stored and answered, bursts of {RATE}/s",
            words,
            goal="p95 < 50 ms",
            reached=slow < GOAL_P95 and not odd,
        ),
        settle_queries(),
    ]


def send(port: int) -> Answer:
    """One signed event of its own."""
    number = next(_numbers)
    session = {"id": f"cs_bench_{number}", "object": "checkout.session", "client_reference_id": f"bench{number}"}
    event = {
        "id": f"evt_bench_{number}",
        "object": "event",
        "type": "checkout.session.completed",
        "data": {"object": session},
    }
    body = json.dumps(event).encode()
    signature = signature_header(body, settings.STRIPE_WEBHOOK_SECRET, int(time.time()))
    return Visitor(port).send("/webhooks/stripe/", body, {"Stripe-Signature": signature})


def settle_queries() -> Row:
    """Queries from the provider's word to receipt, permit and mail, for one item; transactions' own statements left out."""
    permit = factories.make_permit()
    checkout = factories.make_checkout([permit.charge], permit.holder)
    payment = factories.make_payment(checkout, provider="stripe")
    outcome = Outcome(Result.APPROVED, payment.provider_ref, payment.code, payment.amount, payment.currency)
    with CaptureQueriesContext(connection) as queries:
        assert settle_payment(payment, outcome).fulfilled_at
    count = sum(not query["sql"].startswith(("SAVEPOINT", "RELEASE", "BEGIN", "COMMIT")) for query in queries)
    return Row(
        "Settle one permit's payment: queries", str(count), goal=f"≤ {MOST_QUERIES}", reached=count <= MOST_QUERIES
    )
