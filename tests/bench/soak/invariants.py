"""What must be true when all is quiet again."""

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal
from typing import Any

from django.db.models import Count, Q, Sum

from accounts.models import Mail, TextMessage
from opscom.lib.money import to_minor_units
from payments.models import LedgerEntry, Payment, ProviderEvent, Receipt
from payments.services.ledger_check import find_problems
from permits.models import Permit, TextConversation
from tests.bench.soak.day import dead_parts
from tests.bench.soak.diary import Diary
from tests.bench.soak.office import Office
from tests.bench.soak.places import histories_are_whole, no_lot_oversold
from violations.models import Appeal

RECEIPT_NUMBER = re.compile(r"R-\d{4}-\d+")
MAKES_MAIL_TWICE = ("trouble: worker", "killed: worker and beat", "killed: mail server", "killed: PostgreSQL")


def proofs(office: Office, diary: Diary, *, minutes: float) -> dict[str, list[str]]:
    """Every promise, and where it does not hold, in words; empty is good."""
    kills = sum(diary.counts[what] for what in MAKES_MAIL_TWICE)
    checks: dict[str, Callable[[], list[str]]] = {
        f"{minutes:g} minutes' worth of everything happened": lambda: dead_parts(
            diary.counts + money_moved(office), minutes=minutes
        ),
        "the ledger check finds nothing": books_add_up,
        "the card provider's books agree, payment by payment": lambda: peer_agrees(office),
        "nothing captured is still open": lambda: captured_is_confirmed(office),
        "no lot was oversold at any moment, open offers counted": lambda: no_lot_oversold(diary.painted),
        "each permit and offer is where its history ends": histories_are_whole,
        "what is paid is given or flagged": confirmed_is_fulfilled,
        "each appeal was decided once at most": appeals_decided_once,
        "each conversation by text ended, its card charged once at most": conversations_ended,
        "what somebody was told is there": lambda: told_is_there(diary),
        f"one e-mail a receipt, {kills} of them twice at most": lambda: one_mail_a_receipt(office, kills),
        "no event of the provider waits": events_are_done,
    }
    return {name: check() for name, check in checks.items()}


def money_moved(office: Office) -> Counter[str]:
    """How often the provider took money and gave it back, and what our books have as paid."""
    moved = office.peer.ledger()
    return Counter(
        {
            "captured": len(moved["captures"]),
            "given back": len(moved["refunds"]),
            "payments settled": Payment.objects.filter(state=Payment.State.CONFIRMED).count(),
        }
    )


def books_add_up() -> list[str]:
    """Everything that manage.py ledger_check asks."""
    return [f"{problem.invariant.name}: {row}" for problem in find_problems() for row in problem.rows]


def peer_agrees(office: Office) -> list[str]:
    """What the provider captured, less what it gave back, is what our ledger has by card, payment by payment."""
    captured: Counter[str] = Counter()
    moved = office.peer.ledger()
    for sign, kind in ((1, "captures"), (-1, "refunds"), (1, "refunds_reversed")):
        for row in moved[kind]:
            captured[_payment_of(row)] += sign * row["amount"]
    entries = (
        LedgerEntry.objects.filter(account=LedgerEntry.Account.CARD)
        .order_by()
        .values_list("payment__code")
        .annotate(total=Sum("amount"))
    )
    ours = {code: to_minor_units(total or Decimal(0)) for code, total in entries}
    different = sorted(code for code in set(captured) | set(ours) if captured.get(code, 0) != ours.get(code, 0))
    return [f"{code}: captured {captured.get(code, 0)}, in the books {ours.get(code, 0)}" for code in different]


def _payment_of(row: dict[str, Any]) -> str:
    """Our reference: a card page's, or that of a charge of a stored card."""
    return row["client_reference_id"] or row["metadata"].get("payment") or row["payment_intent"]


