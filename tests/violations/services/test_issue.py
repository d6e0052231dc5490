"""Tickets are written with a number of their own, and taken back with nothing lost."""

import threading
from decimal import Decimal
from typing import Any

import pytest
from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from pytest_django.fixtures import Settings

from accounts.models import User
from payments.models import Charge
from payments.services.settle import record_money
from tests.factories import make_checkout, make_offence, make_payment, make_vehicle, make_violation
from tests.together import all_at_once
from violations.errors import ViolationRefused
from violations.models import TicketSeries, Violation
from violations.services.issue import spoil_violation
from violations.services.numbering import next_number


def test_numbers_run_on_and_leave_those_of_others_alone(db: None) -> None:
    assert [make_violation().number, make_violation().number] == ["TT-10001", "TT-10002"]
    for foreign in ("TT-ABC", "TT-99999999999999", "5009999", "TTX-77777"):
        make_violation(number=foreign)
    make_violation(number=" tt–10003 ")
    make_violation(number="TT-10050")
    assert make_violation().number == "TT-10051"  # its own next one was taken by an import
    assert make_violation().number == "TT-10052"


def test_series_begins_behind_what_an_import_brought(db: None) -> None:
    make_violation(number="TT-20500")
    assert make_violation().number == "TT-20501"


def test_number_that_was_rolled_back_is_given_again(db: None) -> None:
    make_violation()
    with pytest.raises(ViolationRefused), transaction.atomic():
        assert make_violation().number == "TT-10002"
        raise ViolationRefused("never mind")
    assert make_violation().number == "TT-10002"


def test_pin_is_kept_sealed_and_not_twice_alike(ticket: Violation) -> None:
    other = make_violation(pin="3K")
    kept = Violation.objects.order_by("pk").values_list("sealed_pin", flat=True)
    assert [violation.full_number for violation in (ticket, other)] == ["TT-10133-3K", f"{other.number}-3K"]
    assert (len(set(kept)), [len(sealed) for sealed in kept]) == (2, [100, 100])


def test_without_a_key_no_ticket_is_written(settings: Settings, db: None) -> None:
    settings.SEALING_KEYS = []
    with pytest.raises(ViolationRefused, match="SEALING_KEYS"):
        make_violation()
    assert not Violation.objects.exists()


def test_charge_says_what_for_and_until_when(resident: User) -> None:
    violation = make_violation(
        make_vehicle(resident), offence=make_offence(description="No Permit"), location="Lot P30"
    )
    charge = violation.charge
    assert charge
    assert (charge.payer, charge.amount, charge.reduced_amount) == (resident, Decimal("50.00"), Decimal("30.00"))
    assert (charge.description, charge.detail, charge.link) == (
        "Ticket TT-10001",
        "No Permit, Lot P30",
        "/tickets/TT-10001/",
    )
    assert violation.vehicle
    assert violation.vehicle.plate == violation.plate


def test_charge_speaks_the_language_of_its_payer(resident: User) -> None:
    resident.language = "fr"
    resident.save()
    charges = [make_violation(make_vehicle(driver)).charge for driver in (resident, None)]
    assert [charge and charge.description for charge in charges] == ["Contravention TT-10001", "Ticket TT-10002"]


def test_fine_below_the_reduction_has_none(db: None) -> None:
    charge = make_violation(amount=Decimal("20.00")).charge
    assert charge
    assert (charge.amount, charge.reduced_amount, charge.reduced_through) == (Decimal("20.00"), None, None)


def test_spoil_voids_ticket_and_charge(staff: User) -> None:
    violation = spoil_violation(make_violation(), by=staff, reason="Wrong plate")
    assert violation.state == "void"
    assert Charge.objects.get().state == "void"


def test_spoil_of_a_warning_voids_it(staff: User) -> None:
    assert spoil_violation(make_violation(warning=True), by=staff, reason="Wrong plate").state == "void"


def test_spoil_of_a_paid_ticket_is_refused_also_before_it_is_handed_over(staff: User) -> None:
    violation = make_violation()
    assert violation.charge
    payment = make_payment(make_checkout([violation.charge]))
    record_money(payment, received=payment.amount, account="card", at=timezone.now())
    for _again in range(2):
        with pytest.raises(ViolationRefused):
            spoil_violation(violation, by=staff, reason="Wrong plate")
    assert Charge.objects.get().state == "settled"


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_eight_officers_at_once_get_eight_numbers() -> None:
    offence = make_offence()
    results = all_at_once([lambda: make_violation(offence=offence).number] * 8)
    assert sorted(map(str, results)) == [f"TT-{10001 + n}" for n in range(8)]


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_control_without_a_transaction_two_officers_get_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    """The row is held until the transaction ends; here there is none."""
    TicketSeries.objects.create(prefix="TT-", last=10000)
    both_counted, update = threading.Barrier(2), QuerySet.update

    def update_and_wait(rows: QuerySet[Any], **values: Any) -> int:
        done = update(rows, **values)
        both_counted.wait(20)
        return done

    monkeypatch.setattr(QuerySet, "update", update_and_wait)
    assert all_at_once([next_number] * 2) == ["TT-10002"] * 2
