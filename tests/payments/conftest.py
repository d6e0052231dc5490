"""Fixtures of the payments core. The sandbox provider is real here: its table stands for the provider's machines."""

from collections.abc import Callable
from decimal import Decimal

import pytest

from accounts.models import User
from payments.models import Charge, Checkout, Payment, SandboxSession
from payments.services.attempts import start_card_payment
from tests.factories import make_checkout, make_violation


@pytest.fixture
def charge(resident: User) -> Charge:
    """What the resident owes for a ticket: $50, $30 now."""
    violation = make_violation()
    assert violation.charge is not None
    violation.charge.payer = resident
    violation.charge.save(update_fields=["payer"])
    return violation.charge


@pytest.fixture
def checkout(charge: Charge, resident: User) -> Checkout:
    """The resident's checkout of that charge."""
    return make_checkout([charge], resident)


@pytest.fixture
def payment(checkout: Checkout) -> Payment:
    """A card attempt of that checkout, at the sandbox's page."""
    return begin(checkout)


def begin(checkout: Checkout, email: str = "payer@example.test") -> Payment:
    """Start a card attempt."""
    start_card_payment(checkout, email=email)
    return checkout.payments.in_flight().get()


def pay_at_provider(payment: Payment) -> None:
    """The payer pays on the provider's page; we are not told yet."""
    changed = SandboxSession.objects.filter(our_ref=payment.code).update(state=SandboxSession.State.PAID)
    assert changed == 1


@pytest.fixture
def ledger() -> Callable[[Payment], dict[str, Decimal]]:
    """The balance of each account over a payment's entries."""

    def balances(payment: Payment) -> dict[str, Decimal]:
        sums: dict[str, Decimal] = {}
        for entry in payment.entries.all():
            sums[entry.account] = sums.get(entry.account, Decimal("0.00")) + entry.amount
        return sums

    return balances
