"""The towing charge of a ticket."""

from decimal import Decimal
from uuid import uuid4

import pytest

from accounts.models import User
from payments.services.promises import process_manually, promise_payment
from tests.factories import make_checkout, make_offence, make_violation
from violations.errors import ViolationRefused
from violations.models import Violation
from violations.services.debts import open_charges
from violations.services.escalate import apply_due
from violations.services.quick import write_quickly
from violations.services.towing import add_towing
from violations.services.verbs import void_violation


def test_towing_is_a_charge_of_its_own_without_a_discount_and_once(ticket: Violation, staff: User) -> None:
    fee = add_towing(ticket, amount=Decimal("120.00"), by=staff, reason="Fire route")
    assert [charge.amount for charge in open_charges(ticket)] == [Decimal("50.00"), Decimal("120.00")]
    assert (fee.charge.description, fee.charge.reduced_amount) == ("Ticket TT-10133, towing", None)
    assert ticket.events.latest("pk").reason == "towing 120.00: Fire route"
    with pytest.raises(ViolationRefused):
        add_towing(ticket, amount=Decimal("1.00"), by=staff)


def test_ticket_is_paid_with_its_towing(ticket: Violation, staff: User) -> None:
    fee = add_towing(ticket, amount=Decimal("120.00"), by=staff)
    for charge, state in ((ticket.charge, "open"), (fee.charge, "paid")):
        payment = promise_payment(make_checkout([charge]), email="a@example.test")
        process_manually(payment, received=payment.amount, by=staff)
        ticket.refresh_from_db()
        assert ticket.state == state


def test_towing_does_not_stand_for_a_late_fee_and_ends_with_the_ticket(staff: User, db: None) -> None:
    offence = make_offence()
    offence.steps.create(after_days=1, act="add", amount=Decimal("25.00"))
    ticket = make_violation(offence=offence)
    Violation.objects.filter(pk=ticket.pk).update(issued_at=ticket.issued_at.replace(year=2025))
    add_towing(ticket, amount=Decimal("120.00"), by=staff)
    assert len(apply_due(ticket.pk)) == 1
    void_violation(ticket, by=staff, reason="Wrong plate")
    assert list(open_charges(ticket)) == []


def test_officer_sends_towing_twice_and_it_is_one_charge(staff: User, db: None) -> None:
    key, offence = uuid4(), make_offence()
    for _twice in range(2):
        written = write_quickly(
            Violation(offence=offence, amount=offence.amount, issued_at=make_violation().issued_at, plate="ABC123"),
            key=key, photos=[], by=staff, warning=False, sure=True, towing=Decimal("120.00"),
        )  # fmt: skip
    assert [charge.amount for charge in open_charges(written)] == [Decimal("50.00"), Decimal("120.00")]


def test_warning_owes_no_towing(staff: User, db: None) -> None:
    with pytest.raises(ViolationRefused):
        add_towing(make_violation(warning=True), amount=Decimal("1.00"), by=staff)
