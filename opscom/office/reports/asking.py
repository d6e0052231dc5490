"""What is asked of a report: its days and filters, as the address of its page has them."""

from collections.abc import Mapping
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from opscom.lib.dates import today
from opscom.lib.reports import Report


def form_of(report: Report, data: Mapping[str, str]) -> forms.Form:
    """Its form, filled in with what was asked and, for the rest, with what a report starts with."""
    fields = report.form.base_fields
    start = {name: str(value) for name, value in report.initial().items()}
    return report.form(start | {name: data[name] for name in fields if name in data})


def query_of(form: forms.Form, **other: date | str) -> str:
    """The same as part of an address; what is empty is left out."""
    values = {name: form.data.get(name, "") for name in form.fields} | other
    return urlencode({name: value for name, value in values.items() if value})


def filters_in(form: forms.Form) -> str:
    """Its filters without the days, as part of an address."""
    return query_of(form, first="", last="")


def words_of(form: forms.Form) -> list[tuple[str, str]]:
    """Its filters but the days, each with what was chosen, in words."""
    words = []
    for name, field in form.fields.items():
        chosen = form.cleaned_data.get(name)
        if name in ("first", "last") or chosen in (None, ""):
            continue
        choices: Any = field.choices if type(field) is forms.ChoiceField else ()
        words.append((str(field.label), str(dict(choices).get(chosen, chosen))))
    return words


def periods_of(form: forms.Form) -> list[tuple[str, str]]:
    """Often wanted periods by name, each with its address."""
    if "first" not in form.fields:
        return []
    day = today()
    month, year = day.replace(day=1), day.replace(month=1, day=1)
    last_month, last_year = month - timedelta(days=1), year - timedelta(days=1)
    spans = [
        (_("Today"), day, day),
        (_("This month"), month, day),
        (_("Last month"), last_month.replace(day=1), last_month),
        (_("This year"), year, day),
        (_("Last year"), last_year.replace(month=1, day=1), last_year),
    ]
    return [(name, query_of(form, first=first, last=last)) for name, first, last in spans]
