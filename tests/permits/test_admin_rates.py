"""Prices by the hour of the week in the office: no gap, no overlap."""

import pytest
from django.test import Client
from django.urls import reverse

from permits.models import HourPrice
from tests.factories import make_temporary_type

ALL = ["1", "2", "3", "4", "5", "6", "7"]
Row = tuple[list[str], int, int, str]


@pytest.mark.parametrize(
    ("rows", "says"),
    [
        ([(ALL, 0, 8, "0.50"), (ALL, 8, 24, "2.00")], ""),
        ([(ALL, 0, 8, "0.50"), (ALL, 9, 24, "2.00")], "Mon, 8:00 has no price."),
        ([(ALL, 0, 24, "0.50"), (["7"], 8, 9, "2.00")], "Sun, 8:00 has more than one price."),
        ([(ALL[:5], 0, 24, "0.50")], "Sat, 0:00 has no price."),
        ([(ALL, 8, 8, "0.50")], "It ends after it starts. A price over midnight takes two rows."),
        ([([], 0, 24, "0.50")], "Tick at least one day."),
    ],
)
def test_the_week_is_filled_or_refused_with_the_hour(staff_client: Client, rows: list[Row], says: str) -> None:
    permit_type = make_temporary_type()
    address = reverse("admin:permits_permittype_change", args=[permit_type.pk])
    shown = staff_client.get(address).context
    form = shown["adminform"].form
    fields = {
        name: value for name in form.fields if (value := form[name].value()) or (value == 0 and value is not False)
    }
    for inline in shown["inline_admin_formsets"]:
        fields |= {f"{inline.formset.prefix}-{count}_FORMS": 0 for count in ("TOTAL", "INITIAL")}
    prices = {"hour_prices-TOTAL_FORMS": len(rows), "hour_prices-INITIAL_FORMS": 0}
    for n, (weekdays, first, last, amount) in enumerate(rows):
        row = {"name_en": f"Row {n}", "weekdays": weekdays, "from_hour": first, "until_hour": last, "amount": amount}
        prices |= {f"hour_prices-{n}-{name}": value for name, value in row.items()}  # type: ignore[misc]
    answer = staff_client.post(address, fields | prices)
    if says:
        assert says in answer.content.decode()
        assert HourPrice.objects.count() == 0
    else:
        assert answer.status_code == 302
        assert list(HourPrice.objects.values_list("weekdays", flat=True)) == [[1, 2, 3, 4, 5, 6, 7]] * 2
