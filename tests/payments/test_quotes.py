"""Prices at a moment."""

from datetime import date, datetime
from decimal import Decimal
from zoneinfo import ZoneInfo

import pytest

from accounts.models import User
from payments.services.charges import applied_to
from payments.services.quotes import quote
from tests.factories import make_charge

TORONTO = ZoneInfo("America/Toronto")


@pytest.mark.parametrize(
    ("moment", "amount"),
    [
        (datetime(2026, 11, 28, 23, 59, 59, tzinfo=TORONTO), "30.00"),
        (datetime(2026, 11, 29, 4, 59, 59, tzinfo=ZoneInfo("UTC")), "30.00"),
        (datetime(2026, 11, 29, 0, 0, 0, tzinfo=TORONTO), "50.00"),
        (datetime(2026, 11, 29, 5, 0, 0, tzinfo=ZoneInfo("UTC")), "50.00"),
    ],
)
@pytest.mark.rule(30, 48)
def test_reduction_holds_through_the_end_of_its_last_local_day(resident: User, moment: datetime, amount: str) -> None:
    charge = make_charge(resident, reduced_amount=Decimal("30.00"), reduced_through=date(2026, 11, 28))
    [line] = quote([charge], moment, applied_to([charge]))
    assert line.amount == Decimal(amount)
    assert line.amount + line.discount == Decimal("50.00")


def test_reduction_is_for_the_whole_charge_only(resident: User) -> None:
    charge = make_charge(resident, reduced_amount=Decimal("30.00"), reduced_through=date(2030, 1, 1))
    [line] = quote([charge], datetime(2026, 11, 1, tzinfo=TORONTO), {charge.pk: Decimal("5.00")})
    assert (line.amount, line.discount) == (Decimal("45.00"), Decimal("0.00"))
