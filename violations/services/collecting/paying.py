"""Money that the collection agency passes on: by hand, or as its file."""

import logging
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.errors import PortalError
from opscom.lib.money import rounded
from opscom.lib.tables import table_lines
from payments.errors import ProviderUnreachable
from payments.models import Charge, Payment, PaymentMethod
from payments.services.passed_on import book_passed_on, close_pages_of
from payments.services.settle import fulfil_payment
from violations.errors import ViolationRefused
from violations.models import CollectionsCase, CollectionsPayment, Violation
from violations.services.collecting.sending import lock_whole
from violations.services.debts import charges_of

logger = logging.getLogger(__name__)
IN = ["reference", "ticket", "amount", "payment"]
MOST_LINES = 200
LARGEST = Decimal(100000)


@dataclass(frozen=True)
class Booked:
    """What a file brought: how many payments, and a sentence for each line that brought none."""

    payments: int
    total: Decimal
    strange: list[str]


def take_payment(
    case: CollectionsCase, *, amount: Decimal, reference: str, by: User, at: datetime | None = None
) -> CollectionsPayment:
    """Book what the agency passed on for one ticket, through the same door as any money: a part leaves the rest at the
    agency, more than is owed is surplus, and so is all of it for a ticket that is void or paid (RULES 26, 27). One reference
    counts once. ViolationRefused, PaymentRefused."""
    at = at or timezone.now()
    ticket = Violation.objects.select_related("charge__payer").get(pk=case.violation_id)
    try:
        close_pages_of(charges_of(ticket))
    except ProviderUnreachable as error:
        raise ViolationRefused(
            _("The card provider does not answer, and the person has a card page open. Try again."),
            code="unreachable",
        ) from error
    row, payment = _book(case, amount, " ".join(reference.split())[:60], by, at)
    fulfil_payment(payment, at=at)
    return row


def read_payments(text: str, *, by: User, at: datetime | None = None) -> Booked:
    """Take in the agency's file; read twice, nothing is booked twice. TableRefused where it has not the columns."""
    at, strange, total, booked = at or timezone.now(), list[str](), Decimal(0), 0
    for line, row in list(table_lines(text, IN, required=IN, most=MOST_LINES)):  # nothing is booked of a broken file
        case = _case(row)
        amount = _amount(row["amount"])
        if case is None or amount is None or not row["payment"]:
            strange.append(_("Line %(line)s names no ticket at the agency, amount or payment.") % {"line": line})
            continue
        try:
            total += take_payment(case, amount=amount, reference=row["payment"], by=by, at=at).amount
            booked += 1
        except PortalError as error:
            strange.append(_("Line %(line)s: %(why)s") % {"line": line, "why": error.message})
        except Exception:
            logger.exception("payment %s of the agency not booked", row["payment"])
            why = _("This could not be booked. Bring the file again.")
            strange.append(_("Line %(line)s: %(why)s") % {"line": line, "why": why})
    return Booked(booked, total, strange)


@transaction.atomic
def _book(
    case: CollectionsCase, amount: Decimal, reference: str, by: User, at: datetime
) -> tuple[CollectionsPayment, Payment]:
    """Reference and money in one transaction, so that neither is there without the other; nobody sees the charges unblocked.
    After a recall, or once nothing is owed, the money is booked all the same."""
    case, ticket = lock_whole(case)
    row = _row_of(case, amount, reference, by, at)
    charges = charges_of(ticket)
    blocks = list(charges.exclude(blocked="").values_list("pk", "blocked"))
    charges.update(blocked="")
    payer = ticket.charge.payer if ticket.charge else None
    row.payment = book_passed_on(
        charges,
        payer=payer,
        language=payer.language if payer else settings.LANGUAGE_CODE,
        method_code=PaymentMethod.COLLECTIONS,
        received=amount,
        by=by,
        at=at,
    )
    row.save()
    for pk, why in blocks:
        Charge.objects.open().filter(pk=pk).update(blocked=why)
    return row, row.payment


def _row_of(case: CollectionsCase, amount: Decimal, reference: str, by: User, at: datetime) -> CollectionsPayment:
    """The row of that reference, which counts once. One whose money was never booked is taken up again."""
    known = CollectionsPayment.objects.select_for_update().filter(reference=reference, case=case, payment=None).first()
    if known:
        known.amount, known.at, known.by = amount, at, by
        return known
    try:
        with transaction.atomic():
            return CollectionsPayment.objects.create(case=case, reference=reference, amount=amount, at=at, by=by)
    except IntegrityError as error:
        raise ViolationRefused(
            _("Payment %(reference)s of the agency is booked already.") % {"reference": reference}, code="known"
        ) from error


def _case(row: dict[str, str]) -> CollectionsCase | None:
    if not (row["reference"].isascii() and row["reference"].isdigit() and len(row["reference"]) <= 15):
        return None
    found = CollectionsCase.objects.filter(pk=row["reference"], violation__number=row["ticket"])
    return found.select_related("violation").first()


def _amount(text: str) -> Decimal | None:
    """Dollars and cents; nothing where it is none or absurd."""
    try:
        amount = Decimal(text)
    except InvalidOperation:
        return None
    right = amount.is_finite() and 0 < amount < LARGEST and amount == rounded(amount)
    return amount if right else None
