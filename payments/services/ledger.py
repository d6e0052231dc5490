"""The one door into the books."""

from collections.abc import Sequence

from opscom.lib.money import ZERO
from payments.models import LedgerEntry


def book(entries: Sequence[LedgerEntry]) -> None:
    """Append the entries of one booking, which add up to zero: debits are positive, credits negative. Called in the
    transaction that changes what they are about. Each entry's `key` makes it happen once."""
    if sum((entry.amount for entry in entries), start=ZERO):
        raise ValueError(f"booking does not balance: {[(entry.account, entry.amount) for entry in entries]}")
    LedgerEntry.objects.bulk_create(entries)
