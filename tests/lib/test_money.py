"""Amounts: one rounding, exact minor units, each language's own writing."""

from decimal import Decimal

import pytest
from django.core.exceptions import ValidationError
from django.utils.translation import override
from pytest_django import Settings

from opscom.lib.money import MoneyField, PriceField, format_money, from_minor_units, rounded, to_minor_units

NBSP = "\xa0"


@pytest.mark.parametrize(
    ("amount", "cents"),
    [
        ("0.004", "0.00"),
        ("0.005", "0.01"),
        ("1.005", "1.01"),
        ("2.675", "2.68"),
        ("2.665", "2.67"),  # half to even would give 2.66
        ("2.6649999999", "2.66"),
        ("-0.005", "-0.01"),
        ("7", "7.00"),
    ],
)
def test_rounded_goes_half_up(amount: str, cents: str) -> None:
    assert str(rounded(Decimal(amount))) == cents


@pytest.mark.parametrize(
    ("amount", "currency", "minor"),
    [
        ("94.50", "CAD", 9450),
        ("0.01", "CAD", 1),
        ("0.00", "CAD", 0),
        ("99999999.99", "CAD", 9999999999),
        ("500", "JPY", 500),
        ("500.00", "JPY", 500),
        ("1.234", "KWD", 1234),
    ],
)
def test_minor_units_are_the_currencys_own(amount: str, currency: str, minor: int) -> None:
    assert to_minor_units(Decimal(amount), currency) == minor


@pytest.mark.parametrize(
    ("amount", "currency"), [("1.005", "CAD"), ("0.001", "CAD"), ("500.50", "JPY"), ("0.01", "JPY")]
)
def test_minor_units_refuse_to_lose_money(amount: str, currency: str) -> None:
    with pytest.raises(ValueError, match=f"{amount} has more places than {currency} has"):
        to_minor_units(Decimal(amount), currency)


def test_minor_units_are_of_the_installations_currency_unless_said_otherwise(settings: Settings) -> None:
    settings.CURRENCY = "JPY"
    assert (to_minor_units(Decimal("7")), str(from_minor_units(7))) == (7, "7.00")
    settings.CURRENCY = "CAD"
    assert (to_minor_units(Decimal("7")), str(from_minor_units(7))) == (700, "0.07")


@pytest.mark.parametrize(
    ("minor", "currency", "amount"),
    [(9450, "CAD", "94.50"), (1, "CAD", "0.01"), (500, "JPY", "500.00"), (0, "CAD", "0.00")],
)
def test_provider_amounts_come_back(minor: int, currency: str, amount: str) -> None:
    assert str(from_minor_units(minor, currency)) == amount


@pytest.mark.parametrize(
    ("language", "amount", "text"),
    [
        ("en", "94.5", "$94.50"),
        ("en", "1234567.89", "$1,234,567.89"),
        ("en", "-3", "−$3.00"),
        ("en", "0", "$0.00"),
        ("fr", "94.5", f"94,50{NBSP}$"),
        ("fr", "1234.5", f"1{NBSP}234,50{NBSP}$"),
        ("fr", "-3", f"−3,00{NBSP}$"),
        ("es", "94.5", "$94.50"),
        ("es", "1234.5", "$1,234.50"),
    ],
)
def test_money_is_written_as_the_reader_writes_it(language: str, amount: str, text: str) -> None:
    with override(language):
        assert format_money(Decimal(amount)) == text


def test_money_is_written_in_english_where_no_language_is_active() -> None:
    with override(None):
        assert format_money(Decimal("94.5")) == "$94.50"


def test_price_field_takes_no_negative_amount_and_money_field_does() -> None:
    assert MoneyField().clean(Decimal("-1.00"), None) == Decimal("-1.00")
    assert PriceField().clean(Decimal("0.00"), None) == Decimal("0.00")
    with pytest.raises(ValidationError):
        PriceField().clean(Decimal("-0.01"), None)


@pytest.mark.parametrize("amount", ["0.001", "100000000.00", "NaN", "Infinity"])
def test_money_field_refuses_what_does_not_fit(amount: str) -> None:
    with pytest.raises(ValidationError):
        MoneyField().clean(Decimal(amount), None)
