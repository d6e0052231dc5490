"""Money that somebody else took for the office, as its collection agency does: it is here already, so nothing is promised."""

from collections.abc import Iterable
from datetime import datetime
from decimal import Decimal

from django.db import transaction

from accounts.models import User
from payments.models import Charge, Checkout, CheckoutLine, LedgerEntry, Payment
from payments.services.attempts import close_attempt
from payments.services.checkouts import start_checkout
from payments.services.drawers import lock_drawer
from payments.services.settle import record_money


def close_pages_of(charges: Iterable[Charge]) -> None:
    """End the card attempts for these charges before other money is booked for them (RULES 24); one that turns out to be paid
    is settled. Asks the provider, so it is called outside of transactions: ProviderUnreachable."""
    attempts = Payment.objects.in_flight().filter(checkout__lines__charge__in=charges)
    for payment in attempts.select_related("checkout").distinct():
        close_attempt(payment)


@transaction.atomic
def book_passed_on(
    charges: Iterable[Charge],
    *,
    payer: User | None,
    language: str,
    method_code: str,
    received: Decimal,
    by: User,
    at: datetime,
) -> Payment:
    """Book what was received for these locked charges: a part leaves the rest owed, more is surplus, and where nothing of them
    is owed any more all of it is (RULES 26, 27). `fulfil_payment` follows, in a transaction of its own. PaymentRefused.

    Its checkout is always a new one, so nobody can wait for it while the charges are locked."""
    charges = list(charges)
    owed = [charge for charge in charges if charge.state == Charge.State.OPEN]
    if owed:
        checkout = start_checkout(owed, user=None, language=language, at=at)
    else:
        checkout = Checkout.objects.create(language=language, total=received, created_at=at, expires_at=at)
        CheckoutLine.objects.create(checkout=checkout, charge=charges[0], amount=received)
    checkout.user, checkout.email = payer, payer.email if payer else ""
    checkout.save(update_fields=["user", "email"])
    payment = Payment.objects.create(
        checkout=checkout, method_id=method_code, amount=checkout.total or received, created_at=at
    )
    account = LedgerEntry.Account.OFFICE
    return record_money(payment, received=received, account=account, at=at, by=by, drawer=lock_drawer(by))
