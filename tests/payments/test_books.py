"""Closed periods: nothing is booked in them any more, and who closed and opened them stays to be read."""

from datetime import date, datetime, timedelta
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest
from auditlog.models import LogEntry
from django.contrib.auth.models import Group
from django.db import IntegrityError, transaction
from django.test import Client
from django.utils import timezone
from time_machine import travel

from accounts.models import User
from opscom.lib.dates import start_of_day, today
from payments.errors import LockedPeriod, PaymentRefused
from payments.models import BookLock, LedgerEntry, Payment
from payments.services.attempts import resolve_payment
from payments.services.books import lift_lock, lock_books, locked_through
from payments.services.settle import record_money
from tests.conftest import sign_in
from tests.factories import make_user
from tests.payments.conftest import pay_at_provider
from tests.payments.views.counting import queries

YESTERDAY = timedelta(days=1)
TORONTO = ZoneInfo("America/Toronto")
pytestmark = pytest.mark.django_db


@pytest.fixture
def lock(staff: User) -> BookLock:
    """Closed through yesterday."""
    return lock_books(today() - YESTERDAY, by=staff, reason="Month closed")


def test_nothing_is_booked_on_a_locked_day(payment: Payment, lock: BookLock) -> None:
    end_of_it = start_of_day(today()) - timedelta(microseconds=1)
    with pytest.raises(LockedPeriod, match="locked through"):
        record_money(payment, received=payment.amount, account="card", at=end_of_it)
    payment.refresh_from_db()
    assert (payment.state, LedgerEntry.objects.count()) == ("redirected", 0)
    record_money(payment, received=payment.amount, account="card", at=end_of_it + timedelta(microseconds=1))
    assert LedgerEntry.objects.count() == 3


def test_day_after_the_lock_is_open(payment: Payment, staff: User) -> None:
    lock_books(today() - 2 * YESTERDAY, by=staff, reason="Month closed")
    record_money(payment, received=payment.amount, account="card", at=timezone.now() - YESTERDAY)
    assert LedgerEntry.objects.count() == 3


def test_late_money_of_a_locked_day_is_booked_today(payment: Payment, staff: User) -> None:
    pay_at_provider(payment)
    with travel(timezone.now() + timedelta(days=3)):
        lock_books(today() - YESTERDAY, by=staff, reason="Month closed")
        resolve_payment(payment)
        assert {today(at) for at in LedgerEntry.objects.values_list("at", flat=True)} == {today()}


def test_what_is_booked_today_asks_for_no_lock(payment: Payment, lock: BookLock) -> None:
    entry = LedgerEntry(payment=payment, account="card", amount=Decimal("1.00"), key="a")
    other = LedgerEntry(payment=payment, account="surplus", amount=Decimal("-1.00"), key="b")
    from payments.services.ledger import book

    with queries(1):
        book([entry, other])


@pytest.mark.parametrize("days", [0, 1])
def test_day_that_is_not_over_cannot_be_locked(staff: User, days: int) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        lock_books(today() + timedelta(days=days), by=staff, reason="Too soon")
    assert refusal.value.code == "not-over"


def test_day_is_over_at_midnight_of_the_office(staff: User) -> None:
    with travel(datetime(2026, 12, 1, 0, 0, 1, tzinfo=TORONTO)):
        assert lock_books(date(2026, 11, 30), by=staff, reason="Month closed").through == date(2026, 11, 30)


def test_lock_needs_a_reason_and_a_later_day_than_the_last(lock: BookLock, staff: User) -> None:
    for through, reason, code in (
        (lock.through, "Again", "locked-already"),
        (lock.through - YESTERDAY, "Earlier", "locked-already"),
    ):
        with pytest.raises(PaymentRefused) as refusal:
            lock_books(through, by=staff, reason=reason)
        assert refusal.value.code == code
    lift_lock(lock, by=staff, reason="Mistaken")
    with pytest.raises(PaymentRefused) as refusal:
        lock_books(lock.through, by=staff, reason="")
    assert refusal.value.code == "reason"


def test_lifting_needs_a_reason(lock: BookLock, staff: User) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        lift_lock(lock, by=staff, reason=" ")
    assert refusal.value.code == "reason"


def test_lifting_goes_back_to_the_earlier_lock(lock: BookLock, staff: User) -> None:
    BookLock.objects.create(through=lock.through - timedelta(days=30), by=staff, reason="Month before")
    lift_lock(lock, by=staff, reason="Auditor's correction")
    assert locked_through() == lock.through - timedelta(days=30)
    with pytest.raises(PaymentRefused) as refusal:
        lift_lock(lock, by=staff, reason="Again")
    assert refusal.value.code == "lifted"


def test_database_lifts_no_lock_without_a_reason(lock: BookLock, staff: User) -> None:
    with pytest.raises(IntegrityError), transaction.atomic():
        BookLock.objects.update(lifted_at=timezone.now(), lifted_by=staff)


# The office ---------------------------------------------------------------------------------------------------------


@pytest.fixture
def finance(db: None) -> Client:
    """Somebody of Finance."""
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Finance"))
    return sign_in(Client(), user)


def test_finance_locks_and_lifts_with_reasons_and_the_audit_trail_keeps_both(finance: Client) -> None:
    day = today() - YESTERDAY
    page = finance.post("/admin/payments/booklock/add/", {"through": day.isoformat(), "reason": "Month closed"})
    assert page.status_code == 302
    lock = BookLock.objects.get()
    assert (lock.through, lock.reason, locked_through()) == (day, "Month closed", day)
    address = f"/admin/payments/booklock/{lock.pk}/change/"
    assert finance.post(address, {"lifted_reason": ""}).status_code == 200
    assert locked_through() == day
    assert finance.post(address, {"lifted_reason": "Auditor asked"}).status_code == 302
    lock.refresh_from_db()
    assert (lock.lifted_reason, lock.lifted_by, locked_through()) == ("Auditor asked", lock.by, None)
    assert [entry.get_action_display() for entry in LogEntry.objects.get_for_object(lock)] == ["update", "create"]


def test_office_cannot_lock_today(finance: Client) -> None:
    page = finance.post("/admin/payments/booklock/add/", {"through": today().isoformat(), "reason": "Now"})
    assert "Only days that are over can be locked." in page.content.decode()
    assert BookLock.objects.count() == 0


def test_lifted_lock_is_only_to_be_read(finance: Client, lock: BookLock, staff: User) -> None:
    lift_lock(lock, by=staff, reason="Auditor asked")
    address = f"/admin/payments/booklock/{lock.pk}/change/"
    assert "Auditor asked" in finance.get(address).content.decode()
    assert finance.post(address, {"lifted_reason": "Other words"}).status_code == 403
