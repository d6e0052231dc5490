"""What comes back of what is given up, at the ends of months, on leap days and where the clocks change (RULES 40, 48)."""

from datetime import date
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from payments.cancellation import Policy, money_back

D = date.fromisoformat


def back(paid: str, starts: str, ends: str, on: str, refund: str = "day", full: int = 0, fee: str = "0.00") -> Decimal:
    policy = Policy(refund, full, Decimal(fee))
    return money_back(Decimal(paid), starts=D(starts), ends=D(ends), on=D(on), policy=policy).amount


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-08-31", "30.00"),  # before it begins
        ("2026-09-01", "29.00"),  # its first day is used
        ("2026-09-15", "15.00"),
        ("2026-09-29", "1.00"),
        ("2026-09-30", "0.00"),  # its last day
        ("2026-10-05", "0.00"),  # it is over
    ],
)
def test_days_left_come_back(on: str, expected: str) -> None:
    assert back("30.00", "2026-09-01", "2026-10-01", on) == Decimal(expected)


@pytest.mark.parametrize(
    ("starts", "ends", "on", "expected"),
    [
        ("2026-09-01", "2027-01-01", "2026-09-01", "300.00"),  # September is used
        ("2026-09-01", "2027-01-01", "2026-09-30", "300.00"),
        ("2026-09-01", "2027-01-01", "2026-10-01", "200.00"),  # October has begun
        ("2026-09-01", "2027-01-01", "2026-12-31", "0.00"),
        ("2026-01-31", "2026-05-31", "2026-02-27", "300.00"),  # the second month begins on 28 February
        ("2026-01-31", "2026-05-31", "2026-02-28", "200.00"),
        ("2026-01-31", "2026-05-31", "2026-03-30", "200.00"),
        ("2026-01-31", "2026-05-31", "2026-03-31", "100.00"),
        ("2028-01-31", "2028-05-31", "2028-02-28", "300.00"),  # in a leap year on the 29th
        ("2028-01-31", "2028-05-31", "2028-02-29", "200.00"),
        ("2028-02-29", "2032-02-29", "2028-03-28", "391.67"),  # 47 of 48 months
        ("2026-09-15", "2026-12-20", "2026-09-20", "300.00"),  # the last, short month counts as one
    ],
)
def test_whole_months_left_come_back(starts: str, ends: str, on: str, expected: str) -> None:
    assert back("400.00", starts, ends, on, "month") == Decimal(expected)


def test_day_counts_are_days_where_the_clocks_change() -> None:
    # 8 March 2026 has 23 hours and 1 November 2026 has 25: they are days like others
    assert back("31.00", "2026-03-01", "2026-04-01", "2026-03-08") == Decimal("23.00")
    assert back("30.00", "2026-11-01", "2026-12-01", "2026-11-01") == Decimal("29.00")


def test_leap_day_is_a_day() -> None:
    assert back("29.00", "2028-02-01", "2028-03-01", "2028-02-28") == Decimal("1.00")
    assert back("366.00", "2028-01-01", "2029-01-01", "2028-02-29") == Decimal("306.00")


@pytest.mark.parametrize(("on", "expected"), [("2026-09-03", "30.00"), ("2026-09-04", "21.00")])
def test_everything_without_a_fee_for_some_days(on: str, expected: str) -> None:
    assert back("30.00", "2026-09-01", "2026-10-01", on, full=3, fee="5.00") == Decimal(expected)


def test_fee_takes_no_more_than_there_is() -> None:
    assert back("30.00", "2026-09-01", "2026-10-01", "2026-09-28", fee="5.00") == Decimal("0.00")


def test_nothing_is_nothing() -> None:
    assert back("30.00", "2026-09-01", "2026-10-01", "2026-09-02", "nothing") == Decimal("0.00")


def test_cents_are_rounded_half_up() -> None:
    assert back("0.25", "2026-09-01", "2026-09-11", "2026-09-03", "day") == Decimal("0.18")  # 0.175


@given(
    paid=st.decimals("0.01", "9999.99", places=2),
    days=st.integers(1, 800),
    gone=st.integers(-30, 900),
    refund=st.sampled_from(["nothing", "day", "month", "steps"]),
    fee=st.decimals("0.00", "50.00", places=2),
)
def test_never_more_than_paid_never_less_than_nothing_and_less_each_day(
    paid: Decimal, days: int, gone: int, refund: str, fee: Decimal
) -> None:
    starts = D("2027-12-31")

    def on(day: int) -> Decimal:
        when = date.fromordinal(starts.toordinal() + day)
        ends = date.fromordinal(starts.toordinal() + days)
        return money_back(paid, starts=starts, ends=ends, on=when, policy=Policy(refund, 0, fee)).amount

    assert 0 <= on(gone + 1) <= on(gone) <= paid


@pytest.mark.parametrize(
    ("on", "expected"),
    [
        ("2026-08-23", "200.00"),  # before it begins
        ("2026-08-24", "150.00"),
        ("2026-09-22", "150.00"),  # its thirtieth day
        ("2026-09-23", "100.00"),
        ("2026-10-23", "50.00"),
        ("2026-11-22", "0.00"),
        ("2026-12-31", "0.00"),
    ],
)
def test_percentage_falls_in_steps(on: str, expected: str) -> None:
    assert back("200.00", "2026-08-24", "2027-01-01", on, "steps") == Decimal(expected)


@pytest.mark.parametrize(
    ("paid", "on", "expected"),
    [
        ("30.00", "2026-09-20", "5.00"),  # 10.00 less the fee is just enough
        ("30.00", "2026-09-21", "0.00"),  # 4.00 is not
        ("4.00", "2026-08-31", "4.00"),  # all of it comes back before the permit begins
    ],
)
def test_what_is_below_the_least_refund_is_not_paid_out(paid: str, on: str, expected: str) -> None:
    policy = Policy("day", 1, Decimal("5.00"), least=Decimal("5.00"))
    got = money_back(Decimal(paid), starts=D("2026-09-01"), ends=D("2026-10-01"), on=D(on), policy=policy)
    assert got.amount == Decimal(expected)
