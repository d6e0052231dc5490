"""Prices of temporary parking: a period and rates in, lines and a sum out."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from permits.rates import HourRate, NoPrice, Rates, days_of, price_of

QUARTER = timedelta(minutes=15)
WORKDAYS = frozenset({1, 2, 3, 4, 5})
GRID = (
    HourRate("Nights", Decimal("0.50"), until_hour=8),
    HourRate("Days", Decimal("3.00"), WORKDAYS, 8, 18),
    HourRate("Weekends", Decimal("1.25"), frozenset({6, 7}), 8, 18),
    HourRate("Evenings", Decimal("1.00"), from_hour=18),
)


def at(*when: int) -> datetime:
    return timezone.make_aware(datetime(*when))  # type: ignore[arg-type]  # noqa: DTZ001


def flat(
    hourly: str | None = "2.00", daily: str | None = None, weekly: str | None = None, block: tuple[int, str] = (0, "")
) -> Rates:
    price, day, week, some = (Decimal(text) if text else None for text in (hourly, daily, weekly, block[1]))
    return Rates((HourRate("", price),) if price else (), day, week, block[0], some)


def shown(start: datetime, end: datetime, rates: Rates) -> tuple[str, list[str]]:
    price = price_of(start, end, rates)
    return str(price.amount), [str(line) for line in price.lines]


@pytest.mark.parametrize(
    ("hours", "rates", "amount", "lines"),
    [
        (3, flat(), "6.00", ["3 h × $2.00"]),
        (1.25, flat(), "2.50", ["1 h 15 min × $2.00"]),
        (6, flat(daily="10.00"), "10.00", ["1 day × $10.00"]),
        (26, flat(daily="10.00"), "14.00", ["1 day × $10.00", "2 h × $2.00"]),
        (26, flat(None, daily="10.00"), "20.00", ["2 days × $10.00"]),
        (24 * 4, flat(daily="10.00", weekly="40.00"), "40.00", ["4 days × $10.00"]),
        (24 * 5, flat(daily="10.00", weekly="40.00"), "40.00", ["1 week × $40.00"]),
        (24 * 8, flat(daily="10.00", weekly="40.00"), "50.00", ["1 week × $40.00", "1 day × $10.00"]),
        (24 * 30, flat(daily="10.00", weekly="40.00"), "180.00", ["4 weeks × $40.00", "2 days × $10.00"]),
        (24 * 8, flat(None, weekly="40.00"), "80.00", ["2 weeks × $40.00"]),
        (24 * 2, flat(None, "19.74", "42.83", (2, "28.54")), "28.54", ["1 block of 2 days × $28.54"]),
        (
            24 * 9,
            flat(None, "19.74", "42.83", (2, "28.54")),
            "71.37",
            ["1 week × $42.83", "1 block of 2 days × $28.54"],
        ),
        (24 * 30, flat(None, "5.00", "10.00", (30, "35.00")), "35.00", ["1 block of 30 days × $35.00"]),
        (24 * 7, flat(None, "10.00", None, (7, "20.00")), "20.00", ["1 week × $20.00"]),  # a block that is a week long
        (24 * 7, flat(None, "10.00", "40.00", (7, "20.00")), "20.00", ["1 week × $20.00"]),
        (24 * 7, flat(None, "10.00", "15.00", (7, "20.00")), "15.00", ["1 week × $15.00"]),
    ],
)
def test_flat_rates_take_the_cheapest_combination(hours: float, rates: Rates, amount: str, lines: list[str]) -> None:
    start = at(2026, 6, 1, 14)
    assert shown(start, start + timedelta(hours=hours), rates) == (amount, lines)


def test_hours_of_the_week_cross_midnight_and_weekend() -> None:
    friday, saturday = at(2026, 6, 5, 16, 30), at(2026, 6, 6, 9, 15)
    assert shown(friday, saturday, Rates(GRID)) == (
        "16.06",  # 8 × 0.50 + 1.5 × 3.00 + 1.25 × 1.25 + 6 × 1.00
        [
            "8 h × $0.50 (Nights)",
            "1 h 30 min × $3.00 (Days)",
            "1 h 15 min × $1.25 (Weekends)",
            "6 h × $1.00 (Evenings)",
        ],
    )


@pytest.mark.rule(48)
@pytest.mark.parametrize(
    ("first", "last", "hours"),
    [
        ((2026, 3, 8, 0), (2026, 3, 8, 6), 5),
        ((2026, 11, 1, 0), (2026, 11, 1, 6), 7),
        ((2026, 3, 7, 0), (2026, 3, 8, 0), 24),
    ],
)
def test_hours_are_real_hours_where_the_clocks_change(
    first: tuple[int, ...], last: tuple[int, ...], hours: int
) -> None:
    assert price_of(at(*first), at(*last), flat()).amount == Decimal(2 * hours)
    assert price_of(at(*first), at(*last), Rates(GRID)).amount == Decimal("0.50") * hours + (
        0 if hours < 24 else 10 * Decimal("0.75") + 6 * Decimal("0.50")
    )


@pytest.mark.rule(48)
def test_a_day_ends_at_the_same_time_of_the_clock() -> None:
    start, end = at(2026, 10, 31, 14), at(2026, 11, 2, 14)
    days = list(days_of(start, end))
    assert [last - first for first, last in days] == [timedelta(hours=25), timedelta(hours=24)]
    assert price_of(start, end, flat(daily="10.00")).amount == Decimal("20.00")


def test_a_gap_in_the_prices_is_refused_unless_a_day_or_week_covers_it() -> None:
    gap = tuple(rate for rate in GRID if rate.name != "Evenings")
    start, end = at(2026, 6, 5, 16), at(2026, 6, 5, 19)
    with pytest.raises(NoPrice):
        price_of(start, end, Rates(gap))
    assert price_of(start, end, Rates(gap, daily=Decimal(8))).amount == Decimal(8)
    with pytest.raises(NoPrice):
        price_of(start, end, Rates())


prices = st.decimals(0, 30, places=2)
maybe = st.none() | st.decimals(0, 99, places=2)
grids = st.lists(prices, min_size=1, max_size=4).map(
    lambda amounts: tuple(
        HourRate(str(n), amount, from_hour=6 * n, until_hour=24 if n == len(amounts) - 1 else 6 * n + 6)
        for n, amount in enumerate(amounts)
    )
)
starts = st.integers(0, 4 * 24 * 300).map(lambda n: at(2026, 1, 1) + n * QUARTER)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(start=starts, quarters=st.integers(1, 1000), more=st.integers(0, 1000), hours=grids, daily=maybe, weekly=maybe)
def test_longer_never_costs_less(
    start: datetime,
    quarters: int,
    more: int,
    hours: tuple[HourRate, ...],
    daily: Decimal | None,
    weekly: Decimal | None,
) -> None:
    rates = Rates(hours, daily, weekly)
    shorter = price_of(start, start + quarters * QUARTER, rates)
    longer = price_of(start, start + (quarters + more) * QUARTER, rates)
    assert shorter.amount <= longer.amount
    assert longer.amount == sum((line.amount for line in longer.lines), start=Decimal(0))
