"""Money: decimal amounts with two places in the installation's one currency (settings.CURRENCY, ISO 4217)."""

from decimal import ROUND_HALF_UP, Decimal
from functools import lru_cache
from typing import Any

from babel.numbers import format_currency, format_percent, get_currency_precision
from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.backends.base.base import BaseDatabaseWrapper
from django.utils.translation import get_language

CENT = Decimal("0.01")
ZERO = Decimal("0.00")
MOST = Decimal("99999999.99")
LOCALES = {"en": "en_CA", "fr": "fr_CA", "es": "es_MX"}


class MoneyField(models.DecimalField):
    """An amount of up to 99,999,999.99."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        kwargs.setdefault("max_digits", 10)
        kwargs.setdefault("decimal_places", 2)
        super().__init__(*args, **kwargs)

    def get_db_converters(self, connection: BaseDatabaseWrapper) -> list[Any]:
        """SQLite adds amounts up as floats; what comes of it is whole cents again."""
        converters: list[Any] = super().get_db_converters(connection)
        return [*converters, _in_cents] if connection.vendor == "sqlite" else converters


class PriceField(MoneyField):
    """An amount of zero or more."""

    default_validators = [MinValueValidator(ZERO)]


def _in_cents(amount: Decimal | None, expression: object, connection: object) -> Decimal | None:
    return None if amount is None else rounded(amount)


def rounded(amount: Decimal) -> Decimal:
    """The amount in whole cents, half up: the one rounding rule (RULES 47)."""
    return amount.quantize(CENT, rounding=ROUND_HALF_UP)


def to_minor_units(amount: Decimal, currency: str | None = None) -> int:
    """The amount as the provider counts it (cents for CAD, yen for JPY). ValueError where that would lose money."""
    places = get_currency_precision(currency or settings.CURRENCY)
    minor = amount.scaleb(places)
    if minor != minor.to_integral_value():
        raise ValueError(f"{amount} has more places than {currency or settings.CURRENCY} has")
    return int(minor)


def from_minor_units(minor: int, currency: str | None = None) -> Decimal:
    """The provider's whole number of minor units as an amount."""
    places = get_currency_precision(currency or settings.CURRENCY)
    return rounded(Decimal(minor).scaleb(-places))


def format_money(amount: Decimal) -> str:
    """The amount as the reader's language writes it, for example $94.50 or 94,50 $."""
    language = get_language() or settings.LANGUAGE_CODE
    locale = LOCALES.get(language[:2], "en_CA")
    return _written(amount, settings.CURRENCY, locale)


def format_rate(rate: Decimal) -> str:
    """A rate in percent without needless zeros, for example 9.975% or 9,975 %."""
    language = get_language() or settings.LANGUAGE_CODE
    locale = LOCALES.get(language[:2], "en_CA")
    return format_percent(rate / 100, format=_percent_pattern(locale), locale=locale)


def _percent_pattern(locale: str) -> str:
    return "#,##0.###\N{NO-BREAK SPACE}%" if locale == "fr_CA" else "#,##0.###%"


@lru_cache(maxsize=2048)
def _written(amount: Decimal, currency: str, locale: str) -> str:
    """Babel reads its pattern anew at each call, and an office's prices are few."""
    text = format_currency(amount, currency, locale=locale)
    return text.replace(currency, "$").replace("$\xa0", "$").replace("-", "\N{MINUS SIGN}")
