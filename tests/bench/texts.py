"""Parking by text over the gateway's webhook: people who text in turns, the whole way from ParkMe to the final C."""

from urllib.parse import urlencode

from defusedxml.ElementTree import fromstring
from django.conf import settings

from tests.bench.load import Answer, Sample, Visitor, burst
from tests.bench.seed import hide_lots
from tests.bench.table import Row
from tests.bench.web import cpu_seconds
from tests.bench.world import ROUNDS, World
from tests.factories import change_office
from tests.peers.sms_peer.signing import sign
from tests.permits.parkme.driver import OFFICE, make_driver, text_lot

RATE = 20
PEOPLE = 20
GOAL_SECONDS = 1.0
PATH = "/webhooks/sms/"
FORM = "application/x-www-form-urlencoded"
# What each person texts, and how the answer begins.
WAY = (
    ("ParkMe", "Text2ParkMe: text P"),
    ("P", "Text the number of the parking lot"),
    ("1", "Bench Lot: text the number of minutes"),
    ("60", "Bench Lot, 60 minutes, until"),
    ("C", "Text the number of your license plate"),
    ("1", "Plate TXT"),
    ("C", "Thank you. Your card"),
)


def measure(world: World) -> list[Row]:
    """Twenty texts a second, one of each person; the time counts from when each was due. The worker asks the bank later."""
    lot = text_lot("Bench Lot", spaces=PEOPLE * ROUNDS)
    for n in range(PEOPLE * ROUNDS):
        make_driver(number=_number(n), plates=(f"TXT{n}",), language="en")
    change_office(text_gateway="twilio")
    before = sum(map(cpu_seconds, world.portal.workers()))
    wrong: list[str] = []
    runs = [_converse(world.portal.port, turn * PEOPLE, wrong) for turn in range(ROUNDS)]
    cpu = (sum(map(cpu_seconds, world.portal.workers())) - before) / sum(len(run.times) for run in runs)
    change_office(text_gateway="off")
    hide_lots([lot])
    return [_judged(runs, cpu, wrong)]


def _converse(port: int, first: int, wrong: list[str]) -> Sample:
    """So many people at once, everyone a text a second."""

    def text(number: int) -> Answer:
        step, person = divmod(number, PEOPLE)
        words, expected = WAY[step]
        answer = _send(port, _number(first + person), f"SMbench{first}-{number}", words)
        said = (fromstring(answer.body).findtext("Message") or "") if answer.status == 200 else str(answer.status)
        if not said.startswith(expected):
            wrong.append(said)
        return answer

    return burst(text, rate=RATE, count=PEOPLE * len(WAY))


def _send(port: int, sender: str, sid: str, words: str) -> Answer:
    fields = {"MessageSid": sid, "From": sender, "To": OFFICE, "Body": words, "NumMedia": "0"}
    signature = sign(settings.TWILIO_AUTH_TOKEN, settings.TEXT_WEBHOOK_BASE + PATH, fields)
    headers = {"Content-Type": FORM, "X-Twilio-Signature": signature}
    return Visitor(port).send(PATH, urlencode(fields).encode(), headers)


def _judged(runs: list[Sample], cpu: float, wrong: list[str]) -> Row:
    """Every one of the answers within the second, and the one that the guide's way has there."""
    times = Sample(1.0, [seconds for run in runs for seconds in run.times], runs[0].statuses)
    slowest = max(times.times)
    words = (
        f"slowest {slowest * 1000:.0f} ms, p95 {times.percentile(0.95) * 1000:.0f} ms, "
        f"p50 {times.percentile(0.5) * 1000:.0f} ms, CPU {cpu * 1000:.1f} ms, {len(wrong)} of {len(times.times)} other than meant"
    )
    return Row(
        f"Texts answered, {RATE}/s: whole ways to park",
        words,
        goal="all < 1 s",
        reached=slowest < GOAL_SECONDS and not wrong,
    )


def _number(n: int) -> str:
    return f"+1519556{n:04}"
