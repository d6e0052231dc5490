"""Prices by the hour of the week in the office: rows that together fill all its hours."""

from collections import Counter
from collections.abc import Iterable, Mapping
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.utils.dates import WEEKDAYS_ABBR
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationTabularInline

from permits.models import HourPrice


class HourPriceForm(forms.ModelForm):
    """One price, with its days to tick."""

    weekdays = forms.TypedMultipleChoiceField(
        label=_("weekdays"),
        choices=[(day + 1, name) for day, name in WEEKDAYS_ABBR.items()],
        coerce=int,
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Tick at least one day.")},
    )

    class Meta:
        model = HourPrice
        fields = ("name", "weekdays", "from_hour", "until_hour", "amount")

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        first, last = cleaned.get("from_hour"), cleaned.get("until_hour")
        if first is not None and last is not None and last <= first:
            self.add_error("until_hour", _("It ends after it starts. A price over midnight takes two rows."))
        return cleaned


def check_week(rows: Iterable[Mapping[str, Any]]) -> None:
    """Every hour of the week has one price among these rows, or there are none. ValidationError."""
    prices = Counter(
        (day, hour) for row in rows for day in row["weekdays"] for hour in range(row["from_hour"], row["until_hour"])
    )
    if not prices:
        return
    for day in range(1, 8):
        for hour in range(24):
            if prices[day, hour] != 1:
                where = {"day": WEEKDAYS_ABBR[day - 1], "hour": hour}
                raise ValidationError(_what_is_wrong(prices[day, hour]), params=where)


def _what_is_wrong(prices: int) -> Any:
    if prices:
        return _("%(day)s, %(hour)s:00 has more than one price. Let one of the rows end earlier or start later.")
    return _("%(day)s, %(hour)s:00 has no price. Add a row for it, or remove all rows and use the price of an hour.")


class HourPriceFormSet(forms.BaseInlineFormSet):
    """The rows of the page, judged together."""

    def clean(self) -> None:
        super().clean()
        if not any(form.errors for form in self.forms):
            rows = (form.cleaned_data for form in self.forms)
            check_week(row for row in rows if row and not row.get("DELETE"))


class HourPriceInline(TranslationTabularInline):
    """The week's prices."""

    model = HourPrice
    form = HourPriceForm
    formset = HourPriceFormSet
    extra = 0
