"""Filters and tags of the portal."""

from datetime import date, datetime
from decimal import Decimal
from functools import lru_cache
from typing import Any

from django import template
from django.template.defaultfilters import date as date_filter
from django.template.loader import render_to_string
from django.utils.safestring import SafeString
from django.utils.translation import get_language
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import Period, with_weekday, written_moment, written_period, written_wait
from opscom.lib.folding import constant
from opscom.lib.money import format_money, format_rate
from opscom.lib.passes import written_stock
from opscom.lib.reasons import said_reason

register = template.Library()

PILLS = {
    "owed": ("exclamation-circle", "is-owed"),
    "overdue": ("exclamation-triangle", "is-overdue"),
    "paid": ("check-circle", "is-paid"),
    "active": ("check-circle", "is-paid"),
    "promised": ("banknotes", "is-promised"),
    "review": ("scale", "is-review"),
    "held": ("clock", "is-held"),
    "expired": ("minus-circle", "is-expired"),
    "void": ("minus-circle", "is-expired"),
}
WORDS = {
    "owed": _("Owed"),
    "overdue": _("Overdue"),
    "paid": _("Paid"),
    "active": _("Active"),
    "promised": _("Paid but not Processed"),
    "review": _("Under review"),
    "held": _("Held"),
    "expired": _("Expired"),
    "void": _("Void"),
}


@register.filter
def money(amount: Decimal) -> str:
    """{{ x|money }}: an amount as the reader's language writes it."""
    return format_money(amount)


register.filter(said_reason)


@register.filter
def negative(amount: Decimal) -> Decimal:
    """{{ x|negative|money }}: an amount that is taken off."""
    return -amount


@register.filter
def rate(percent: Decimal) -> str:
    """{{ x|rate }}: a rate in percent as the reader's language writes it."""
    return format_rate(percent)


@register.filter("date", expects_localtime=True, is_safe=False)
def written_date(day: Any, written: str | None = None) -> str:
    """{{ day|date:"MONTH_DAY_FORMAT" }}: Django's filter, which writes each day once a process in each way and language."""
    if type(day) is date:
        return _written_day(day, written, get_language())
    return str(date_filter(day, written))


@lru_cache(maxsize=4096)
def _written_day(day: date, written: str | None, _language: str | None) -> str:
    return str(date_filter(day, written))


register.filter("with_weekday", with_weekday)
register.filter("hours", written_stock)
register.filter("wait", written_wait)


@register.filter
def span(period: Period) -> str:
    """{{ permit.period|span }}: its days, or its moments."""
    return written_period(period)


@register.filter
def moment(at: datetime) -> str:
    """{{ at|moment }}: day and time of the office's clock, with the zone where that comes twice."""
    return written_moment(at)


@register.simple_tag
@constant
def pill(state: str, word: str | None = None) -> SafeString:
    """{% pill "paid" %}: a state as icon, word and colour; `word` replaces the usual one."""
    return _draw_pill(state, str(word or WORDS[state]))


@lru_cache(maxsize=512)
def _draw_pill(state: str, word: str) -> SafeString:
    icon, colour = PILLS[state]
    return render_to_string("components/pill.html", {"icon": icon, "colour": colour, "word": word})


@register.filter
def spaced_plate(plate: str) -> str:
    """CKRT418 as drivers know it, CKRT 418: a space where letters turn into the last digits."""
    for index in range(1, len(plate)):
        if plate[index - 1].isalpha() != plate[index].isalpha():
            return f"{plate[:index]} {plate[index:]}" if 2 <= index <= len(plate) - 2 else plate
    return plate
