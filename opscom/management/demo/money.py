"""Ways of paying, each with its time, through the services."""

from datetime import datetime, timedelta
from decimal import Decimal

from accounts.models import User
from payments.models import Charge, Checkout, LedgerEntry, Payment, SandboxSession
from payments.models.payment import ReceivedAs
from payments.providers.base import Outcome, Result
from payments.services.attempts import end_attempt, start_card_payment
from payments.services.checkouts import start_checkout
from payments.services.promises import process_manually, promise_payment
from payments.services.settle import fulfil_payment, record_money, settle_payment

AT_THE_PAGE = timedelta(minutes=2)


def open_page(charges: list[Charge], *, user: User | None, email: str, at: datetime) -> Payment:
    """Tick the charges and go to the card page."""
    checkout = start_checkout(charges, user=user, language=user.language if user else "en", at=at)
    return open_page_again(checkout, email=email, at=at)


def open_page_again(checkout: Checkout, *, email: str, at: datetime) -> Payment:
    """Go to the card page of a checkout."""
    start_card_payment(checkout, email=email, at=at)
    return checkout.payments.in_flight().get()


def finish_page(payment: Payment, *, at: datetime) -> Payment:
    """The card is accepted."""
    SandboxSession.objects.filter(reference=payment.provider_ref).update(state=SandboxSession.State.PAID, paid_at=at)
    charge_ref = payment.provider_ref
    paid = record_money(
        payment, received=payment.amount, account=LedgerEntry.Account.CARD, at=at, charge_ref=charge_ref
    )
    return fulfil_payment(paid, at=at)


def pay_by_card(charges: list[Charge], *, user: User | None, email: str, at: datetime) -> Payment:
    """Two minutes at the card page; the money is there at `at`."""
    return finish_page(open_page(charges, user=user, email=email, at=at - AT_THE_PAGE), at=at)


def leave_page(payment: Payment, transition: str, reason: str) -> Payment:
    """The attempt ends without money: fail, cancel or expire."""
    SandboxSession.objects.filter(reference=payment.provider_ref).update(state=SandboxSession.State.EXPIRED)
    return end_attempt(payment, transition, reason=reason)


def answer_another_amount(payment: Payment, *, by_cents: int, at: datetime) -> Payment:
    """The provider reports another amount than ours: nothing is paid, staff are told (RULES 20)."""
    amount = payment.amount + Decimal(by_cents) / 100
    SandboxSession.objects.filter(reference=payment.provider_ref).update(state=SandboxSession.State.PAID, amount=amount)
    outcome = Outcome(Result.APPROVED, payment.provider_ref, payment.code, amount, payment.currency)
    return settle_payment(payment, outcome, at=at)


def promise(charges: list[Charge], *, user: User, at: datetime) -> Payment:
    """Cash or Cheque: Paid but not Processed."""
    checkout = start_checkout(charges, user=user, language=user.language, at=at)
    return promise_payment(checkout, email=user.email, at=at)


def bring(
    payment: Payment, *, received: Decimal | None = None, received_as: str = "cash", by: User, at: datetime
) -> Payment:
    """The payer is at the counter with that much (all of it, if no sum is given)."""
    return process_manually(
        payment, received=received or payment.amount, received_as=ReceivedAs(received_as), by=by, at=at
    )
