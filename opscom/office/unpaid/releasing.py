"""What is held and not paid until some day: released now, or kept longer."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import F
from django.utils import timezone

from accounts.models import User
from lockers.models import LockerTerm, LockerTermEvent
from lockers.services import reserve as lockers
from opscom.lib.dates import end_of_day
from opscom.lib.sentences import spell
from payments.models import Charge, CheckoutLine, Payment
from payments.payables import payable_for
from payments.services.charges import lock_charges
from payments.services.promises import withdraw_promise
from permits.models import Permit, PermitEvent
from permits.services import reserve as permits

MOST = 200
PERMIT, LOCKER = "permit", "locker"


@dataclass(frozen=True)
class Held:
    """One thing that somebody has and has not paid. `promise` is the cash or cheque that they said they would bring; one that is
    being paid by card is left to its clock. `others` are what else that promise pays, by the keys of their charges."""

    kind: str
    pk: int
    person: User
    what: str
    amount: Decimal
    charge: int
    until: datetime
    promise: Payment | None
    paying: bool
    others: dict[int, str] = field(default_factory=dict)

    @property
    def key(self) -> str:
        """Its name in a form."""
        return f"{self.kind}-{self.pk}"


def held_until(day: date) -> list[Held]:
    """What the clock releases until the end of that day, the soonest first. Three queries."""
    end = end_of_day(day)
    held = Permit.objects.filter(state=Permit.State.HELD, held_until__lt=end)
    terms = LockerTerm.objects.filter(state=LockerTerm.State.HELD, held_until__lt=end, charge__isnull=False)
    rows = [
        (PERMIT, permit.pk, permit.holder, f"{permit.number}, {permit.lot.name}", permit.charge, permit.held_until)
        for permit in held.select_related("holder", "lot", "charge").order_by("held_until", "pk")[:MOST]
    ] + [
        (LOCKER, term.pk, term.user, str(term.locker), term.charge, term.held_until)
        for term in terms.select_related("user", "locker__site", "charge").order_by("held_until", "pk")[:MOST]
    ]
    promises, paying = _payments_of([charge.pk for *_row, charge, _until in rows if charge])
    paid = _paid_by({promise.checkout_id for promise in promises.values()})
    found = []
    for kind, pk, person, what, charge, until in rows:
        if charge and until:
            promise = promises.get(charge.pk)
            together = paid[promise.checkout_id] if promise else {}
            others = {key: words for key, words in together.items() if key != charge.pk}
            being_paid = charge.pk in paying
            found.append(Held(kind, pk, person, what, charge.amount, charge.pk, until, promise, being_paid, others))
    return sorted(found, key=lambda one: (one.until, one.key))[:MOST]


def _payments_of(charges: list[int]) -> tuple[dict[int, Payment], set[int]]:
    """(the promise of each charge, the charges that a card is paying)."""
    live = Payment.objects.filter(state__in=Payment.LIVE, checkout__lines__charge__in=charges)
    promises: dict[int, Payment] = {}
    paying: set[int] = set()
    for payment in live.annotate(of=F("checkout__lines__charge")):
        if payment.state == Payment.State.PROMISED:
            promises[payment.of] = payment
        else:
            paying.add(payment.of)
    return promises, paying


def _paid_by(checkouts: set[int]) -> dict[int, dict[int, str]]:
    """What is owed and promised in each checkout: the words of each charge by its key."""
    paid: dict[int, dict[int, str]] = {checkout: {} for checkout in checkouts}
    if paid:
        lines = CheckoutLine.objects.filter(checkout__in=checkouts, charge__state=Charge.State.OPEN).order_by("pk")
        for checkout, charge, words in lines.values_list("checkout", "charge", "charge__description"):
            paid[checkout][charge] = words
    return paid


def split_by_promise(held: Sequence[Held]) -> tuple[list[Held], list[Held]]:
    """(those that can go together, those whose promise also pays something that does not go): a promise is withdrawn whole."""
    going = {one.charge for one in held}
    return [one for one in held if going >= one.others.keys()], [one for one in held if not going >= one.others.keys()]


def release_unpaid(held: Sequence[Held], *, by: User, reason: str, at: datetime | None = None) -> list[Held]:
    """Release each now, its promise withdrawn, and tell its holder; one that somebody pays just now, or has paid, is left,
    and so is one whose promise pays more than what goes. Answers those that are free again."""
    at = at or timezone.now()
    return [one for one in split_by_promise(held)[0] if _release(one, by, reason, at)]


@transaction.atomic
def _release(one: Held, by: User, reason: str, at: datetime) -> bool:
    if one.promise:
        withdraw_promise(one.promise, by=by, reason=reason)
    service = permits if one.kind == PERMIT else lockers
    released: bool = service.release_before_time(one.pk, by=by, reason=reason, at=at)
    if not released:
        transaction.set_rollback(one.promise is not None)
    return released


def keep_unpaid(held: Sequence[Held], *, until: date, by: User, reason: str, at: datetime | None = None) -> None:
    """The exceptions: the clock releases none before the end of that day; what is kept longer already stays so."""
    at = at or timezone.now()
    for one in held:
        _keep(one, until, by, reason, at)


@transaction.atomic
def _keep(one: Held, until: date, by: User, reason: str, at: datetime) -> None:
    end = end_of_day(until)
    if one.promise:
        promised = Payment.objects.filter(pk=one.promise.pk, state=Payment.State.PROMISED, promise_until__lt=end)
        promised.update(promise_until=end)
    charge = lock_charges([one.charge])[one.charge]
    if not _is_held_until_before(one, end):
        return
    payable_for(charge).keep_until(charge, end)
    words = spell("kept until %(day)s: %(reason)s", day=until, reason=reason)
    told = {"at": at, "by": by, "from_state": "held", "to_state": "held", "reason": words}
    if one.kind == PERMIT:
        PermitEvent.objects.create(permit_id=one.pk, **told)
    else:
        LockerTermEvent.objects.create(term_id=one.pk, **told)


def _is_held_until_before(one: Held, end: datetime) -> bool:
    """Its charge is locked: nobody ends it, or keeps it, meanwhile."""
    permits_held = Permit.objects.filter(state=Permit.State.HELD)
    terms_held = LockerTerm.objects.filter(state=LockerTerm.State.HELD)
    rows = permits_held if one.kind == PERMIT else terms_held
    return rows.filter(pk=one.pk, held_until__lt=end).exists()
