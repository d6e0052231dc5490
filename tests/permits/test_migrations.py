"""Rows of before, brought to what the code expects today."""

from importlib import import_module

import pytest
from django.apps import apps

from tests.factories import make_form, make_lot

by_code = import_module("permits.migrations.0033_conditions_by_code")


@pytest.mark.django_db
def test_conditions_on_a_lot_name_its_code_from_now_on() -> None:
    make_lot(code="north", name_en="North Lot", name_fr="Stationnement nord")
    for code in ("east", "west"):
        make_lot(code=code, name="Twin")
    waits = {"shown_when": "where"}
    form = make_form(
        {"key": "where", "kind": "lot", "label": "Where?"},
        {"key": "with", "kind": "text", "label": "North Lot or another?"},
        *(
            {"key": f"q{n}", **waits, "shown_value": value}
            for n, value in enumerate(["North Lot", "Stationnement nord", "east", "Twin", "Gone", ""])
        ),
        {"key": "other", "shown_when": "with", "shown_value": "North Lot"},
    )
    by_code.name_codes(apps, None)
    for version in (None, 1):
        rows = form.fields.filter(version=version).exclude(shown_when="")
        assert list(rows.values_list("shown_value", flat=True)) == [
            "north",
            "north",
            "east",
            "Twin",
            "Gone",
            "",
            "North Lot",
        ]
