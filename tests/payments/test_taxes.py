"""Taxes: computed on the net, frozen on the charge, split without losing a cent."""

from datetime import timedelta
from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone
from hypothesis import given
from hypothesis import strategies as st

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import ZERO, format_rate
from payments.models import Charge, ChargeTax, Tax, TaxExemption
from payments.services.taxes import part_of, price_with, taxes_forgone, taxes_within
from tests.factories import make_charge, make_offence, make_permit, make_tax, make_user, make_vehicle, make_violation

pytestmark = pytest.mark.django_db


def frozen(charge: Charge) -> list[tuple[str, Decimal]]:
    return [(row.name, row.amount) for row in ChargeTax.objects.filter(charge=charge)]


def permit_charge(user: User, **kwargs: object) -> Charge:
    return make_charge(user, kind="permit", amount="77.00", **kwargs)


def test_taxes_come_on_top_each_on_the_net(resident: User) -> None:
    make_tax("GST", "5", position=1)
    make_tax("PST", "7", position=2)
    charge = permit_charge(resident)
    assert (charge.amount, charge.taxed) == (Decimal("86.24"), True)
    assert frozen(charge) == [("GST", Decimal("3.85")), ("PST", Decimal("5.39"))]


def test_contained_taxes_are_split_out(resident: User) -> None:
    make_tax("GST", "5", inclusive=True)
    make_tax("PST", "7", inclusive=True)
    charge = make_charge(resident, kind="permit", amount="112.00")
    assert charge.amount == Decimal("112.00")
    assert frozen(charge) == [("GST", Decimal("5.00")), ("PST", Decimal("7.00"))]


def test_tax_on_top_is_computed_without_the_contained_one(resident: User) -> None:
    make_tax("GST", "5", inclusive=True)
    make_tax("PST", "7")
    charge = make_charge(resident, kind="permit", amount="105.00")
    assert (charge.amount, frozen(charge)) == (
        Decimal("112.00"),
        [("GST", Decimal("5.00")), ("PST", Decimal("7.00"))],
    )


@pytest.mark.parametrize(
    ("price", "rate", "tax"), [("0.10", "5", "0.01"), ("12.30", "9.975", "1.23"), ("0.09", "5", "0.00")]
)
@pytest.mark.rule(47)
def test_each_tax_is_rounded_half_up(price: str, rate: str, tax: str) -> None:
    priced = price_with([Tax(pk=1, rate=Decimal(rate))], Decimal(price))
    assert [part.amount for part in priced.taxes] == [Decimal(tax)]
    assert priced.total == Decimal(price) + Decimal(tax)


def test_reduced_amount_bears_the_same_taxes(resident: User) -> None:
    make_tax("GST", "5")
    day = today() + timedelta(days=7)
    charge = make_charge(resident, kind="permit", reduced_amount=Decimal("30.00"), reduced_through=day)
    row = charge.taxes.get()
    assert (charge.amount, charge.reduced_amount) == (Decimal("52.50"), Decimal("31.50"))
    assert (row.amount, row.reduced_amount) == (Decimal("2.50"), Decimal("1.50"))
    assert [part.amount for part in taxes_within(charge, Decimal("31.50"), reduced=True)] == [Decimal("1.50")]
    assert [part.amount for part in taxes_forgone(charge, Decimal("21.00"))] == [Decimal("1.00")]


def test_changed_rate_changes_no_existing_charge(resident: User) -> None:
    tax = make_tax("GST", "5")
    before = permit_charge(resident)
    tax.rate, tax.name, tax.registration = Decimal("15"), "HST", "another"
    tax.save()
    after = permit_charge(resident)
    before.refresh_from_db()
    row = before.taxes.get()
    assert (before.amount, row.rate, row.name, row.amount) == (Decimal("80.85"), Decimal("5"), "GST", Decimal("3.85"))
    assert row.registration == "81234 5678 RT0001"
    assert (after.amount, after.taxes.get().name) == (Decimal("88.55"), "HST")


def test_name_is_kept_in_every_language(resident: User) -> None:
    make_tax("GST", "5", name_fr="TPS", name_es="IVA")
    row = permit_charge(resident).taxes.get()
    assert (row.name_en, row.name_fr, row.name_es) == ("GST", "TPS", "IVA")  # type: ignore[attr-defined]


