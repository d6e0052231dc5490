"""Lists of the office over a million rows: their order comes from an index, and their filters ask the table nothing."""

from typing import Any

import pytest
from auditlog.registry import auditlog
from django.contrib import admin
from django.contrib.admin.options import ModelAdmin
from django.db import models

# Each row is a deed of the office to many others, or a day's: there are hundreds.
FEW = {
    "accounts.Mailing",
    "lockers.LockerImport",
    "payments.CashDrawer",
    "payments.Comparison",
    "payments.Difference",
    "permits.PermitImport",
    "permits.PrintBatch",
    "permits.RolloverRun",
    "vehicles.PeopleImport",
    "violations.CollectionsBatch",
    "violations.ImportRun",
    "violations.LetterBatch",
    "violations.LookupBatch",
    "violations.OffenceImport",
}
# The queue goes by whose vehicle has a boot on, which no index knows; what waits is few, and what is decided is found by ticket.
BY_URGENCY = {"violations.Appeal", "forms_module.Submission"}


def growing() -> list[ModelAdmin[Any]]:
    """Lists of what people and officers do; what staff configure is watched by the trail, and small."""
    return [page for model, page in admin.site._registry.items() if not auditlog.contains(model)]


def indexes(model: type[models.Model]) -> list[list[str]]:
    """The columns of each index over the whole table, without their direction."""
    meta = model._meta
    whole = [index.fields for index in meta.indexes if index.fields and index.condition is None]
    unique = [rule for rule in meta.constraints if isinstance(rule, models.UniqueConstraint) and rule.condition is None]
    single = [[field.attname] for field in meta.fields if field.unique or getattr(field, "db_index", False)]
    return [[name.lstrip("-") for name in columns] for columns in (*whole, *(rule.fields for rule in unique))] + single


def ordered_by(page: ModelAdmin[Any]) -> list[str]:
    names = [str(name).lstrip("-") for name in page.ordering or page.model._meta.ordering or ["pk"]]
    return [page.model._meta.pk.name if name == "pk" else name for name in names]


def without_index(page: ModelAdmin[Any]) -> list[str]:
    """What of this list reads the whole table. One column that leads is enough where few rows share its value."""
    label, found = page.model._meta.label, []
    leads = indexes(page.model)
    order = ordered_by(page)
    if label not in FEW | BY_URGENCY and not any(
        columns[: len(order)] == order or columns == order[:1] for columns in leads
    ):
        found.append(f"{label} is ordered by {order}")
    if page.date_hierarchy and label not in FEW and not any(columns[0] == page.date_hierarchy for columns in leads):
        found.append(f"{label} goes down by {page.date_hierarchy}")
    return found


def reads_all(page: ModelAdmin[Any]) -> list[str]:
    """Filters for which Django asks the table which values there are."""
    names = [name for name in page.list_filter if isinstance(name, str) and not _known_values(page.model, name)]
    return [f"{page.model._meta.label} by {name}" for name in names]


def _known_values(model: Any, path: str) -> bool:
    field: Any = None
    for name in path.split("__"):
        field = model._meta.get_field(name)
        model = field.related_model or model
    return bool(field.is_relation or field.choices) or isinstance(field, models.BooleanField | models.DateField)


@pytest.mark.once
def test_every_growing_list_has_an_index_for_its_order() -> None:
    assert [line for page in growing() for line in without_index(page)] == []


@pytest.mark.once
def test_no_list_asks_its_table_for_the_values_of_a_filter() -> None:
    assert [line for page in admin.site._registry.values() for line in reads_all(page)] == []


@pytest.mark.once
def test_few_are_lists_that_exist() -> None:
    assert {page.model._meta.label for page in growing()} >= FEW | BY_URGENCY
