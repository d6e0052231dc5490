"""Set-up files of real offices (docs/offices): each is taken in by an empty portal, and a rule of it decides a sum as its
office says."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

from opscom.lib.dates import Period, today
from opscom.lib.office import office
from opscom.office.setup.taking import compare_office, set_up_office
from payments.cancellation import money_back, office_policy
from payments.models import PaymentMethod
from permits.models import Lot, PermitType, SalesWindow, Waitlist
from permits.models.sale import price_on
from permits.rates import price_of
from permits.services.temporary import rates_of
from tests.factories import make_violation
from violations.models import Offence, Violation
from violations.services.appeals.rules import last_day_of
from violations.services.terms import ticket_amount

pytestmark = pytest.mark.django_db
OFFICES = Path(settings.BASE_DIR) / "docs" / "offices"
NOON = datetime(2026, 11, 2, 17, tzinfo=UTC)  # a Monday
D = date.fromisoformat


def set_up(name: str) -> None:
    text = (OFFICES / f"{name}.toml").read_text(encoding="utf-8")
    set_up_office(text)
    assert compare_office(text).changes == []


def test_every_file_is_tried_here() -> None:
    assert {file.stem for file in OFFICES.glob("*.toml")} == {"brock", "guelph", "san-francisco", "toronto", "ucsc"}


def given_back(window: SalesWindow, on: str) -> Decimal:
    """What of the window's price comes back to who gives its permit up on that day."""
    price = window.prices.latest("from_day").amount
    return money_back(
        price, starts=window.valid_from, ends=window.valid_before, on=D(on), policy=office_policy()
    ).amount


def opening(lot: str) -> list[tuple[str, date]]:
    """From which day on each group may buy there."""
    windows = SalesWindow.objects.filter(permit_type__lot__code=lot).order_by("sale_starts")
    return [(kind.code, today(window.sale_starts)) for window in windows for kind in window.user_types.all()]


def ticket(code: str, **fields: Any) -> Violation:
    return make_violation(offence=Offence.objects.get(code=code), issued_at=NOON, **fields)


def costs(violation: Violation, *days: int) -> list[Decimal]:
    """What it costs so many days after it was written."""
    return [ticket_amount(violation, NOON.date() + timedelta(days=n)) for n in days]


def test_brock_gives_full_months_back_less_a_fee_and_counts_business_days() -> None:
    set_up("brock")
    window = SalesWindow.objects.get(permit_type__lot__code="1", user_types__code="staff")
    back = [given_back(window, on) for on in ("2023-08-31", "2023-12-10", "2024-03-31", "2024-04-01")]
    assert back == [Decimal(800), Decimal(375), Decimal(75), Decimal(0)]
    written = ticket("NO-PERMIT")
    assert costs(written, 14, 15) == [Decimal(45), Decimal(60)]  # ten business days end on Monday the 16th
    assert last_day_of(written) == D("2026-11-16")
    payroll = PaymentMethod.objects.get(code="payroll")
    assert [user_type.code for user_type in payroll.user_types.all()] == ["staff"]
    assert office().exchange_fee == Decimal(15)
    assert opening("1") == [("staff", D("2023-07-11")), ("student", D("2023-08-08"))]


def test_guelph_reduces_most_fines_and_raises_a_repeated_one() -> None:
    set_up("guelph")
    assert costs(ticket("NO-PERMIT"), 14, 15) == [Decimal(30), Decimal(50)]
    assert costs(ticket("FIRE-ROUTE"), 0, 15) == [Decimal(100), Decimal(100)]
    assert [ticket("ILLEGAL", plate="CKRT418").charge.amount for _n in range(2)] == [Decimal(300), Decimal(500)]  # type: ignore[union-attr]
    year = SalesWindow.objects.get(valid_from=D("2023-05-01"))
    assert [given_back(year, on) for on in ("2023-06-30", "2023-07-01")] == [Decimal(1600), Decimal(1440)]
    assert [str(kind) for kind in Waitlist.objects.get().permit_types.all()] == ["Red permit"]
    assert office().copy_fee == Decimal(35)
    needed = PermitType.objects.get(prefix="G").needs_group
    assert sorted(lot.code for lot in needed.lots.all()) == ["red", "yellow"]  # type: ignore[union-attr]
    assert [str(cover.also) for cover in Lot.objects.get(code="black").covers.all()] == ["Red zone", "Yellow zone"]


def test_ucsc_adds_its_penalty_after_the_due_date_and_gives_days_back() -> None:
    set_up("ucsc")
    written = ticket("35 (A) UC")
    assert costs(written, 21, 22) == [Decimal(75), Decimal(110)]
    assert last_day_of(written) == NOON.date() + timedelta(days=21)
    window = SalesWindow.objects.get(permit_type__prefix="A")
    assert [given_back(window, on) for on in ("2018-06-30", "2018-07-10")] == [Decimal(730), Decimal(710)]
    assert (office().permits_per_person, office().permit_plates) == (1, 4)
    assert opening("109") == [("resident", D("2018-08-01")), ("commuter", D("2018-09-01"))]


def test_toronto_sells_a_day_and_a_week_and_gives_full_months_back() -> None:
    set_up("toronto")
    temporary = PermitType.objects.get(prefix="T5A")
    prices = [price_of(NOON, NOON + timedelta(days=days), rates_of(temporary)).amount for days in (1, 2, 7)]
    assert prices == [Decimal("19.74"), Decimal("28.54"), Decimal("42.83")]
    assert (temporary.days_ahead, temporary.most_days, temporary.office_days) == (14, 7, 56)
    assert PermitType.objects.get(prefix="T5M").free
    winter = SalesWindow.objects.get(valid_from=D("2026-12-01"))
    assert given_back(winter, "2027-02-14") == Decimal(60)


def test_san_francisco_asks_half_in_the_last_six_months() -> None:
    set_up("san-francisco")
    window = SalesWindow.objects.get(permit_type__prefix="S")
    prices = list(window.prices.all())
    asked = [price_on(prices, D(on)) for on in ("2026-10-31", "2026-11-01")]
    assert [price.amount for price in asked if price] == [Decimal(190), Decimal(95)]
    most = dict(PermitType.objects.values_list("prefix", "household_most"))
    assert most == {"S": 4, "SM": None, "SD": None, "SW": None, "AA": 2}
    counted = PermitType.objects.filter(year_counts="household").values_list("prefix", "year_days")
    assert dict(counted) == {"SD": 20, "SW": 224}


def test_fullerton_gives_a_quarter_less_every_thirty_days() -> None:
    set_up_office(
        '[settings]\ncancel_refund = "steps"\ncancel_full_days = 0\ncancel_step_days = 30\ncancel_step_percent = 25'
    )
    term = Period(D("2026-08-24"), D("2026-12-19"))
    back = [
        money_back(Decimal(300), starts=term.start, ends=term.end, on=D(on), policy=office_policy()).amount
        for on in ("2026-08-23", "2026-08-24", "2026-09-23", "2026-10-23", "2026-11-22")
    ]
    assert back == [Decimal(300), Decimal(225), Decimal(150), Decimal(75), Decimal(0)]
