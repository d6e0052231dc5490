"""A boot is fitted: what is in the way, what is owed from then on."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from tests.factories import (
    change_office,
    fit,
    make_boot,
    make_checkout,
    make_offence,
    make_payment,
    make_plan,
    make_user,
    make_vehicle,
    make_violation,
)
from tests.payments.refunding import paid_by_card
from violations.errors import ViolationRefused
from violations.models import Boot, BootAssignment, Violation
from violations.services.boots.fitting import fit_boot
from violations.services.boots.stock import put_back, set_code

pytestmark = pytest.mark.django_db


def test_fitting_asks_for_fee_and_deposit_with_a_lock_on_all_three() -> None:
    owner = make_user(language="fr")
    assignment = fit(make_violation(make_vehicle(owner)), location="Row C")
    charges = [assignment.violation.charge, assignment.fee, assignment.deposit]
    for charge in charges:
        assert charge is not None
        charge.refresh_from_db()
    assert [charge.amount for charge in charges if charge] == [Decimal(50), Decimal(75), Decimal(100)]
    assert {charge.payer for charge in charges if charge} == {owner}
    assert all(charge.lock for charge in charges if charge)
    assert [charge.kind for charge in charges if charge] == ["violation", "boot", "boot_deposit"]
    assert (assignment.state, assignment.location) == ("fitted", "Row C")
    assert Boot.objects.get(pk=assignment.boot_id).state == "vehicle"
    assert [event.to_state for event in assignment.events.all()] == ["fitted"]


def test_fitting_without_fee_and_deposit_makes_no_charge() -> None:
    change_office(boot_fee=Decimal(0), boot_deposit=Decimal(0))
    assignment = fit()
    assert (assignment.fee, assignment.deposit) == (None, None)


def test_code_is_kept_encrypted_and_copied_to_the_assignment() -> None:
    boot = set_code(make_boot(), "90210", by=make_user())
    assignment = fit(boot=boot)
    assert "90210" not in boot.sealed
    assert boot.sealed == assignment.sealed
    assert next(event.reason for event in boot.events.all()) == "new release code"


@pytest.mark.parametrize("code", ["offence", "not-here", "no-code", "not-owed", "assigned"])
def test_fitting_is_refused_with_its_reason(code: str) -> None:
    offence = make_offence(boot_eligible=code != "offence")
    violation, boot = make_violation(offence=offence, warning=code == "not-owed"), make_boot()
    if code == "not-here":
        fit(make_violation(plate="OTHER1"), boot)
    if code == "no-code":
        Boot.objects.update(sealed="")
    if code == "assigned":
        fit(violation)
    before = BootAssignment.objects.count()
    with pytest.raises(ViolationRefused) as refusal:
        fit_boot(violation, boot=boot, by=make_user())
    assert (refusal.value.code, BootAssignment.objects.count()) == (code, before)


def test_fitting_is_refused_while_the_ticket_is_being_paid() -> None:
    violation = make_violation(offence=make_offence(boot_eligible=True))
    assert violation.charge is not None
    make_payment(make_checkout([violation.charge], None))
    with pytest.raises(ViolationRefused) as refusal:
        fit_boot(violation, boot=make_boot(), by=make_user())
    assert refusal.value.code == "under-way"


@pytest.mark.parametrize("same", ["boot", "violation", "plate"])
def test_database_refuses_a_second_open_assignment(same: str) -> None:
    first = fit()
    other = make_violation(plate="BVLP902" if same == "plate" else "OTHER1")
    fields = {
        "boot": first.boot if same == "boot" else make_boot(),
        "violation": first.violation if same == "violation" else other,
        "plate": "BVLP902" if same == "plate" else "OTHER1",
        "plate_region": "CA-ON",
        "plate_type": "passenger",
        "sealed": "x",
        "fitted_at": first.fitted_at,
        "fitted_by": first.fitted_by,
    }
    with pytest.raises(IntegrityError), transaction.atomic():
        BootAssignment.objects.create(**fields)
    BootAssignment.objects.update(state="returned")
    BootAssignment.objects.create(**fields)
    assert BootAssignment.objects.open().count() == 1


def test_code_is_not_changed_while_the_boot_is_out(settings: object) -> None:
    boot = fit().boot
    with pytest.raises(ViolationRefused) as refusal:
        set_code(boot, "1", by=make_user())
    assert refusal.value.code == "not-here"
    settings.SEALING_KEYS = []  # type: ignore[attr-defined]
    with pytest.raises(ViolationRefused) as refusal:
        set_code(boot, "1", by=make_user())
    assert refusal.value.code == "no-key"


def test_boot_is_put_aside_and_back_but_not_while_it_is_assigned() -> None:
    staff, boot = make_user(is_staff=True), make_boot()
    assert put_back(boot, by=staff, reason="bent", damaged=True).state == "damaged"
    assert put_back(boot, by=staff, reason="repaired").state == "stock"
    with pytest.raises(ViolationRefused) as refusal:
        put_back(boot, by=staff, reason="again")
    assert refusal.value.code == "same"
    with pytest.raises(ViolationRefused) as refusal:
        put_back(fit(boot=boot).boot, by=staff, reason="x")
    assert refusal.value.code == "assigned"
    assert [event.to_state for event in boot.events.all()] == ["damaged", "stock", "vehicle"]


def test_paid_ticket_gets_no_boot() -> None:
    violation = make_violation(offence=make_offence(boot_eligible=True))
    assert violation.charge is not None
    paid_by_card([violation.charge], None)
    with pytest.raises(ViolationRefused) as refusal:
        fit_boot(Violation.objects.get(), boot=make_boot(), by=make_user())
    assert refusal.value.code == "not-owed"


def test_ticket_in_a_payment_plan_gets_no_boot() -> None:
    change_office(payment_plans=True, plan_least=1)
    owner = make_user()
    violation = make_violation(make_vehicle(owner), offence=make_offence(boot_eligible=True))
    make_plan(owner, count=2, at=timezone.now() + timedelta(days=10))
    with pytest.raises(ViolationRefused) as refusal:
        fit_boot(violation, boot=make_boot(), by=make_user())
    assert refusal.value.code == "planned"


@pytest.mark.parametrize(
    ("rules", "fits"),
    [
        ({"boot_tickets": 3}, False),
        ({"boot_tickets": 2}, True),
        ({"boot_owed": Decimal(101)}, False),
        ({"boot_owed": Decimal(100), "boot_tickets": 9}, True),
    ],
)
def test_plate_must_owe_enough_in_tickets_that_are_old_enough(rules: dict[str, Any], fits: bool) -> None:
    car = make_vehicle(make_user())
    tickets = [make_violation(car) for _n in range(3)]
    Violation.objects.filter(pk__in=[ticket.pk for ticket in tickets[:2]]).update(
        issued_at=timezone.now() - timedelta(days=22)
    )
    change_office(boot_ticket_days=21, **rules)
    if fits:
        assert fit(tickets[0]).state == "fitted"
        return
    with pytest.raises(ViolationRefused, match=r"has 2 unpaid tickets that count, \$100\.00 in all") as refusal:
        fit(tickets[0])
    assert refusal.value.code == "few"
