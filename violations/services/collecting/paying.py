"""Money that the collection agency passes on: by hand, or as its file."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal, InvalidOperation
from io import StringIO

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.errors import PortalError
from opscom.lib.money import rounded
from payments.models import Checkout, PaymentMethod
from payments.services.checkouts import start_checkout
from payments.services.promises import process_manually, promise_payment
from violations.errors import ViolationRefused
from violations.models import CollectionsCase, CollectionsPayment, Violation
from violations.services.collecting.sending import block, lock_case
from violations.services.debts import charges_of, open_charges

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
    agency, more than is owed is surplus. One reference counts once. ViolationRefused, PaymentRefused."""
    at = at or timezone.now()
    row, checkout = _open_checkout(case, amount, " ".join(reference.split())[:60], by, at)
    try:
        payment = promise_payment(checkout, method_code=PaymentMethod.COLLECTIONS, email=checkout.email, by=by, at=at)
        row.payment = process_manually(payment, received=amount, by=by, at=at)
        row.save(update_fields=["payment"])
    except PortalError:
        row.delete()
        raise
    finally:
        _block_rest(case)
    return row


def read_payments(text: str, *, by: User, at: datetime | None = None) -> Booked:
    """Take in the agency's file; read twice, nothing is booked twice. ViolationRefused where it has not the columns."""
    at, strange, total, booked = at or timezone.now(), list[str](), Decimal(0), 0
    for line, row in _rows(text):
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
    return Booked(booked, total, strange)


@transaction.atomic
def _open_checkout(
    case: CollectionsCase, amount: Decimal, reference: str, by: User, at: datetime
) -> tuple[CollectionsPayment, Checkout]:
    """The row of the reference, and a checkout of all that is owed for the ticket, for which its block is lifted."""
    case, ticket = lock_case(case)
    try:
        with transaction.atomic():
            row = CollectionsPayment.objects.create(case=case, reference=reference, amount=amount, at=at, by=by)
    except IntegrityError as error:
        raise ViolationRefused(
            _("Payment %(reference)s of the agency is booked already.") % {"reference": reference}, code="known"
        ) from error
    charges_of(ticket).update(blocked="")
    payer = ticket.charge.payer if ticket.charge else None
    language = payer.language if payer else settings.LANGUAGE_CODE
    return row, start_checkout(open_charges(ticket), user=payer, language=language, at=at)


@transaction.atomic
def _block_rest(case: CollectionsCase) -> None:
    """What is still owed stays at the agency."""
    try:
        _case_row, ticket = lock_case(case)
    except ViolationRefused:
        return  # all of it is paid
    if ticket.state == Violation.State.OPEN:
        block(ticket)


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


def _rows(text: str) -> Iterator[tuple[int, dict[str, str]]]:
    reader = csv.DictReader(StringIO(text.replace("\x00", "")))
    if missing := [name for name in IN if name not in (reader.fieldnames or [])]:
        raise ViolationRefused(
            _("The file has no column %(missing)s. It needs: %(needed)s.")
            % {"missing": ", ".join(missing), "needed": ", ".join(IN)}
        )
    rows = [(reader.line_num, {name: " ".join((row[name] or "").split()) for name in IN}) for row in reader]
    if len(rows) > MOST_LINES:
        raise ViolationRefused(_("The file has more than %(most)s lines. Divide it.") % {"most": MOST_LINES})
    yield from rows
