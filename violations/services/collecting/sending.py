"""What goes to the collection agency, what the office blocks meanwhile, and how it comes back."""

import csv
from datetime import datetime, timedelta
from decimal import Decimal
from io import StringIO
from itertools import islice

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.spreadsheets import harmless
from opscom.lib.states import change_state
from payments.models import Charge, Payment, PlanLine
from payments.services.charges import lock_charges
from payments.services.quotes import price_now
from violations.errors import ViolationRefused
from violations.models import CollectionsBatch, CollectionsCase, LateFee, NoticeStep, TicketNotice, Violation
from violations.models.violation import ViolationQuerySet
from violations.services.debts import charges_of, open_charges_of
from violations.services.escalate import set_days
from violations.services.postal import addresses_of, name_and_address
from violations.services.terms import clock_of, terms_of

MOST = 1000
OUT = ["reference", "ticket", "date", "plate", "region", "offence", "name", "address", "owed"]
State = CollectionsCase.State


def ready_tickets(*, at: datetime) -> ViolationQuerySet:
    """The owed tickets whose last notice is long enough ago; none where the office has no agency. What is under review, or was
    there before, stays."""
    days = office().collections_days
    if not days:
        return Violation.objects.none()
    told = TicketNotice.objects.filter(step=NoticeStep.LAST, at__lt=at - timedelta(days=days))
    out = CollectionsCase.objects.filter(state__in=(State.OUT, State.RECALLED))
    owed = Violation.objects.unpaid().filter(pk__in=told.values("violation"), charge__blocked="")
    planned = PlanLine.objects.filter(standing=True)
    owed = owed.exclude(charge__in=planned.values("charge"))
    return owed.exclude(pk__in=out.values("violation")).order_by("issued_at", "pk")


def ready_sum(*, at: datetime) -> tuple[int, Decimal]:
    """(how many tickets would go to the agency now, what is owed for them)."""
    found = _next_worth_it(at)
    return len(found), sum(found.values(), start=ZERO)


@transaction.atomic
def send_to_collections(*, by: User, at: datetime | None = None) -> CollectionsBatch:
    """Hand the tickets that are ready to the agency: their amounts rise no more, and the office's blocks hold.
    ViolationRefused for none."""
    at = at or timezone.now()
    wanted = _next_worth_it(at)
    lock_charges(open_charges_of(Violation.objects.filter(pk__in=wanted)).values_list("pk", flat=True))
    ready = ready_tickets(at=at).filter(pk__in=wanted).select_for_update(of=("self",))
    tickets = list(ready.select_related("charge__payer", "notice_address", "offence"))
    sums = _worth_it([ticket.pk for ticket in tickets], at)
    tickets = [ticket for ticket in tickets if ticket.pk in sums]
    if not tickets:
        raise ViolationRefused(_("No ticket is ready for the collection agency."), code="none")
    batch = CollectionsBatch.objects.create(by=by, made_at=at)
    posted = addresses_of(tickets)
    for ticket in tickets:
        name, address = name_and_address(ticket, posted)
        case = CollectionsCase(batch=batch, violation=ticket, amount=sums[ticket.pk], name=name, address=address)
        case.save()
        case.events.create(at=at, by=by, to_state=State.OUT)
        _note(ticket, "sent to collections", by=by, at=at)
        block(ticket)
    Violation.objects.filter(pk__in=sums).update(next_change_on=None)
    return batch


@transaction.atomic
def recall_case(case: CollectionsCase, *, by: User, reason: str, at: datetime | None = None) -> CollectionsCase:
    """Take one ticket back from the agency: it is paid here again, and its clock runs on. ViolationRefused where it is not
    there any more."""
    at = at or timezone.now()
    case, ticket = lock_case(case)
    change_state(case, "recall", by=by, at=at, reason=reason)
    unblock(ticket)
    if ticket.charge and ticket.state == Violation.State.OPEN:
        terms = terms_of(ticket)
        set_days(ticket, ticket.charge, terms, clock_of(ticket, terms), at=at)
    _note(ticket, f"recalled from collections: {reason}"[:250], by=by, at=at)
    return case