@pytest.mark.parametrize(
    ("fields", "taxed"),
    [
        ({}, True),
        ({"active": False}, False),
        ({"kinds": ["violation"]}, False),
        ({"kinds": []}, False),
        ({"from_day": 0}, True),
        ({"from_day": 1}, False),
        ({"before_day": 1}, True),
        ({"before_day": 0}, False),
    ],
)
def test_only_taxes_in_force_count(resident: User, fields: dict[str, object], taxed: bool) -> None:
    days: dict[str, Any] = {
        name: today() + timedelta(days=value) if name.endswith("day") else value  # type: ignore[arg-type]
        for name, value in fields.items()
    }
    make_tax(**days)
    assert permit_charge(resident).taxed is taxed


def test_fines_bear_none_unless_the_office_says_so(resident: User) -> None:
    tax = make_tax("GST", "5")
    untaxed = make_violation().charge
    tax.kinds = ["violation"]
    tax.save()
    taxed = make_violation().charge
    assert untaxed
    assert taxed
    assert (untaxed.amount, taxed.amount, taxed.reduced_amount) == (
        make_offence().amount,
        Decimal("52.50"),
        Decimal("31.50"),
    )


def test_permit_costs_its_price_and_the_taxes(resident: User) -> None:
    make_tax("GST", "5")
    make_vehicle(resident)
    assert make_permit(resident).charge.amount == Decimal("80.85")


def exempt(user: User, *taxes: Tax, through: int | None = None) -> None:
    day = None if through is None else today() + timedelta(days=through)
    TaxExemption.objects.create(user=user, reason="Treaty", through=day).taxes.set(taxes)


def test_exempt_person_pays_none(resident: User) -> None:
    make_tax("GST")
    earlier = permit_charge(resident)
    exempt(resident)
    assert permit_charge(resident).amount == Decimal("77.00")
    assert permit_charge(make_user()).amount == Decimal("80.85")
    earlier.refresh_from_db()
    assert earlier.amount == Decimal("80.85")


def test_exemption_may_be_from_some_taxes(resident: User) -> None:
    make_tax("GST")
    exempt(resident, make_tax("PST", "7"))
    assert [name for name, _amount in frozen(permit_charge(resident))] == ["GST"]


@pytest.mark.parametrize(("through", "amount"), [(None, "77.00"), (0, "77.00"), (-1, "80.85")])
def test_exemption_ends_after_its_last_day(resident: User, through: int | None, amount: str) -> None:
    make_tax("GST")
    exempt(resident, through=through)
    assert permit_charge(resident, at=timezone.now()).amount == Decimal(amount)


def test_guest_is_never_exempt(resident: User) -> None:
    make_tax("GST")
    exempt(resident)
    assert make_charge(None, kind="permit").amount == Decimal("52.50")


def test_part_of_an_untaxed_charge_holds_no_tax(resident: User) -> None:
    assert taxes_within(make_charge(resident), Decimal("20.00")) == []


@given(
    whole=st.integers(1, 10_000_000),
    share=st.integers(0, 100),
    cuts=st.lists(st.integers(0, 10_000_000), max_size=6),
)
@pytest.mark.rule(47)
def test_parts_add_up_to_the_whole_tax(whole: int, share: int, cuts: list[int]) -> None:
    total = Decimal(whole) / 100
    tax = Decimal(whole * share // 200) / 100
    ends = [*sorted(Decimal(min(cut, whole)) / 100 for cut in cuts), total]
    parts = [part_of(tax, total, end - start, after=start) for start, end in zip([ZERO, *ends[:-1]], ends, strict=True)]
    assert sum(parts) == tax
    assert min(parts) >= 0
    assert all(part <= end - start for part, start, end in zip(parts, [ZERO, *ends[:-1]], ends, strict=True))
    assert part_of(tax, total, -total, after=total) == -tax


@pytest.mark.parametrize(("rate", "written"), [("5.000", "5%"), ("9.975", "9.975%"), ("0", "0%")])
def test_rate_is_written_without_needless_zeros(rate: str, written: str) -> None:
    assert format_rate(Decimal(rate)) == written
