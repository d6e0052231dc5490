"""Many at once, on PostgreSQL; each with a control where one is possible."""

import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db.models import Sum
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, User
from payments.models import Adjustment, LedgerEntry, Payment, ProviderEvent, Receipt
from payments.models.payment import ReceivedAs
from payments.providers.sandbox import SIGNATURE_HEADER, notice_body, sign
from payments.services import promises, settle
from payments.services.attempts import resolve_payment, start_card_payment
from payments.services.charges import applied_to
from payments.services.checkouts import start_checkout
from payments.services.credits import reverse_credit, take_credit
from payments.services.events import process_stored_event
from payments.services.promises import pay_by_credit, process_manually, promise_payment
from payments.services.settle import record_money
from tests.factories import make_charge, make_checkout, make_user, make_violation
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.test_credits import give
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def paid_payment() -> Payment:
    """A card attempt that the payer has just paid."""
    user = make_user()
    violation = make_violation()
    assert violation.charge is not None
    payment = begin(make_checkout([violation.charge], user))
    pay_at_provider(payment)
    return payment


def webhook(payment: Payment) -> tuple[bytes, dict[str, str]]:
    """Its signed webhook."""
    from payments.models import SandboxSession

    body = notice_body(SandboxSession.objects.get(our_ref=payment.code))
    at = int(time.time())
    return body, {SIGNATURE_HEADER: f"t={at},v1={sign(body, at)}"}


@pytest.mark.rule(18, 22)
def test_webhook_twenty_times_at_once_is_one_entry_one_receipt_one_mail() -> None:
    payment = paid_payment()
    body, headers = webhook(payment)

    def deliver() -> int:
        status = (
            Client().post("/webhooks/sandbox/", data=body, content_type="application/json", headers=headers).status_code
        )
        for event in ProviderEvent.objects.all():
            process_stored_event(event)
        return status

    assert all_at_once([deliver] * 20) == [200] * 20
    assert ProviderEvent.objects.count() == 1
    assert LedgerEntry.objects.filter(account="card").count() == 1
    assert Receipt.objects.count() == 1
    assert Mail.objects.filter(kind="receipt").count() == 1


@pytest.mark.rule(19)
def test_return_page_webhook_and_sweep_together_settle_once() -> None:
    payment = paid_payment()
    results = all_at_once([lambda: resolve_payment(Payment.objects.get(pk=payment.pk)).state] * 12)
    assert results == ["confirmed"] * 12
    assert (LedgerEntry.objects.count(), Receipt.objects.count()) == (3, 1)
    assert payment.events.filter(to_state="confirmed").count() == 1


@pytest.mark.rule(23)
def test_twelve_clicks_open_one_page() -> None:
    user = make_user()
    checkout = make_checkout([make_charge(user)], user)
    results = all_at_once([lambda: start_card_payment(checkout, email="a@example.test").url] * 12)
    assert len(set(map(str, results))) == 1
    assert Payment.objects.count() == 1


def settle_for_two_payers() -> Decimal:
    """A ticket paid by its owner and a guest at once; answers how much was credited to its charge."""
    violation = make_violation()
    assert violation.charge is not None
    payments = [begin(make_checkout([violation.charge], payer)) for payer in (make_user(), None)]
    results = all_at_once(
        [partial(record_money, p, received=p.amount, account="card", at=timezone.now()) for p in payments]
    )
    assert [getattr(result, "state", result) for result in results] == ["confirmed", "confirmed"]
    total = LedgerEntry.objects.filter(charge=violation.charge, account="charge").aggregate(total=Sum("amount"))[
        "total"
    ]
    return -total


@pytest.mark.rule(27)
def test_two_payers_at_once_credit_the_charge_once() -> None:
    for _ in range(5):
        assert settle_for_two_payers() == Decimal("50.00")


def test_control_without_locks_two_payers_credit_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    ask = applied_to

    def slowly(charges: object) -> dict[int, Decimal]:
        found = ask(charges)  # type: ignore[arg-type]
        time.sleep(0.3)
        return found

    monkeypatch.setattr(settle, "applied_to", slowly)
    monkeypatch.setattr(settle, "_next_receipt_number", lambda at: f"R-{time.monotonic_ns()}")
    assert settle_for_two_payers() == Decimal("100.00")


def test_two_mixed_selections_do_not_wait_for_each_other(resident: User) -> None:
    charges = [make_charge(resident) for _ in range(6)]
    orders = [charges, charges[::-1]] * 8
    results = all_at_once([partial(start_checkout, order, user=resident, language="en") for order in orders])
    assert [getattr(result, "total", result) for result in results] == [Decimal("300.00")] * 16


def test_two_cashiers_process_one_promise_once(resident: User, staff: User) -> None:
    payment = promise_payment(make_checkout([make_violation().charge], resident), email="a@example.test")

    def process() -> str:
        return process_manually(
            Payment.objects.get(pk=payment.pk), received=Decimal("30.00"), received_as=ReceivedAs.CASH, by=staff
        ).state

    states = all_at_once([process] * 6)
    assert LedgerEntry.objects.filter(account="office").count() == 1
    assert {str(state) for state in states} <= {"confirmed", "This payment is processed already."}
    assert Mail.objects.filter(kind="receipt").count() == 1


def lower_twice_at_once() -> Decimal:
    """One credit of $40, two devices with $50 to pay each; answers by how much both together were lowered."""
    user = make_user()
    give(user, "40.00")
    checkouts = [make_checkout([make_charge(user)], user) for _ in range(2)]
    pay = partial(promise_payment, email="a@example.test", credit=Decimal("40.00"))
    all_at_once([partial(pay, checkout) for checkout in checkouts])
    payments = Payment.objects.filter(checkout__in=checkouts)
    return sum((payment.checkout.total - payment.amount for payment in payments), start=Decimal("0.00"))


@pytest.mark.rule(42)
def test_two_devices_spend_a_credit_once() -> None:
    for _ in range(4):
        assert lower_twice_at_once() == Decimal("40.00")


def test_control_without_locks_two_devices_spend_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    ask = take_credit

    def slowly(*args: Any, **kwargs: Any) -> list[Adjustment]:
        found = ask(*args, **kwargs)
        time.sleep(0.3)
        return found

    monkeypatch.setattr(promises, "take_credit", slowly)
    assert lower_twice_at_once() == Decimal("80.00")


def test_spending_and_reversing_at_once_is_one_of_the_two() -> None:
    for _ in range(4):
        user, staff = make_user(), make_user(is_staff=True)
        credit = give(user, "50.00")
        checkout = make_checkout([make_charge(user)], user)
        jobs: list[Callable[[], object]] = [
            partial(pay_by_credit, checkout, email="a@example.test", credit=Decimal("50.00")),
            partial(reverse_credit, credit, reason="Mistake", by=staff),
        ]
        all_at_once(jobs)
        entries = LedgerEntry.objects.filter(adjustment=credit, account="credit")
        assert entries.aggregate(total=Sum("amount"))["total"] == Decimal("0.00")
        credit.refresh_from_db()
        assert credit.state == ("processed" if Payment.objects.filter(checkout=checkout).exists() else "reversed")
