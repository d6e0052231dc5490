"""Boots fitted, and paid for, at the same moment, on PostgreSQL; each with what happens without the rule."""

import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import Mail
from payments.models import Payment
from payments.services.settle import fulfil_payment, record_money
from tests.factories import fit, make_boot, make_checkout, make_offence, make_payment, make_user, make_violation
from tests.together import all_at_once, without_row_locks
from violations.models import Boot, BootAssignment
from violations.services.boots import releasing
from violations.services.boots.fitting import fit_boot
from violations.services.boots.owing import required_charges

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
PEOPLE = 6
RULES = {
    "boot_open_once": "(boot_id)",
    "boot_open_once_a_ticket": "(violation_id)",
    "boot_open_once_a_vehicle": "(plate, plate_region, plate_type)",
}


def jobs(same: str) -> list[Callable[[], object]]:
    """So many officers at once: with one boot for several vehicles, several boots for one ticket, or for one vehicle."""
    offence, officer, one = make_offence(boot_eligible=True), make_user(is_staff=True), make_boot()
    ticket = make_violation(offence=offence)
    made: list[Callable[[], object]] = []
    for n in range(PEOPLE):
        violation = ticket if same == "ticket" else make_violation(offence=offence, plate=f"P{n * (same == 'boot')}")
        made.append(partial(fit_boot, violation, boot=one if same == "boot" else make_boot(), by=officer))
    return made


@pytest.mark.parametrize("same", ["boot", "ticket", "vehicle"])
def test_officers_at_once_fit_one_boot(same: str) -> None:
    answers = Counter(type(answer).__name__ for answer in all_at_once(jobs(same)))
    assert answers == {"BootAssignment": 1, "ViolationRefused": PEOPLE - 1}
    assert BootAssignment.objects.open().count() == Boot.objects.filter(state="vehicle").count() == 1


def test_without_the_rules_of_the_database_one_vehicle_gets_many_boots() -> None:
    """The control: the row locks alone see no other boot of the same vehicle."""
    where = "WHERE state IN ('fitted', 'released', 'overdue')"
    with connection.cursor() as cursor:
        for name in RULES:
            cursor.execute(f"DROP INDEX {name}")
    try:
        answers = Counter(type(answer).__name__ for answer in all_at_once(jobs("vehicle")))
        assert answers == {"BootAssignment": PEOPLE}
    finally:
        with connection.cursor() as cursor:
            cursor.execute("TRUNCATE violations_bootassignment CASCADE")
            for name, columns in RULES.items():
                more = " AND NOT (plate = '')" if "plate" in columns else ""
                cursor.execute(f"CREATE UNIQUE INDEX {name} ON violations_bootassignment {columns} {where}{more}")


def paid_apart() -> list[Callable[[], object]]:
    """Ticket, fee and deposit in a payment each, the money of all booked, to be fulfilled at once."""
    payments: list[Payment] = []
    for charge in required_charges(fit()).order_by("pk"):
        checkout = make_checkout([charge])
        checkout.email = "guest@example.test"
        checkout.save(update_fields=["email"])
        payments.append(make_payment(checkout))
    for payment in payments:
        record_money(payment, received=payment.amount, account="card", at=timezone.now())
    return [partial(fulfil_payment, payment) for payment in payments]


@pytest.mark.rule(33)
def test_three_payments_at_once_give_one_code() -> None:
    all_at_once(paid_apart())
    assignment = BootAssignment.objects.get()
    assert assignment.state == "released"
    assert [event.to_state for event in assignment.events.all()] == ["fitted", "released"]
    assert Mail.objects.filter(kind="boot_code").count() == 1


def test_without_the_lock_the_code_is_given_more_than_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: everybody has looked before anybody writes."""
    barrier, ask = threading.Barrier(3), required_charges

    def look(assignment: BootAssignment) -> object:
        found = ask(assignment)
        barrier.wait(20)
        return found

    work = paid_apart()
    without_row_locks(monkeypatch)
    monkeypatch.setattr(releasing, "required_charges", look)
    all_at_once(work)
    assert [event.to_state for event in BootAssignment.objects.get().events.all()].count("released") == 3
