"""Opening balances: what people owed, or had to their credit, in an earlier system."""

import re
from dataclasses import dataclass
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import start_of_day, today
from opscom.lib.money import ZERO, format_money
from payments.errors import PaymentRefused
from payments.models import Adjustment, Charge, LedgerEntry, OpeningBalance, Payment, PaymentMethod
from payments.services.charges import create_charge
from payments.services.checkouts import start_checkout
from payments.services.credits import hold_credit
from payments.services.ledger import book
from payments.services.settle import record_money

KIND = "opening"
AMOUNT = re.compile(r"([+-]?)([0-9]{1,8}(?:\.[0-9]{1,2})?)")
EARLIEST = date(1990, 1, 1)
LENGTHS = {"key": 60, "description": 120}


@dataclass(frozen=True)
class Balance:
    """One person's balance on a day: positive is owed, negative is credit."""

    key: str
    user: User
    amount: Decimal
    description: str
    day: date


def read_balance(cells: dict[str, str]) -> Balance:
    """The texts of one row as a balance. PaymentRefused says what is wrong with it."""
    cells = {name: " ".join(text.split()) for name, text in cells.items()}
    if not all(text.isprintable() for text in cells.values()):
        raise PaymentRefused(_("The row holds characters that cannot be printed."), code="unprintable")
    for name, most in LENGTHS.items():
        if not 0 < len(cells[name]) <= most:
            raise PaymentRefused(
                _("%(column)s must have from 1 to %(most)s characters.") % {"column": name, "most": most}, code=name
            )
    amount, day = _amount(cells["amount"]), _day(cells["date"])
    user = User.objects.filter(email=cells["email"].lower()).first()
    if user is None:
        raise PaymentRefused(_("Nobody here has the address %(email)s.") % {"email": cells["email"]}, code="email")
    return Balance(cells["key"], user, amount, cells["description"], day)


@transaction.atomic
def enter_balance(balance: Balance) -> OpeningBalance | None:
    """Enter one balance, whole or not at all: a charge for what is owed, a credit with its entries for what is not. None if
    its key was entered before with the same amount for the same person; PaymentRefused if with others, and LockedPeriod."""
    before = OpeningBalance.objects.select_related("charge", "adjustment").filter(key=balance.key).first()
    if before:
        _check_same(before, balance)
        return None
    if balance.amount > 0:
        charge = create_charge(
            KIND,
            amount=balance.amount,
            description=balance.description,
            payer=balance.user,
            due_on=balance.day,
            at=start_of_day(balance.day),
        )
        return OpeningBalance.objects.create(key=balance.key, charge=charge)
    return OpeningBalance.objects.create(key=balance.key, adjustment=_enter_credit(balance))


@transaction.atomic
def pay_from_earlier(charge: Charge, *, key: str, by: User, at: datetime) -> Payment:
    """What an earlier system received for a new charge: an opening credit of its payer, spent on it at once. Nothing is mailed,
    and what is given back later is credit again. The charge's payable must take a payment now."""
    assert charge.payer is not None  # an account is where the credit stands  # noqa: S101
    balance = Balance(key, charge.payer, -charge.amount, charge.description, today(at))
    opening = enter_balance(balance)
    if opening is None or opening.adjustment is None:
        raise PaymentRefused(_("The key %(key)s was imported before.") % {"key": key}, code="differs")
    checkout = start_checkout([charge], user=charge.payer, language=charge.payer.language, at=at)
    payment = Payment.objects.create(checkout=checkout, method_id=PaymentMethod.CREDIT, amount=ZERO, created_at=at)
    hold_credit(payment, [opening.adjustment])
    payment = record_money(payment, received=ZERO, account=LedgerEntry.Account.CREDIT, at=at, by=by)
    payment.fulfilled_at = at
    payment.save(update_fields=["fulfilled_at"])
    return payment


def _enter_credit(balance: Balance) -> Adjustment:
    at = start_of_day(balance.day)
    credit = Adjustment.objects.create(
        user=balance.user, amount=balance.amount, comment=balance.description, created_at=at
    )
    amounts = {LedgerEntry.Account.OPENING: -balance.amount, LedgerEntry.Account.CREDIT: balance.amount}
    book(
        [
            LedgerEntry(at=at, adjustment=credit, account=account, amount=amount, key=f"{KIND}:{credit.code}:{account}")
            for account, amount in amounts.items()
        ]
    )
    return credit


def _check_same(before: OpeningBalance, balance: Balance) -> None:
    row = before.charge or before.adjustment
    assert row is not None  # the database says so  # noqa: S101
    owner = before.charge.payer_id if before.charge else before.adjustment and before.adjustment.user_id
    if (owner, row.amount) != (balance.user.pk, balance.amount):
        raise PaymentRefused(
            _("The key %(key)s was imported before for another person or amount (%(amount)s).")
            % {"key": balance.key, "amount": format_money(row.amount)},
            code="differs",
        )


def _amount(text: str) -> Decimal:
    found = AMOUNT.fullmatch(text)
    amount = Decimal(found[1] + found[2]) if found else Decimal(0)
    if not amount:
        raise PaymentRefused(
            _('"%(text)s" is no amount. Write it like 1250.00, with a minus where it is credit.') % {"text": text},
            code="amount",
        )
    return amount


def _day(text: str) -> date:
    try:
        day = date.fromisoformat(text)
    except ValueError:
        day = date.max
    if not EARLIEST <= day <= today():
        raise PaymentRefused(
            _('"%(text)s" is no day of the past. Write it like 2026-08-31.') % {"text": text}, code="date"
        )
    return day
