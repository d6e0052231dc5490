"""Cash or cheque: promised by the payer, processed by a cashier."""

from datetime import datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import end_of_day, today
from opscom.lib.office import office
from opscom.lib.states import change_state
from payments import emails
from payments.errors import PaymentRefused
from payments.models import Checkout, LedgerEntry, Payment, PaymentMethod
from payments.models.payment import ReceivedAs
from payments.services.attempts import close_older_attempts, keep_charges, lock_open_checkout, prepare_checkout
from payments.services.settle import fulfil_payment, record_money


def promise_payment(
    checkout: Checkout, *, method_code: str = PaymentMethod.CASH, email: str, at: datetime | None = None
) -> Payment:
    """Make the checkout Paid but not Processed. The payer sees a date; the place is kept some grace days longer (RULES 7)."""
    close_older_attempts(checkout, keep_card=False)
    return _promise(checkout, method_code=method_code, email=email, at=at or timezone.now())


@transaction.atomic
def _promise(checkout: Checkout, *, method_code: str, email: str, at: datetime) -> Payment:
    checkout = lock_open_checkout(checkout, at)
    lines = prepare_checkout(checkout, email=email, at=at)
    due_on = today(at) + timedelta(days=office().promise_days)
    until = end_of_day(due_on + timedelta(days=office().promise_grace_days))
    keep_charges(lines, until)
    payment = Payment(checkout=checkout, method_id=method_code, amount=checkout.total, created_at=at)
    change_state(payment, "promise", at=at, promise_due_on=due_on, promise_until=until)
    checkout.state = Checkout.State.DONE
    checkout.save(update_fields=["state"])
    emails.send_promise(payment, lines)
    return payment


def process_manually(
    payment: Payment,
    *,
    received: Decimal,
    received_as: ReceivedAs,
    by: User,
    at: datetime | None = None,
) -> Payment:
    """A cashier has the money: book what was handed over, under a receipt number. Less than promised pays a part, and
    the rest is owed again; more is the payer's surplus (RULES 45)."""
    if received <= 0:
        raise PaymentRefused(_("Enter the amount that was handed over."), code="amount")
    payment.refresh_from_db()
    if payment.state == Payment.State.CONFIRMED:
        raise PaymentRefused(_("This payment is processed already."), code="processed")
    if payment.method.settles == PaymentMethod.Settles.PROVIDER:
        raise PaymentRefused(_("The card provider processes its payments itself."), code="method")
    at = at or timezone.now()
    record_money(payment, received=received, account=LedgerEntry.Account.OFFICE, at=at, by=by, received_as=received_as)
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
