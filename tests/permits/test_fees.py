"""Fees of the office around a permit: each is a charge that its holder owes, under a name that says what for."""

from decimal import Decimal

import pytest

from accounts.models import User
from opscom.lib.dates import today
from payments.models import Charge
from permits.models import Permit, Reprint
from permits.services.exchange import exchange_permit, quote_exchange
from permits.services.plates import change_plates
from permits.services.printing import allow_reprint, print_permit, report_lost
from tests.factories import change_office, make_permit, make_vehicle, make_window
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card

pytestmark = pytest.mark.django_db
FEE = Decimal("15.00")


@pytest.fixture
def permit(bank: Books, resident: User) -> Permit:
    """Paid by card, with CKRT418."""
    make_vehicle(resident, plate="CKRT418")
    permit = make_permit(resident, make_window(price="60.00"))
    paid_by_card([permit.charge], resident)
    return Permit.objects.select_related("charge", "holder", "permit_type").get(pk=permit.pk)


def owed(user: User) -> list[tuple[str, Decimal]]:
    fees = Charge.objects.for_user(user).filter(kind="fee", due_on=today()).order_by("pk")
    return list(fees.values_list("description", "amount"))


def test_plates_beyond_the_free_ones_cost_the_fee_each(permit: Permit) -> None:
    change_office(plate_changes=1, plate_fee=FEE)
    cars = [make_vehicle(permit.holder) for _n in range(3)]
    for wanted in (cars[:1], cars):
        change_plates(permit, vehicles=wanted, by=permit.holder)
    assert owed(permit.holder) == [(f"Permit {permit.number}, fee for changed plates", 2 * FEE)]


def test_plates_of_a_hold_cost_nothing(permit: Permit) -> None:
    change_office(plate_changes=0, plate_fee=FEE)
    hold = make_permit(permit.holder)
    change_plates(hold, vehicles=[make_vehicle(permit.holder)], by=permit.holder)
    assert (hold.plates.count(), owed(permit.holder)) == (1, [])


def test_an_exchange_costs_the_fee_once_it_takes_effect(permit: Permit) -> None:
    change_office(exchange_fee=FEE)
    window = make_window(price="70.00")
    due = quote_exchange(permit, window=window).difference
    new = exchange_permit(permit, window=window, expected=due, by=permit.holder)
    assert owed(permit.holder) == []
    paid_by_card([new.charge], permit.holder)
    assert owed(permit.holder) == [(f"Permit {new.number}, fee for the exchange", FEE)]


def test_a_lost_copy_costs_the_fee_and_one_more_that_the_office_allows_does_not(permit: Permit, staff: User) -> None:
    change_office(copy_fee=FEE)
    print_permit(permit, by=permit.holder, language="en")
    allow_reprint(permit, by=staff, reason="Illegible")
    print_permit(permit, by=permit.holder, language="en")
    assert owed(permit.holder) == []
    report_lost(permit, kind=Reprint.Kind.LOST, by=permit.holder)
    assert owed(permit.holder) == [(f"Permit {permit.number}, fee for a new copy", FEE)]
