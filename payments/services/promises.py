"""Cash or cheque: promised by the payer, processed by a cashier."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import end_of_day, today
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments import emails
from payments.errors import PaymentRefused
from payments.models import Checkout, LedgerEntry, Payment, PaymentMethod
from payments.models.payment import ReceivedAs
from payments.services.attempts import close_older_attempts, keep_charges, lock_open_checkout, prepare_checkout
from payments.services.credits import hold_credit, left_to_pay, take_credit
from payments.services.drawers import lock_drawer
from payments.services.settle import fulfil_payment, record_money


def promise_payment(
    checkout: Checkout,
    *,
    method_code: str = PaymentMethod.CASH,
    email: str,
    credit: Decimal = ZERO,
    by: User | None = None,
    at: datetime | None = None,
) -> Payment:
    """Make the checkout Paid but not Processed, as far as the credit that the payer saw does not cover it. The payer sees a
    date; the place is kept some grace days longer (RULES 7). Where staff do it (`by`), the receipt is the only e-mail."""
    close_older_attempts(checkout, keep_card=False)
    return _promise(checkout, method_code=method_code, email=email, credit=credit, by=by, at=at or timezone.now())


@transaction.atomic
def _promise(
    checkout: Checkout, *, method_code: str, email: str, credit: Decimal, by: User | None, at: datetime
) -> Payment:
    checkout = lock_open_checkout(checkout, at)
    lines = prepare_checkout(checkout, email=email, at=at)
    taken = take_credit(checkout, shown=credit)
    amount = left_to_pay(checkout, taken)
    if amount and method_code == PaymentMethod.CREDIT:
        raise PaymentRefused(_("Your credit does not cover all of it. Choose how to pay the rest."), code="credit")
    due_on = today(at) + timedelta(days=office().promise_days)
    until = end_of_day(due_on + timedelta(days=office().promise_grace_days))
    keep_charges(lines, until)
    method_code = method_code if amount else PaymentMethod.CREDIT
    payment = Payment(checkout=checkout, method_id=method_code, amount=amount, created_at=at)
    change_state(payment, "promise", by=by, at=at, promise_due_on=due_on, promise_until=until)
    hold_credit(payment, taken)
    checkout.state = Checkout.State.DONE
    checkout.save(update_fields=["state"])
    if by is None:
        emails.send_promise(payment, lines)
    return payment


def pay_by_credit(checkout: Checkout, *, email: str, credit: Decimal, at: datetime | None = None) -> Payment:
    """Pay with credit alone, where the credit that the payer saw covers everything: no provider, but a payment, a receipt
    and its e-mail (RULES 44)."""
    close_older_attempts(checkout, keep_card=False)
    at = at or timezone.now()
    return fulfil_payment(_spend_alone(checkout, email=email, credit=credit, at=at), at=at)


@transaction.atomic
def _spend_alone(checkout: Checkout, *, email: str, credit: Decimal, at: datetime) -> Payment:
    checkout = lock_open_checkout(checkout, at)
    prepare_checkout(checkout, email=email, at=at)
    taken = take_credit(checkout, shown=credit)
    if left_to_pay(checkout, taken):
        raise PaymentRefused(_("Your credit does not cover all of it. Choose how to pay the rest."), code="credit")
    payment = Payment.objects.create(checkout=checkout, method_id=PaymentMethod.CREDIT, amount=ZERO, created_at=at)
    hold_credit(payment, taken)
    return record_money(payment, received=ZERO, account=LedgerEntry.Account.CREDIT, at=at)


def process_manually(
    payment: Payment,
    *,
    received: Decimal,
    received_as: ReceivedAs | None = None,
    by: User,
    at: datetime | None = None,
) -> Payment:
    """A cashier has the money: book what was handed over, under a receipt number. Less than promised pays a part, and
    the rest is owed again; more is the payer's surplus (RULES 45)."""
    payment.refresh_from_db()
    if received < 0 or bool(received) != bool(payment.amount):
        raise PaymentRefused(_("Enter the amount that was handed over."), code="amount")
    if payment.state == Payment.State.CONFIRMED:
        raise PaymentRefused(_("This payment is processed already."), code="processed")
    if payment.method.settles == PaymentMethod.Settles.PROVIDER:
        raise PaymentRefused(_("The card provider processes its payments itself."), code="method")
    if not payment.amount and payment.state != Payment.State.PROMISED:
        raise PaymentRefused(
            _("This was to be paid by credit, which is free again. Start a new payment."), code="credit"
        )
    at, kind = at or timezone.now(), received_as or ""
    with transaction.atomic():
        fields = {"received_as": kind, "drawer": lock_drawer(by)}
        payment = record_money(payment, received=received, account=LedgerEntry.Account.OFFICE, at=at, by=by, **fields)
    return fulfil_payment(payment, at=at)


@transaction.atomic
def withdraw_promise(payment: Payment, *, by: User | None = None, reason: str = "", expired: bool = False) -> Payment:
    """Undo a promise before money came: its charges are owed again. What was held for them lapses by its own clock. Its
    checkout ends with it, so that the payer's old page leads to a new one."""
    checkout = Checkout.objects.select_for_update().get(pk=payment.checkout_id)
    payment = Payment.objects.select_for_update().get(pk=payment.pk)
    if payment.state == Payment.State.PROMISED:
        change_state(payment, "expire" if expired else "cancel", by=by, reason=reason)
        checkout.state = Checkout.State.EXPIRED
        checkout.save(update_fields=["state"])
    return payment


def expire_promises(*, at: datetime | None = None) -> int:
    """Withdraw the promises whose grace has ended (RULES 7). Answers how many."""
    at = at or timezone.now()
    due = Payment.objects.filter(state=Payment.State.PROMISED, promise_until__lte=at)
    return sum(withdraw_promise(payment, expired=True).state == Payment.State.EXPIRED for payment in due)
