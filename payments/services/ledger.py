"""The one door into the books."""

from collections.abc import Sequence

from opscom.lib.money import MOST, ZERO, rounded
from payments.models import LedgerEntry
from payments.services.books import check_open_period


def book(entries: Sequence[LedgerEntry]) -> None:
    """Append the entries of one booking, which add up to zero: debits are positive, credits negative. Called in the
    transaction that changes what they are about. Each entry's `key` makes it happen once. LockedPeriod where one is dated in
    a period that the office has closed."""
    if any(entry.amount != rounded(entry.amount) or abs(entry.amount) > MOST for entry in entries):
        raise ValueError(
            f"no amount of whole cents up to {MOST}: {[(entry.account, entry.amount) for entry in entries]}"
        )
    if sum((entry.amount for entry in entries), start=ZERO):
        raise ValueError(f"booking does not balance: {[(entry.account, entry.amount) for entry in entries]}")
    check_open_period(entry.at for entry in entries)
    LedgerEntry.objects.bulk_create(entries)
