"""One reference of the agency brings its money once, whoever else brings it at the same moment, on PostgreSQL."""

import threading
from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from payments.models import Payment
from tests.factories import change_office, make_user, make_vehicle, make_violation
from tests.together import all_at_once, without_row_locks
from violations.errors import ViolationRefused
from violations.models import CollectionsCase, CollectionsPayment, TicketNotice
from violations.services.collecting import paying
from violations.services.collecting.sending import send_to_collections

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def begun(staff: User) -> CollectionsCase:
    """A ticket of $50 at the agency, with a reference whose money was never booked."""
    change_office(collections_days=30)
    now = timezone.now()
    ticket = make_violation(make_vehicle(make_user()), issued_at=now - timedelta(days=100))
    TicketNotice.objects.create(violation=ticket, step="last", at=now - timedelta(days=31))
    case = send_to_collections(by=staff, at=now).cases.get()
    CollectionsPayment.objects.create(case=case, reference="A-1", amount=Decimal(20), by=staff)
    return case


def bring(case: CollectionsCase, staff: User) -> CollectionsPayment:
    return paying.take_payment(case, amount=Decimal("20.00"), reference="A-1", by=staff)


def test_reference_brought_four_times_at_once_is_booked_once(staff: User) -> None:
    case = begun(staff)
    results = all_at_once([lambda: bring(case, staff)] * 4)
    refused = [result for result in results if isinstance(result, ViolationRefused)]
    assert [result.code for result in refused] == ["known"] * 3
    assert Payment.objects.get().received == Decimal("20.00")


def test_control_without_locks_it_is_booked_twice(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    case = begun(staff)
    both, look = threading.Barrier(2), paying._row_of

    def look_together(*given: Any) -> CollectionsPayment:
        row = look(*given)
        both.wait(20)  # before anything is written, since a write holds its row until the end
        return row

    without_row_locks(monkeypatch)
    monkeypatch.setattr(paying, "_row_of", look_together)
    results = all_at_once([lambda: bring(case, staff)] * 2)
    assert [type(result).__name__ for result in results] == ["CollectionsPayment"] * 2, results
    assert Payment.objects.count() == 2
