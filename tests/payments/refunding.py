"""What is paid, and given back."""

from decimal import Decimal

from django.contrib.auth.models import Group
from django.utils import timezone

from accounts.models import User
from payments.models import Charge, Payment, Refund
from payments.services.refunds import request_refund
from payments.services.settle import fulfil_payment, record_money
from payments.tasks import send_refund
from tests.factories import make_checkout, make_payment, make_user, make_violation


def paid_by_card(charges: list[Charge], user: User | None, *, received: str | None = None) -> Payment:
    """A payment of these charges that the bank has taken."""
    checkout = make_checkout(charges, user)
    checkout.email = checkout.email or "guest@example.test"
    checkout.save(update_fields=["email"])
    payment = make_payment(checkout, provider="bank", charge_ref="ch_1")
    money = Decimal(received) if received else payment.amount
    record_money(payment, received=money, account="card", at=timezone.now())
    return fulfil_payment(payment)


def paid_at_the_desk(charges: list[Charge], user: User | None, received: str) -> Payment:
    """A payment of these charges in cash."""
    payment = make_payment(make_checkout(charges, user), provider="", provider_ref="", method_id="cash")
    record_money(payment, received=Decimal(received), account="office", at=timezone.now())
    return fulfil_payment(payment)


def tickets(payer: User | None, *amounts: str) -> list[Charge]:
    """Tickets of these amounts, without a reduction."""
    charges = []
    for amount in amounts:
        charge = make_violation(amount=Decimal(amount)).charge
        assert charge is not None
        Charge.objects.filter(pk=charge.pk).update(payer=payer, reduced_amount=None, reduced_through=None)
        charge.refresh_from_db()
        charges.append(charge)
    return charges


def manager() -> User:
    return colleague("Manager")


def colleague(role: str) -> User:
    """Somebody of the office with that role."""
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return user


def give_back(payment: Payment, amount: str, by: User, charge: Charge | None = None, **kwargs: object) -> list[Refund]:
    """Ask, and let the worker send it."""
    refunds = request_refund(payment, amount=Decimal(amount), charge=charge, reason="sold", by=by, **kwargs)  # type: ignore[arg-type]
    for refund in refunds:
        send_refund(refund_id=refund.pk)
        refund.refresh_from_db()
    return refunds
