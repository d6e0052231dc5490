"""Tickets are written with a number of their own, and taken back with nothing lost."""

from decimal import Decimal

import pytest
from django.db import transaction
from django.utils import timezone

from accounts.models import User
from payments.models import Charge
from payments.services.settle import record_money
from tests.factories import make_checkout, make_offence, make_payment, make_vehicle, make_violation
from tests.together import all_at_once, without_row_locks
from violations.errors import ViolationRefused
from violations.models import Violation
from violations.services.issue import next_number, spoil_violation


def test_numbers_run_on_and_leave_those_of_others_alone(db: None) -> None:
    assert [make_violation().number, make_violation().number] == ["TT-10001", "TT-10002"]
    for foreign in ("TT-ABC", "TT-99999999999999", "5009999", "TTX-77777"):
        make_violation(number=foreign)
    make_violation(number=" tt–10050 ")
    assert make_violation().number == "TT-10051"


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
def test_control_without_the_lock_two_officers_get_one_number(monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    make_offence()
    both_asked = threading.Barrier(2)

    def ask() -> str:
        with transaction.atomic():
            number = next_number()
            both_asked.wait(20)
            return number

    without_row_locks(monkeypatch)
    assert all_at_once([ask] * 2) == ["TT-10001"] * 2
    assert Violation.objects.count() == 0
