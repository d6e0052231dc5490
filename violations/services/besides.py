"""What is owed beside a ticket's fine: late fees, towing, the look-up of the owner, fees of the office. Each is a charge of its
own, which stands as the fine does."""

from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import format_money
from payments.models import Charge
from payments.services.charges import create_charge, lock_charges
from violations.models import LateFee, Violation
from violations.services.debts import lock_ticket, refuse_while_paid
from violations.services.issue import KIND

Kind = LateFee.Kind


def charge_beside(
    violation: Violation,
    fine: Charge,
    *,
    kind: LateFee.Kind,
    amount: Decimal,
    words: Callable[[], tuple[str, str]],
    due_on: date,
    at: datetime,
    after_days: int | None = None,
) -> LateFee:
    """Charge it to whoever owes the fine, both locked; `words` are description and detail in the payer's language."""
    with override(fine.payer.language if fine.payer else settings.LANGUAGE_CODE):  # the payer reads it
        description, detail = words()
        charge = create_charge(
            KIND,
            amount=amount,
            description=description,
            detail=detail,
            payer=fine.payer,
            link=fine.link,
            due_on=due_on,
            at=at,
        )
    if fine.blocked or fine.lock or fine.in_collections:
        charge.blocked, charge.lock, charge.in_collections = fine.blocked, fine.lock, fine.in_collections
        charge.save(update_fields=["blocked", "lock", "in_collections"])
    return LateFee.objects.create(violation=violation, kind=kind, after_days=after_days, charge=charge)


@transaction.atomic
def add_fee(
    violation: Violation, *, amount: Decimal, name: str, by: User, reason: str, at: datetime | None = None
) -> LateFee:
    """A fee of the office for whoever owes the ticket, under the name that they read: for an appeal without any ground, for
    example. ViolationRefused where the ticket is not owed, or is being paid."""
    at = at or timezone.now()
    refusal = _("Ticket %(number)s is not owed: it is paid, void or a warning. Nothing was changed.")
    violation, charges = lock_ticket(violation, refusal=refusal, states=(Violation.State.OPEN,))
    refuse_while_paid(violation, charges)
    fine = next(charge for charge in charges if charge.pk == violation.charge_id)
    fee = charge_beside(
        violation,
        fine,
        kind=Kind.OTHER,
        amount=amount,
        words=lambda: (_("Ticket %(number)s, %(name)s") % {"number": violation.number, "name": name}, violation.plate),
        due_on=fine.due_on or today(at),
        at=at,
    )
    said = f"{name} {format_money(amount)}: {reason}"[:250]
    violation.events.create(at=at, by=by, from_state=violation.state, to_state=violation.state, reason=said)
    return fee


def charge_lookups(tickets: list[int], *, amount: Decimal, at: datetime) -> int:
    """What finding out the owner has cost, once for each of these tickets that is owed still. Answers for how many."""
    fines = Violation.objects.filter(pk__in=tickets).values_list("charge", flat=True)
    charges = lock_charges(pk for pk in fines if pk)
    owed = Violation.objects.select_for_update(of=("self",)).unpaid().filter(pk__in=tickets, charge__in=charges)
    wanted = list(owed.exclude(late_fees__kind=Kind.LOOKUP).order_by("pk"))
    for violation in wanted:
        _charge_lookup(violation, charges[violation.charge_id or 0], amount, at)
    return len(wanted)


def _charge_lookup(violation: Violation, fine: Charge, amount: Decimal, at: datetime) -> None:
    charge_beside(
        violation,
        fine,
        kind=Kind.LOOKUP,
        amount=amount,
        words=lambda: (_("Ticket %(number)s, owner look-up") % {"number": violation.number}, violation.plate),
        due_on=fine.due_on or today(at),
        at=at,
    )
    said = f"owner look-up {format_money(amount)}"
    violation.events.create(at=at, from_state=violation.state, to_state=violation.state, reason=said)
