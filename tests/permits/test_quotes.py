"""What a permit costs, and why."""

from datetime import UTC, date, datetime
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from opscom.lib.dates import Period, end_of_day, start_of_day
from opscom.lib.proration import Proration
from payments.cancellation import Policy, money_back
from payments.payables import payable_for
from permits.errors import PermitRefused
from permits.models import PermitType, SalesWindow, WindowPrice
from permits.services.offers import find_offer
from permits.services.quotes import quote_permit, quote_price
from tests.factories import make_lot, make_permit, make_user, make_window

D = date.fromisoformat
NOON = datetime(2026, 4, 1, 16, tzinfo=UTC)  # noon in Toronto


def quoted(
    price: str, unit: str, on: str, *, first: str = "2026-01-01", before: str = "2027-01-01", until: str = ""
) -> tuple[Decimal, str]:
    """The amount of a permit that begins on that day, and its first reason."""
    permit_type = PermitType(proration=unit)
    window = SalesWindow(permit_type=permit_type, valid_from=D(first), valid_before=D(before))
    quote = quote_price(window, Decimal(price), period=Period(D(on), D(until or before)), step=None)
    return quote.amount, "".join(str(reason) for reason in quote.reasons[:1])


@pytest.mark.parametrize(
    ("price", "unit", "on", "amount", "said"),
    [
        ("593.25", "day", "2026-04-01", "446.97", "prorated: 275 of 365 days"),
        ("593.25", "none", "2026-04-01", "593.25", ""),
        ("593.25", "day", "2026-01-01", "593.25", ""),
        ("593.25", "day", "2026-01-02", "591.62", "prorated: 364 of 365 days"),
        ("593.25", "day", "2026-12-31", "1.63", "prorated: 1 of 365 days"),
        ("593.25", "month", "2026-01-31", "593.25", ""),
        ("593.25", "month", "2026-02-01", "543.81", "prorated: 11 of 12 months"),
        ("593.25", "month", "2026-04-30", "444.94", "prorated: 9 of 12 months"),
        ("593.25", "month", "2026-12-31", "49.44", "prorated: 1 of 12 months"),
        ("0.50", "day", "2026-12-31", "0.01", "prorated: 1 of 365 days"),
    ],
)
def test_late_purchase_pays_what_is_left(price: str, unit: str, on: str, amount: str, said: str) -> None:
    assert quoted(price, unit, on) == (Decimal(amount), said)


def test_leap_day_is_a_day() -> None:
    year = {"first": "2028-01-01", "before": "2029-01-01"}
    assert quoted("366.00", "day", "2028-02-29", **year) == (Decimal("307.00"), "prorated: 307 of 366 days")
    assert quoted("366.00", "day", "2028-03-01", **year)[0] == Decimal("306.00")


@pytest.mark.parametrize(
    ("on", "left"), [("2026-02-27", 3), ("2026-02-28", 2), ("2026-03-30", 2), ("2026-03-31", 1), ("2026-04-29", 1)]
)
def test_months_that_begin_on_the_31st_are_clamped(on: str, left: int) -> None:
    amount, _said = quoted("90.00", "month", on, first="2026-01-31", before="2026-04-30")
    assert amount == 30 * left


def test_period_that_ends_before_its_window_pays_for_its_days_alone() -> None:
    assert quoted("365.00", "day", "2026-01-01", until="2026-01-11") == (Decimal("10.00"), "prorated: 10 of 365 days")


def test_month_after_the_window_is_whole() -> None:
    assert quoted("30.00", "day", "2027-01-01", until="2027-02-01") == (Decimal("30.00"), "")


