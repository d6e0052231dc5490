"""What must be true when all is quiet again."""

import re
from collections import Counter
from collections.abc import Callable
from decimal import Decimal

from django.db.models import Count, F, Q, Sum

from accounts.models import Mail
from opscom.lib.money import to_minor_units
from payments.models import LedgerEntry, Payment, ProviderEvent, Receipt
from payments.services.ledger_check import find_problems
from permits.models import Lot, Permit
from tests.bench.soak.office import Office

RECEIPT_NUMBER = re.compile(r"R-\d{4}-\d+")
TAKING = Q(permits__state__in=[Permit.State.HELD, Permit.State.ACTIVE])


def broken(office: Office, worker_kills: int) -> list[str]:
    """Every promise that does not hold, in words; empty is good."""
    checks: list[Callable[[], list[str]]] = [
        books_add_up,
        lambda: peer_agrees(office),
        no_lot_oversold,
        confirmed_is_fulfilled,
        lambda: captured_is_confirmed(office),
        lambda: one_mail_a_receipt(office, worker_kills),
        events_are_done,
    ]
    return [words for check in checks for words in check()]


def books_add_up() -> list[str]:
    """Everything that manage.py ledger_check asks."""
    return [f"{problem.invariant.name}: {row}" for problem in find_problems() for row in problem.rows]


def peer_agrees(office: Office) -> list[str]:
    """What the provider captured, less what it gave back, is what our ledger has by card, payment by payment."""
    captured: Counter[str] = Counter()
    moved = office.peer.ledger()
    for sign, kind in ((1, "captures"), (-1, "refunds"), (1, "refunds_reversed")):
        for row in moved[kind]:
            captured[row["client_reference_id"]] += sign * row["amount"]
    entries = (
        LedgerEntry.objects.filter(account=LedgerEntry.Account.CARD)
        .order_by()
        .values_list("payment__code")
        .annotate(total=Sum("amount"))
    )
    ours = {code: to_minor_units(total or Decimal(0)) for code, total in entries}
    different = sorted(code for code in set(captured) | set(ours) if captured.get(code, 0) != ours.get(code, 0))
    return [f"{code}: captured {captured.get(code, 0)}, in the books {ours.get(code, 0)}" for code in different]


def no_lot_oversold() -> list[str]:
    """All permits of the soak are for the same days, so a plain count is the most at any moment."""
    over = Lot.objects.annotate(taken=Count("permits", filter=TAKING)).filter(taken__gt=F("spaces"))
    return [f"lot {lot.code}: {lot.taken} of {lot.spaces}" for lot in over]


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
    paid = {row["client_reference_id"] for row in office.peer.ledger()["captures"]}
    open_ones = Payment.objects.filter(code__in=paid, attention="").exclude(state=Payment.State.CONFIRMED)
    return [f"{code} is captured and still {state}" for code, state in open_ones.values_list("code", "state")]


def one_mail_a_receipt(office: Office, worker_kills: int) -> list[str]:
    """One row for each receipt, sent; and that many messages at the mail server. A worker that is killed between the
    server's word and its own note sends again: at most one message a kill may come twice."""
    receipts = dict(Receipt.objects.exclude(payment__checkout__email="").values_list("number", "payment__code"))
    rows = dict(Mail.objects.filter(kind="receipt").values_list("key", "state"))
    keys = {f"receipt:{code}" for code in receipts.values()}
    wrong = [f"{key}: receipt or mail without the other" for key in sorted(keys ^ {str(key) for key in rows})]
    wrong += [f"{key} is {state}" for key, state in rows.items() if state != Mail.State.SENT]
    subjects = [str(message["Subject"]) for message in office.inbox.messages]
    arrived = Counter(number for subject in subjects for number in RECEIPT_NUMBER.findall(subject))
    wrong += [f"{number}: the mail did not arrive" for number in receipts if not arrived[number]]
    twice = sum(arrived.values()) - len(arrived)
    if twice > worker_kills:
        wrong.append(f"{twice} receipt mails came twice, with {worker_kills} kills of the worker")
    return wrong


def events_are_done() -> list[str]:
    """No stored webhook waits, and none was set aside: all of them name payments of ours."""
    left = ProviderEvent.objects.exclude(outcome=ProviderEvent.Outcome.DONE).values_list("event_id", "outcome", "note")
    return [f"event {event} is {outcome}: {note}" for event, outcome, note in left]
