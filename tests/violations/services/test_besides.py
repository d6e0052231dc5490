"""What is owed beside a fine: the look-up of an owner and fees of the office."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from opscom.lib.append_only import rewriting_history
from payments.models import Charge, Payment
from tests.factories import change_office, make_appeal, make_checkout, make_payment, make_violation
from violations.errors import ViolationRefused
from violations.models import Appeal, Violation
from violations.services.besides import add_fee, charge_lookup, charge_lookups, lookups_to_charge
from violations.services.debts import open_charges
from violations.services.owner_lookup import make_batch, read_answer
from violations.services.towing import add_towing
from violations.services.verbs import void_violation

HEAD = "reference,plate,name,address,error\n"


def test_owner_lookup_is_charged_once_to_owed_tickets_whose_owner_is_found(staff: User) -> None:
    change_office(owner_lookup_fee=Decimal("25.00"))
    found, unknown, void = (make_violation(plate=plate) for plate in ("AAA1", "BBB2", "CCC3"))
    batch = make_batch("CA-ON", by=staff)
    lines = {item.violation_id: f"{item.pk},{item.violation.plate}" for item in batch.items.select_related("violation")}
    void_violation(void, by=staff, reason="Wrong plate")
    text = f"{HEAD}{lines[found.pk]},Jo Poe,1 Main St,\n{lines[unknown.pk]},,,No such plate\n{lines[void.pk]},Al Poe,1 Main St,\n"
    for _twice in range(2):
        read_answer(batch, text)
    change_office(owner_lookup_fee=Decimal("99.00"))  # from the next answer on
    assert [charge_lookups() for _twice in range(2)] == [1, 0]
    fees = [(fee.violation, fee.kind, fee.charge.amount) for fee in found.late_fees.select_related("violation")]
    assert fees == [(found, "lookup", Decimal("25.00"))]
    assert [charge.description for charge in open_charges(found)][1] == f"Ticket {found.number}, owner look-up"
    assert [ticket.late_fees.count() for ticket in (unknown, void)] == [0, 0]
    assert found.events.latest("pk").reason == "owner look-up $25.00"


def test_owner_lookup_waits_until_the_ticket_can_take_its_fee(
    staff: User, django_capture_on_commit_callbacks: Any
) -> None:
    change_office(owner_lookup_fee=Decimal("25.00"))
    paying, agency, appealed = tickets = [make_violation(plate=plate) for plate in ("AAA1", "BBB2", "CCC3")]
    assert agency.charge is not None
    payment = make_payment(make_checkout([paying.charge], None))
    Charge.objects.filter(pk=agency.charge.pk).update(in_collections=True)
    appeal = make_appeal(violation=appealed)
    Appeal.objects.filter(pk=appeal.pk).update(state="submitted", submitted_at=timezone.now())
    items = make_batch("CA-ON", by=staff).items.select_related("violation", "batch")
    text = HEAD + "".join(f"{item.pk},{item.violation.plate},Jo Poe,1 Main St,\n" for item in items)
    with django_capture_on_commit_callbacks() as hints:
        read_answer(items[0].batch, text)
    assert (len(hints), lookups_to_charge(), [charge_lookup(item.pk) for item in items]) == (1, [], [None] * 3)
    Payment.objects.filter(pk=payment.pk).update(state="failed")
    Charge.objects.filter(pk=agency.charge.pk).update(in_collections=False)
    with rewriting_history():
        appeal.delete()
    assert charge_lookups() == 3
    assert [ticket.late_fees.get().kind for ticket in tickets] == ["lookup"] * 3


def test_staff_add_a_fee_that_its_payer_reads_beside_others(ticket: Violation, staff: User) -> None:
    add_towing(ticket, amount=Decimal("120.00"), by=staff)
    for _twice in range(2):
        fee = add_fee(ticket, amount=Decimal("50.00"), name="frivolous appeal", by=staff, reason="Second one")
    assert (fee.charge.description, fee.charge.payer) == (
        f"Ticket {ticket.number}, frivolous appeal",
        ticket.charge and ticket.charge.payer,
    )
    assert [charge.amount for charge in open_charges(ticket)][1:] == [Decimal(120), Decimal(50), Decimal(50)]
    assert ticket.events.latest("pk").reason == "fee 50.00, frivolous appeal: Second one"
    with pytest.raises(ViolationRefused):
        add_fee(make_violation(warning=True), amount=Decimal("1.00"), name="fee", by=staff, reason="No")


@pytest.mark.rule(25)
def test_nothing_is_added_while_the_ticket_is_being_paid(ticket: Violation, staff: User) -> None:
    assert ticket.charge is not None
    make_payment(make_checkout([ticket.charge], None))
    with pytest.raises(ViolationRefused, match="under way"):
        add_fee(ticket, amount=Decimal("50.00"), name="fee", by=staff, reason="Second one")
    with pytest.raises(ViolationRefused, match="under way"):
        add_towing(ticket, amount=Decimal("120.00"), by=staff)
    assert ticket.late_fees.count() == 0
