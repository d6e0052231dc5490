"""A sum divided into instalments, and which of them are paid: whole cents, nothing lost."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.instalments import divide, due_by, rests

DAY = date(2027, 1, 31)


def cents(*amounts: str) -> list[Decimal]:
    """As amounts."""
    return [Decimal(amount) for amount in amounts]


@pytest.mark.parametrize(
    ("total", "count", "percent", "amounts"),
    [
        ("100.00", 3, 0, ("33.33", "33.33", "33.34")),
        ("100.00", 3, 20, ("20.00", "40.00", "40.00")),
        ("100.01", 4, 25, ("25.00", "25.00", "25.00", "25.01")),
    ],
)
def test_cents_that_do_not_divide_are_on_the_last_one(
    total: str, count: int, percent: int, amounts: tuple[str, ...]
) -> None:
    assert [due.amount for due in divide(Decimal(total), count, first_percent=percent, day=DAY)] == cents(*amounts)


@pytest.mark.parametrize(("total", "count", "percent"), [("0.02", 3, 0), ("0.05", 2, 90), ("10.00", 1, 0)])
def test_no_instalment_is_nothing(total: str, count: int, percent: int) -> None:
    with pytest.raises(ValueError, match="instalments"):
        divide(Decimal(total), count, first_percent=percent, day=DAY)


@pytest.mark.rule(48)
def test_days_are_months_apart_and_keep_their_day_over_short_months() -> None:
    later = [date(2027, 2, 28), date(2027, 3, 31), date(2027, 4, 30)]
    assert [due.due_on for due in divide(Decimal(90), 3, first_percent=0, day=DAY)] == later
    assert [due.due_on for due in divide(Decimal(90), 3, first_percent=10, day=DAY)] == [DAY, *later[:2]]


@pytest.mark.rule(47)
@given(
    st.integers(min_value=200, max_value=10**8), st.integers(min_value=2, max_value=24), st.integers(0, 90),
    st.integers(min_value=0, max_value=120),
)  # fmt: skip
def test_every_cent_is_due_once_and_whatever_is_left_is_spread(total: int, count: int, first: int, share: int) -> None:
    whole = Decimal(max(total, count * 100)).scaleb(-2)
    dues = divide(whole, count, first_percent=first, day=DAY)
    assert sum(due.amount for due in dues) == whole
    assert len(dues) == count
    assert min(due.amount for due in dues) > 0
    left = (whole * share / 100).quantize(Decimal("0.01"))
    unpaid = rests(dues, left)
    assert sum(unpaid) == left
    paid = [due.amount - rest for due, rest in zip(dues, unpaid, strict=True)]
    assert all(not later or not rest for rest, later in zip(unpaid, paid[1:], strict=False))  # first come the first


def test_what_is_due_is_all_that_was_missed_or_else_the_next_one() -> None:
    dues = divide(Decimal(90), 3, first_percent=0, day=DAY)  # end of February, March, April
    assert due_by(dues, Decimal(90), DAY) == (0, Decimal(30))
    assert due_by(dues, Decimal(80), date(2027, 4, 1)) == (1, Decimal(50))
    assert due_by(dues, Decimal(30), date(2027, 3, 1)) == (2, Decimal(30))
    assert due_by(dues, Decimal(0), DAY) is None