def close_paid(violation: Violation, *, at: datetime) -> None:
    """All of a ticket is paid: it is at the agency no longer, nor where the payment is undone later."""
    for case in CollectionsCase.objects.select_for_update().filter(violation=violation, state=State.OUT):
        change_state(case, "pay", at=at)
        unblock(violation)


def write_file(batch: CollectionsBatch, *, at: datetime | None = None) -> str:
    """What the agency gets, as CSV: the same each time, without any PIN."""
    stream = StringIO()
    writer = csv.writer(stream, lineterminator="\r\n")
    writer.writerow(OUT)
    for case in batch.cases.select_related("violation__offence").order_by("pk"):
        ticket = case.violation
        day = today(ticket.issued_at).isoformat()
        where = case.address.replace("\n", " | ")
        cells = [str(case.pk), ticket.number, day, ticket.plate, ticket.plate_region, ticket.offence.description]
        writer.writerow([harmless(cell) for cell in [*cells, case.name, where]] + [str(case.amount)])
    CollectionsBatch.objects.filter(pk=batch.pk, fetched_at=None).update(fetched_at=at or timezone.now())
    return stream.getvalue()


def lock_case(case: CollectionsCase) -> tuple[CollectionsCase, Violation]:
    """A ticket at the agency, locked after its charges. ViolationRefused where it is there no longer."""
    case, ticket = lock_whole(case)
    if case.state != State.OUT:
        raise ViolationRefused(
            _("Ticket %(number)s is not at the collection agency any more. Nothing was changed.")
            % {"number": ticket.number},
            code="not-out",
        )
    return case, ticket


def lock_whole(case: CollectionsCase) -> tuple[CollectionsCase, Violation]:
    """The same wherever the ticket is by now."""
    lock_charges(charges_of(case.violation).values_list("pk", flat=True))
    locked = Violation.objects.select_for_update(of=("self",)).select_related("offence", "charge__payer")
    ticket = locked.get(pk=case.violation_id)
    return CollectionsCase.objects.select_for_update(of=("self",)).get(pk=case.pk), ticket


def block(violation: Violation) -> None:
    """Tell its open charges that the agency has them, and why they are not paid here where the office says so."""
    payer = violation.charge.payer if violation.charge else None
    with override(payer.language if payer else settings.LANGUAGE_CODE):
        why = _("This ticket was sent to collections. Pay the agency that wrote to you; it tells us.")
    blocked = why if office().collections_block_paying else ""
    charges_of(violation).open().update(in_collections=True, blocked=blocked)


def unblock(violation: Violation) -> None:
    """The opposite."""
    charges_of(violation).update(in_collections=False, blocked="")


def _next_worth_it(at: datetime) -> dict[int, Decimal]:
    """The oldest MOST tickets that are ready and worth it: small debts before them do not keep them back."""
    pks, found = list(ready_tickets(at=at).values_list("pk", flat=True)), dict[int, Decimal]()
    for start in range(0, len(pks), MOST):
        found |= _worth_it(pks[start : start + MOST], at)
        if len(found) >= MOST:
            break
    return dict(islice(found.items(), MOST))


def _worth_it(pks: list[int], at: datetime) -> dict[int, Decimal]:
    """What is owed for each of these tickets, where it is enough for the agency and nobody is paying it; two queries."""
    fees = dict(LateFee.objects.filter(violation__in=pks).values_list("charge", "violation"))
    fines = dict(Violation.objects.filter(pk__in=pks).values_list("charge", "pk"))
    by_charge, sums, busy = fines | fees, dict.fromkeys(pks, ZERO), set()
    for charge in Charge.objects.open().filter(pk__in=by_charge).with_standing():
        sums[by_charge[charge.pk]] += price_now(charge, at)
    live = Payment.objects.filter(state__in=Payment.LIVE, checkout__lines__charge__in=by_charge)
    for charge_id in live.values_list("checkout__lines__charge", flat=True):
        busy.add(by_charge.get(charge_id))
    least = max(office().collections_least, Decimal("0.01"))
    return {pk: owed for pk, owed in sums.items() if owed >= least and pk not in busy}


def _note(ticket: Violation, said: str, *, by: User, at: datetime) -> None:
    ticket.events.create(at=at, by=by, from_state=ticket.state, to_state=ticket.state, reason=said)
