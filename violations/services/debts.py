"""What is owed for a ticket: the charge of its fine, and one of each late fee."""

from collections.abc import Collection, Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.money import ZERO
from opscom.lib.states import change_state
from payments.models import Charge
from payments.models.charge import ChargeQuerySet
from payments.services.charges import is_being_paid, lock_charges, void_charge
from payments.services.quotes import price_now
from violations.errors import ViolationRefused
from violations.models import LateFee, Violation
from violations.models.violation import ViolationQuerySet


def charges_of_all(tickets: ViolationQuerySet) -> ChargeQuerySet:
    """What is owed, or was, for all of these tickets. A union, since databases read the whole table for an "or"."""
    fees = LateFee.objects.order_by().filter(violation__in=tickets.order_by().values("pk")).values("charge")
    fines = tickets.order_by().exclude(charge=None).values("charge")
    return Charge.objects.filter(pk__in=fines.union(fees, all=True)).order_by("pk")


def of_same_plates(charges: Collection[int]) -> ViolationQuerySet:
    """All tickets of the plates on which these charges were written, as fines or beside them; province or state and plate type
    are part of a plate."""
    fees = LateFee.objects.order_by().filter(charge__in=charges).values("violation")
    asked = Violation.objects.order_by().filter(charge__in=charges).values("pk").union(fees, all=True)
    names = ("plate", "plate_region", "plate_type")
    same = Violation.objects.filter(pk__in=asked, **{name: OuterRef(name) for name in names})
    return Violation.objects.exclude(plate="").filter(Exists(same))


def owes_tickets(plate: str, region: str) -> bool:
    """A ticket of that plate, of any province or state where none is named, waits for its payer; not one under review, promised
    or paid in instalments."""
    tickets = Violation.objects.unpaid().filter(plate=plate, charge__in=Charge.objects.to_pay())
    return (tickets.filter(plate_region=region) if region else tickets).exists()


def charges_of(violation: Violation) -> ChargeQuerySet:
    """What is owed, or was, for the ticket: its fine and its late fees."""
    return charges_of_all(Violation.objects.filter(pk=violation.pk))


def open_charges(violation: Violation) -> ChargeQuerySet:
    """Those that are not paid."""
    return charges_of(violation).filter(state=Charge.State.OPEN)


def open_charges_of(tickets: ViolationQuerySet) -> ChargeQuerySet:
    """What is owed for these tickets: fines and late fees, the oldest ticket's first; one query."""
    return charges_of_all(tickets).filter(state=Charge.State.OPEN).order_by("created_at", "pk")


def price_of(violation: Violation, at: datetime) -> Decimal:
    """What paying all of it costs at that moment."""
    return sum((price_now(charge, at) for charge in open_charges(violation).with_standing()), start=ZERO)


def lock_charges_of(violation: Violation) -> list[Charge]:
    """All of them, locked."""
    return list(lock_charges(charges_of(violation).values_list("pk", flat=True)).values())


def block(charges: Iterable[Charge], why: str) -> None:
    """Say on locked charges that are owed why nobody can pay them now; with an empty text they can be paid again."""
    for charge in charges:
        if charge.state == Charge.State.OPEN:
            charge.blocked = why
            charge.save(update_fields=["blocked"])


def lock_ticket(violation: Violation, *, refusal: str, states: Iterable[str]) -> tuple[Violation, list[Charge]]:
    """The ticket and what was owed for it, locked. ViolationRefused with that text where it is in none of these states, or
    anything of it is paid; also at the collection agency, which would go on asking for it; while an appeal runs, whose decision
    is the way; and where the charges have just become others: with the ticket's lock they no longer can."""
    charges = lock_charges_of(violation)
    violation = Violation.objects.select_for_update(of=("self",)).select_related("offence", "lot").get(pk=violation.pk)
    paid = any(charge.state == Charge.State.SETTLED for charge in charges)
    if paid or violation.state not in states:
        raise ViolationRefused(refusal % {"number": violation.number})
    if any(charge.in_collections for charge in charges):
        raise ViolationRefused(
            _("Ticket %(number)s is at the collection agency. Recall it first.") % {"number": violation.number},
            code="collections",
        )
    if violation.appeals.running().exists():
        raise ViolationRefused(
            _("Ticket %(number)s is under appeal. Decide the appeal.") % {"number": violation.number}
        )
    if {charge.pk for charge in charges} != set(charges_of(violation).values_list("pk", flat=True)):
        raise ViolationRefused(_("Ticket %(number)s has just changed. Try again.") % {"number": violation.number})
    return violation, charges


def refuse_while_paid(violation: Violation, charges: Iterable[Charge]) -> None:
    """ViolationRefused while a payment for one of these locked charges is under way or promised: it keeps the amount with which
    it began (RULES 25), and the ticket is paid with it."""
    if any(is_being_paid(charge.pk) for charge in charges):
        raise ViolationRefused(
            _("A payment for ticket %(number)s is under way. Wait until it is done.") % {"number": violation.number},
            code="under-way",
        )


@transaction.atomic
def end_ticket(
    violation: Violation,
    transition: str,
    *,
    by: User,
    at: datetime | None,
    reason: str,
    refusal: str,
    states: Iterable[str],
) -> Violation:
    """Take that transition, after which nothing is owed; refused as `lock_ticket` does."""
    violation, charges = lock_ticket(violation, refusal=refusal, states=states)
    voided = {"voided_as": transition} if transition in Violation.Voided.values else {}
    change_state(violation, transition, by=by, at=at, reason=reason, **voided)
    void_open(charges, by=by, at=at, reason=reason)
    return violation


def void_open(charges: Iterable[Charge], *, by: User, at: datetime | None, reason: str) -> None:
    """End what is still owed of locked charges; what was paid on it turns into surplus."""
    for charge in charges:
        if charge.state == Charge.State.OPEN:
            void_charge(charge, by=by, at=at, reason=reason)
