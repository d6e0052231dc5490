"""The books cannot be rewritten."""

from decimal import Decimal

import pytest
from django.db import Error, connection, transaction
from django.db.models import Sum
from django.db.models.deletion import ProtectedError
from django.utils import timezone

from payments.models import Charge, LedgerEntry, Payment
from payments.services.ledger import book
from payments.services.settle import record_money


@pytest.fixture
def entry(payment: Payment) -> LedgerEntry:
    """A booking."""
    record_money(payment, received=payment.amount, account="card", at=timezone.now())
    return LedgerEntry.objects.get(account="card")


def test_entry_cannot_be_changed(entry: LedgerEntry) -> None:
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        LedgerEntry.objects.filter(pk=entry.pk).update(amount=Decimal("1.00"))
    assert LedgerEntry.objects.get(pk=entry.pk).amount == Decimal("30.00")


@pytest.mark.skipif(connection.vendor == "sqlite", reason="SQLite keeps DELETE for emptying test tables")
def test_entry_cannot_be_deleted(entry: LedgerEntry) -> None:
    with pytest.raises(Error, match="append-only"), transaction.atomic():
        LedgerEntry.objects.filter(pk=entry.pk).delete()


def test_what_was_booked_keeps_its_payment_and_charge(entry: LedgerEntry, charge: Charge) -> None:
    assert entry.payment
    with pytest.raises(ProtectedError):
        entry.payment.delete()
    with pytest.raises(ProtectedError):
        charge.delete()


def test_same_booking_twice_is_refused(entry: LedgerEntry) -> None:
    with pytest.raises(Error), transaction.atomic():
        LedgerEntry.objects.create(payment=entry.payment, account="card", amount=Decimal("30.00"), key=entry.key)


@pytest.mark.parametrize("amount", ["0.001", "1.005", "NaN", "100000000.00", "1e20"])
def test_what_is_no_amount_is_not_booked(payment: Payment, amount: str) -> None:
    entries = [
        LedgerEntry(payment=payment, account="card", amount=Decimal(amount), key="a"),
        LedgerEntry(payment=payment, account="surplus", amount=-Decimal(amount), key="b"),
    ]
    with pytest.raises(ValueError, match="whole cents"):
        book(entries)


def test_booking_that_does_not_balance_is_refused(payment: Payment) -> None:
    with pytest.raises(ValueError, match="does not balance"):
        book([LedgerEntry(payment=payment, account="card", amount=Decimal("1.00"), key="a")])


def test_sums_are_whole_cents_on_every_database(payment: Payment) -> None:
    """Added up as floats, as SQLite does, these are 2.9199999999999946."""
    sums = {"card": "50.00", "surplus": "-1.99", "discount": "-45.09", "charge": "-2.92"}
    book(
        [
            LedgerEntry(payment=payment, account=account, amount=Decimal(amount), key=account)
            for account, amount in sums.items()
        ]
    )
    entries = LedgerEntry.objects.exclude(account="charge")
    assert entries.aggregate(total=Sum("amount")) == {"total": Decimal("2.92")}
    assert entries.order_by().values_list("payment").annotate(total=Sum("amount")).get() == (
        payment.pk,
        Decimal("2.92"),
    )
