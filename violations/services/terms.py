"""Freeze what holds for a ticket when it is written."""

from datetime import date
from decimal import Decimal

from django.db.models import QuerySet, Value

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import PriceField
from opscom.lib.office import office
from violations.amounts import Act, Step, Terms, amount_on, count_in_row, terms_from_json
from violations.clock import Clock
from violations.closed import closed_days
from violations.models import EscalationStep, Offence, RepeatAmount, Violation
from violations.services.pauses import pauses_of

LOOKED_BACK = 50


def freeze_terms(violation: Violation, *, driver: User | None) -> Terms:
    """The terms of a new ticket. Where the officer has not chosen another fine, a repeated offence costs what the office
    says, and a first one may be forgiven."""
    offence, rules = violation.offence, office()
    fine, early, count = violation.amount, offence.reduced_amount, 1
    steps, repeats = _steps_and_repeats(offence)
    if repeats or offence.forgive_first:
        count = count_in_row(_earlier_days(violation, driver), today(violation.issued_at), clean_days=rules.clean_days)
    reached = [row for row in repeats if row[0] <= count]
    if reached and fine == offence.amount:
        _nth, fine, early = reached[-1]
    return Terms(
        fine=fine,
        admin_fee=offence.admin_fee,
        early=_smaller(early, fine),
        early_days=offence.reduced_days,
        due_days=offence.due_days,
        steps=steps,
        business=rules.fines_business_days,
        appeal_ends_early=rules.appeal_ends_discount,
        repeated=bool(reached) and fine != offence.amount,
        forgiven=offence.forgive_first and count == 1,
    )


def _steps_and_repeats(offence: Offence) -> tuple[tuple[Step, ...], list[tuple[int, Decimal, Decimal | None]]]:
    """What being late and what repeating the offence cost, both in their order; one query."""
    none = Value(None, output_field=PriceField())
    steps = EscalationStep.objects.filter(offence=offence).order_by()
    repeats = RepeatAmount.objects.filter(offence=offence).order_by()
    rows = steps.values_list("after_days", "act", "amount", none).union(
        repeats.values_list("nth", Value(""), "amount", "reduced_amount"), all=True
    )
    found = sorted(rows, key=lambda row: row[0])
    return (
        tuple(Step(days, Act(act), amount) for days, act, amount, _none in found if act),
        [(nth, amount, reduced) for nth, act, amount, reduced in found if not act],
    )


def imported_terms(violation: Violation) -> Terms:
    """The terms of a ticket of another system: the amount is its own, so nothing but the discount is added or taken."""
    offence = violation.offence
    return Terms(
        fine=violation.amount,
        early=_smaller(offence.reduced_amount, violation.amount),
        early_days=offence.reduced_days,
        due_days=offence.due_days,
    )


def terms_of(violation: Violation) -> Terms:
    """What was frozen with the ticket; needs `offence` for one that was closed before terms were kept."""
    return terms_from_json(violation.terms) if violation.terms else imported_terms(violation)


def clock_of(violation: Violation, terms: Terms) -> Clock:
    """How the days of the ticket count."""
    closed = closed_days() if terms.business else frozenset()
    return Clock(today(violation.issued_at), business=terms.business, closed=closed, pauses=pauses_of(violation))


def ticket_amount(violation: Violation, day: date) -> Decimal:
    """What its terms make it cost on that day, before taxes, whatever has been paid of it."""
    terms = terms_of(violation)
    return amount_on(terms, clock_of(violation, terms), day)


def _earlier_days(violation: Violation, driver: User | None) -> list[date]:
    """The days of the latest tickets before this one of the same plate or person that count for its repetition."""
    counted = Violation.objects.exclude(state=Violation.State.VOID).filter(issued_at__lte=violation.issued_at)
    if violation.offence.repeat_counts == Offence.Repeats.OFFENCE:
        counted = counted.filter(offence=violation.offence)
    elif violation.offence.repeat_counts == Offence.Repeats.CATEGORY:
        counted = counted.filter(offence__category=violation.offence.category_id)
    found: dict[int, date] = {}
    if violation.plate:
        car = {"plate_region": violation.plate_region, "plate_type": violation.plate_type}
        found |= _days(counted.filter(plate=violation.plate, **car))
    if driver:
        found |= _days(counted.filter(charge__payer=driver))
    return list(found.values())


def _days(tickets: QuerySet[Violation]) -> dict[int, date]:
    latest = tickets.order_by("-issued_at").values_list("pk", "issued_at")[:LOOKED_BACK]
    return {pk: today(issued_at) for pk, issued_at in latest}


def _smaller(early: Decimal | None, fine: Decimal) -> Decimal | None:
    return early if early is not None and early < fine else None