def confirmed_is_fulfilled() -> list[str]:
    """Paid is given, or on the list of what needs attention; a paid permit is active."""
    waiting = Payment.objects.filter(state=Payment.State.CONFIRMED, fulfilled_at=None, attention="")
    idle = (
        Permit.objects.filter(charge__state="settled")
        .filter(charge__entries__payment__attention="")
        .exclude(state=Permit.State.ACTIVE)
    )
    return [f"{code} is paid, not given, not flagged" for code in waiting.values_list("code", flat=True)] + [
        f"permit {permit} is paid and {permit.state}" for permit in idle
    ]


def captured_is_confirmed(office: Office) -> list[str]:
    """No attempt that the provider has captured is still open with us, unless staff were told."""
    paid = {_payment_of(row) for row in office.peer.ledger()["captures"]}
    open_ones = Payment.objects.filter(code__in=paid, attention="").exclude(state=Payment.State.CONFIRMED)
    return [f"{code} is captured and still {state}" for code, state in open_ones.values_list("code", "state")]


def appeals_decided_once() -> list[str]:
    """A decision is one event, by whoever is named as the reviewer."""
    decided = Q(events__to_state__in=[Appeal.State.UPHELD, Appeal.State.REDUCED, Appeal.State.CANCELLED])
    counted = Appeal.objects.handed_in().annotate(decisions=Count("events", filter=decided))
    wrong = counted.exclude(decisions=0, reviewer=None).exclude(decisions=1, reviewer__isnull=False)
    return [f"appeal {appeal.code} is {appeal.state}, decided {appeal.decisions} times" for appeal in wrong]


def conversations_ended() -> list[str]:
    """Parked means one active permit, paid once; nobody is told that twice."""
    talks = TextConversation.objects.select_related("permit__charge")
    wrong = [f"conversation {talk.pk} is still paying" for talk in talks.filter(state="paying")]
    for talk in talks.exclude(permit=None):
        assert talk.permit is not None
        paid = Payment.objects.filter(checkout__lines__charge=talk.permit.charge_id, state=Payment.State.CONFIRMED)
        told = TextMessage.objects.filter(key=f"parkme:{talk.pk}")
        found = (paid.count(), talk.permit.state == Permit.State.ACTIVE, told.count())
        if talk.state == "parked" and found != (1, True, 1):
            wrong.append(f"conversation {talk.pk} is parked: payments, active, told are {found}")
    return wrong


def told_is_there(diary: Diary) -> list[str]:
    """Whatever was acknowledged outlived every kill."""
    return [f"{what}: {rows.query}"[:200] for what, rows in diary.promises if not rows.exists()]


def one_mail_a_receipt(office: Office, kills: int) -> list[str]:
    """One row for each receipt, sent; and that many messages at the mail server. Where worker, mail server or database is
    killed between the server's word and our own note, it is sent again: at most one message a kill may come twice."""
    receipts = dict(Receipt.objects.exclude(payment__checkout__email="").values_list("number", "payment__code"))
    rows = dict(Mail.objects.filter(kind="receipt").values_list("key", "state"))
    keys = {f"receipt:{code}" for code in receipts.values()}
    wrong = [f"{key}: receipt or mail without the other" for key in sorted(keys ^ {str(key) for key in rows})]
    wrong += [f"{key} is {state}" for key, state in rows.items() if state != Mail.State.SENT]
    subjects = [str(message["Subject"]) for message in office.inbox.messages]
    arrived = Counter(number for subject in subjects for number in RECEIPT_NUMBER.findall(subject))
    wrong += [f"{number}: the mail did not arrive" for number in receipts if not arrived[number]]
    twice = sum(arrived.values()) - len(arrived)
    if twice > kills:
        wrong.append(f"{twice} receipt mails came twice, with {kills} kills")
    return wrong


def events_are_done() -> list[str]:
    """No stored webhook waits, and none was set aside: all of them name payments of ours."""
    left = ProviderEvent.objects.exclude(outcome=ProviderEvent.Outcome.DONE).values_list("event_id", "outcome", "note")
    return [f"event {event} is {outcome}: {note}" for event, outcome, note in left]