@pytest.mark.rule(48)
@pytest.mark.parametrize(
    ("moment", "days"),
    [
        (start_of_day(D("2026-03-08")), 24),  # 23 hours long
        (end_of_day(D("2026-03-08")), 23),
        (datetime(2026, 3, 9, 3, 59, 59, tzinfo=UTC), 24),  # 23:59:59 in Toronto, on summer time
        (datetime(2026, 3, 8, 4, 59, 59, tzinfo=UTC), 25),  # 23:59:59 of the day before, on winter time
    ],
)
def test_days_are_the_offices_when_the_clocks_change(db: None, moment: datetime, days: int) -> None:
    window = make_window(at=moment, price="31.00", valid_from=D("2026-03-01"), valid_before=D("2026-04-01"))
    window.permit_type.proration = Proration.DAY
    assert quote_permit(window, user=make_user(), at=moment).amount == Decimal(days)


@pytest.mark.rule(47)
@given(
    price=st.decimals("0.01", "9999.99", places=2),
    days=st.integers(1, 800),
    day=st.integers(0, 799),
    unit=st.sampled_from(["none", "day", "month"]),
    gone=st.integers(0, 800),
)
def test_later_is_never_dearer_and_what_comes_back_never_more_than_was_paid(
    price: Decimal, days: int, day: int, unit: str, gone: int
) -> None:
    first, before = D("2027-12-31"), date.fromordinal(D("2027-12-31").toordinal() + days)
    day = min(day, days - 1)
    amounts = [
        quoted(str(price), unit, f"{date.fromordinal(first.toordinal() + n)}", first=f"{first}", before=f"{before}")[0]
        for n in (0, day, min(day + 1, days - 1))
    ]
    assert price == amounts[0] >= amounts[1] >= amounts[2] >= Decimal("0.01")
    starts, on = date.fromordinal(first.toordinal() + day), date.fromordinal(first.toordinal() + day + gone)
    for refund in ("day", "month"):
        back = money_back(amounts[1], starts=starts, ends=before, on=on, policy=Policy(refund, 0, Decimal("5.00")))
        assert 0 <= back.amount <= amounts[1]


def yearly(unit: str) -> SalesWindow:
    """593.25 for 2026, on sale in April, prorated like that."""
    window = make_window(
        make_lot(), at=NOON, price="593.25", period="year", valid_from=D("2026-01-01"), valid_before=D("2027-01-01")
    )
    window.permit_type.proration = unit
    window.permit_type.save()
    return window


def test_what_is_offered_is_what_is_owed_with_both_sums(db: None) -> None:
    window, user = yearly("day"), make_user()
    offer = find_offer(user, window, at=NOON)
    permit = make_permit(user, window, at=NOON)
    said = "prorated: 275 of 365 days; the whole price is $593.25"
    assert offer is not None
    assert (offer.price, "; ".join(map(str, offer.quote.reasons))) == (Decimal("446.97"), said)
    assert (permit.charge.amount, permit.price_note) == (Decimal("446.97"), said)
    assert permit.charge.detail == f"April 1, 2026 to Dec. 31, 2026; {said}"


def test_next_price_is_that_of_what_is_left_then(db: None) -> None:
    window = yearly("day")
    WindowPrice.objects.create(window=window, from_day=D("2026-04-11"), amount=Decimal("730.00"))
    offer = find_offer(make_user(), window, at=NOON)
    assert offer is not None
    assert (offer.next_price, offer.next_price_from) == (Decimal("530.00"), D("2026-04-11"))  # 265 days


def test_cancelling_gives_back_days_of_the_prorated_price(db: None, resident: object) -> None:
    permit = make_permit(window=yearly("day"), at=NOON)
    payable_for(permit.charge).on_settled(permit.charge, NOON)
    paid = permit.charge.amount
    policy = Policy("day", 0, Decimal("0.00"))
    back = money_back(paid, starts=permit.valid_from, ends=permit.valid_before, on=D("2026-04-01"), policy=policy)
    assert back.amount == Decimal("445.34")  # 274 of the 275 days that were paid


def test_without_a_price_nothing_is_quoted(db: None) -> None:
    window = make_window(at=NOON)
    WindowPrice.objects.all().delete()
    with pytest.raises(PermitRefused) as refused:
        quote_permit(window, user=make_user(), at=NOON)
    assert refused.value.code == "no-price"
