"""What is owed beside a ticket's fine: late fees, towing, the look-up of the owner, fees of the office. Each is a charge of its
own, which stands as the fine does."""

import logging
from collections.abc import Callable
from datetime import date, datetime
from decimal import Decimal

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import format_money
from opscom.lib.sentences import spell
from payments.models import Charge, Payment
from payments.services.charges import create_charge
from violations.errors import ViolationRefused
from violations.models import Appeal, LateFee, LookupItem, Violation
from violations.services.debts import lock_ticket, refuse_while_paid
from violations.services.issue import KIND

AT_ONCE = 500
Kind = LateFee.Kind
logger = logging.getLogger(__name__)


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
    said = spell("fee %(amount)s, %(name)s: %(reason)s", amount=amount, name=name, reason=reason)
    violation.events.create(at=at, by=by, from_state=violation.state, to_state=violation.state, reason=said)
    return fee


def lookups_to_charge(*, limit: int = AT_ONCE) -> list[int]:
    """The keys of found owners whose look-up can be charged now; what is being paid, at the agency or under appeal waits."""
    paying = Payment.objects.filter(checkout__lines__charge=OuterRef("charge"), state__in=Payment.LIVE)
    appealed = Appeal.objects.running().filter(violation=OuterRef("pk"))
    ready = Violation.objects.unpaid().filter(~Exists(paying), ~Exists(appealed), charge__in_collections=False)
    found = LookupItem.objects.filter(fee__isnull=False, violation__in=ready)
    return list(found.order_by("pk").values_list("pk", flat=True)[:limit])


def charge_lookups(*, at: datetime | None = None) -> int:
    """Charge some of the look-ups that wait for it, each in its own transaction. Answers for how many; one that fails keeps no
    other from being charged."""
    made = 0
    for pk in lookups_to_charge():
        try:
            made += charge_lookup(pk, at=at) is not None
        except Exception:
            logger.exception("owner look-up %s not charged", pk)
    return made


@transaction.atomic
def charge_lookup(item_pk: int, *, at: datetime | None = None) -> LateFee | None:
    """What finding out the owner of one ticket has cost, once. Nothing where the ticket cannot take it now: the next sweep looks
    again."""
    at = at or timezone.now()
    violation = Violation.objects.get(lookups=item_pk)
    try:
        violation, charges = lock_ticket(violation, refusal="%(number)s", states=(Violation.State.OPEN,))
        refuse_while_paid(violation, charges)
    except ViolationRefused:
        return None
    amount = LookupItem.objects.values_list("fee", flat=True).get(pk=item_pk)
    if amount is None:  # another worker was faster
        return None
    LookupItem.objects.filter(pk=item_pk).update(fee=None)
    fine = next(charge for charge in charges if charge.pk == violation.charge_id)
    fee = charge_beside(
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
    return fee
