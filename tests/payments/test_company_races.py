"""Company invoice, many at once, on PostgreSQL; each with a control."""

import threading
import time
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.db.models import Sum
from django.utils import timezone

from accounts.models import AccountEvent, Company, CompanyMembership
from payments.models import Charge, LedgerEntry, Payment
from payments.services import attempts, settle
from payments.services.attempts import start_card_payment
from payments.services.charges import applied_to
from payments.services.checkouts import start_checkout
from payments.services.companies import check_company
from payments.services.settle import fulfil_payment, record_money
from tests.factories import make_company, make_manager, make_member, make_vehicle, make_violation
from tests.payments.conftest import begin
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def member_with_debt() -> tuple[Company, CompanyMembership, Charge]:
    company = make_company()
    member = make_member(company)
    charge = make_violation(make_vehicle(member.user)).charge
    assert charge is not None
    return company, member, charge


def settle_for_two_managers() -> tuple[Decimal, int]:
    """One member's debt paid by two managers at once; answers what was credited to it, and how often the person was told."""
    company, member, charge = member_with_debt()
    payments = [
        begin(start_checkout([charge], user=make_manager(company).user, company=company, language="en"))
        for _manager in range(2)
    ]

    def pay(payment: Payment) -> str:
        record_money(payment, received=payment.amount, account="card", at=timezone.now())
        return fulfil_payment(Payment.objects.get(pk=payment.pk)).state

    assert all_at_once([partial(pay, payment) for payment in payments]) == ["confirmed", "confirmed"]
    credited = LedgerEntry.objects.filter(charge=charge, account="charge").aggregate(total=Sum("amount"))["total"]
    return -credited, AccountEvent.objects.filter(user=member.user, verb="paid_for_you").count()


def test_two_managers_at_once_pay_an_item_once_and_the_other_is_a_surplus() -> None:
    for _round in range(4):
        Payment.objects.all().update(attention="")
        assert settle_for_two_managers() == (Decimal("50.00"), 1)
        assert Payment.objects.filter(attention="surplus").count() == 1


def test_control_without_locks_they_pay_it_twice(monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)

    def slowly(charges: object) -> dict[int, Decimal]:
        found = applied_to(charges)  # type: ignore[arg-type]
        time.sleep(0.3)
        return found

    monkeypatch.setattr(settle, "applied_to", slowly)
    monkeypatch.setattr(settle, "_next_receipt_number", lambda at: f"R-{time.monotonic_ns()}")
    assert settle_for_two_managers() == (Decimal("100.00"), 2)


def leave_while_paying(monkeypatch: pytest.MonkeyPatch) -> bool:
    """A member leaves after the company's manager was found to be right to pay, and before the attempt is written; answers
    whether it was written by the time that the member had left."""
    company, member, charge = member_with_debt()
    checkout = start_checkout([charge], user=make_manager(company).user, company=company, language="en")
    looked = threading.Event()

    def slowly(company_id: int, **kwargs: Any) -> None:
        check_company(company_id, **kwargs)
        looked.set()
        time.sleep(0.5)

    def submit() -> bool:
        start_card_payment(checkout, email="a@example.test")
        return True

    def leave() -> bool:
        looked.wait(20)
        CompanyMembership.objects.filter(pk=member.pk).update(active=False)
        return Payment.objects.exists()

    monkeypatch.setattr(attempts, "check_company", slowly)
    submitted, written = all_at_once([submit, leave])
    assert submitted is True
    return written is True


def test_who_leaves_during_the_check_leaves_after_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert leave_while_paying(monkeypatch) is True


def test_control_without_the_lock_they_leave_in_the_middle(monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    assert leave_while_paying(monkeypatch) is False


def test_who_left_before_is_not_paid_for() -> None:
    company, member, charge = member_with_debt()
    checkout = start_checkout([charge], user=make_manager(company).user, company=company, language="en")
    CompanyMembership.objects.filter(pk=member.pk).update(active=False)
    results = all_at_once([lambda: start_card_payment(checkout, email="a@example.test")] * 6)
    assert {getattr(result, "code", "") for result in results} == {"company-left"}
    assert Payment.objects.count() == 0
