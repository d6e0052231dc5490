"""A row that staff delete below the page of another thing: that thing's history says what it was."""

from collections.abc import Callable
from decimal import Decimal
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.contrib import admin
from django.db.models import Model
from django.test import Client, RequestFactory
from django.urls import reverse
from django.utils import timezone

from accounts.models import User
from lockers.models import LockerSite
from opscom.lib.dates import today
from opscom.office.people.closing import close_account, erase_user
from permits.models import Household
from tests.factories import (
    change_office,
    make_form,
    make_locker_window,
    make_lot,
    make_offence,
    make_user,
    make_vehicle,
    make_window,
)
from tests.office.trail.test_trail import history_of
from tests.payments.views.page import soup

pytestmark = pytest.mark.django_db
PRICE = Decimal("12.34")


def question() -> Model:
    form = make_form({"key": "why", "label": "Why"}, {"key": "when", "label": "Since when"}, publish=False)
    return form.fields.get(key="when")


def driver() -> Model:
    return make_vehicle(make_user(first_name="Noor", last_name="Haddad")).owner_links.get()


def member() -> Model:
    noor = make_user(first_name="Noor", last_name="Haddad")
    return Household.objects.create(name="Haddad").members.create(user=noor)


def hour_price() -> Model:
    prices = make_window().permit_type.hour_prices
    return prices.create(name="Nights", weekdays=[0], from_hour=1, until_hour=2, amount=PRICE)


def locker_price() -> Model:
    return make_locker_window().prices.create(site=LockerSite.objects.create(name="Library"), amount=PRICE)


# By page and table: a row, and what its page's history must say of it.
ROWS: dict[tuple[str, str], tuple[Callable[[], Any], str]] = {
    ("forms_module.FormDefinition", "forms_module.FormField"): (question, "Since when"),
    ("lockers.LockerWindow", "lockers.LockerPrice"): (locker_price, "price: 12.34"),
    ("permits.Household", "permits.HouseholdMember"): (member, "person: Noor Haddad"),
    ("permits.Lot", "permits.LotCover"): (
        lambda: make_lot().covers.create(also=make_lot(name="Lot Q")),
        "hold in: Lot Q",
    ),
    ("permits.PermitType", "permits.HouseholdStep"): (
        lambda: make_window().permit_type.steps.create(step=2, amount=PRICE),
        "amount: 12.34, permit type:",
    ),
    ("permits.PermitType", "permits.HourPrice"): (hour_price, "price of an hour: 12.34"),
    ("permits.SalesWindow", "permits.WindowPrice"): (
        lambda: make_window().prices.create(from_day=today(), amount=PRICE),
        "price: 12.34",
    ),
    ("vehicles.Vehicle", "vehicles.VehicleOwner"): (driver, "user: Noor Haddad"),
    ("violations.Offence", "violations.EscalationStep"): (
        lambda: make_offence().steps.create(after_days=33, amount=PRICE),
        "after, days: 33",
    ),
    ("violations.Offence", "violations.RepeatAmount"): (
        lambda: make_offence().repeats.create(nth=2, amount=PRICE),
        "fine: 12.34",
    ),
}


def deletable(staff: User) -> set[tuple[str, str]]:
    """Page and table of all rows that the office deletes below a page."""
    request = RequestFactory().get("/admin/")
    request.user = staff
    found = set()
    for model, page in admin.site._registry.items():
        for inline in (kind(model, admin.site) for kind in page.inlines):
            if inline.can_delete and inline.has_delete_permission(request):
                found.add((model._meta.label, inline.model._meta.label))
    return found


def sent_by(page: Any) -> dict[str, Any]:
    """What the page's own form would send as it stands."""
    sent: dict[str, Any] = {}
    form = next(form for form in soup(page).select("form[method=post]") if form.select("[name$=-TOTAL_FORMS]"))
    for control in form.select("[name]"):
        kind = control.get("type")
        if control.name == "select":
            values = [str(option.get("value", "")) for option in control.select("option[selected]")]
        elif kind in ("submit", "file") or (kind in ("checkbox", "radio") and not control.has_attr("checked")):
            continue
        else:
            values = [control.get_text() if control.name == "textarea" else str(control.get("value", "on" if kind == "checkbox" else ""))]  # fmt: skip
        sent.setdefault(str(control["name"]), []).extend(values)
    return sent


def test_rows_are_all_that_the_office_can_delete_below_a_page(staff: User) -> None:
    assert deletable(staff) == set(ROWS)


@pytest.mark.parametrize("place", ROWS, ids="/".join)
def test_deleted_row_is_told_with_its_values_where_it_stood(
    place: tuple[str, str], staff_client: Client, staff: User
) -> None:
    make, words = ROWS[place]
    row = make()
    page = next(kind for kind in admin.site._registry if kind._meta.label == place[0])
    [column] = [field.name for field in row._meta.fields if field.related_model is page][:1]
    parent = getattr(row, column)
    address = reverse(f"admin:{page._meta.app_label}_{page._meta.model_name}_change", args=[parent.pk])
    sent = sent_by(staff_client.get(address))
    [prefix] = [
        name.removesuffix("-id")
        for name, values in sent.items()
        if name.endswith("-id") and values == [str(row.pk)] and f"{name.rpartition('-')[0]}-{column}" in sent
    ]
    answer = staff_client.post(address, sent | {f"{prefix}-DELETE": "on"})
    errors = [] if answer.status_code == 302 else soup(answer).select(".errorlist")
    assert (answer.status_code, errors) == (302, [])
    assert not type(row)._base_manager.filter(pk=row.pk).exists()
    told = [line for line in history_of(staff_client, parent) if line[2] == f"Deleted: {row._meta.verbose_name}"]
    assert [(line[0], words in line[3]) for line in told] == [(staff.get_full_name(), True)], told


def test_erased_person_is_in_no_entry_of_a_row_that_went_before(staff_client: Client) -> None:
    row: Any = member()
    noor = row.user
    row.delete()
    assert LogEntry.objects.filter(object_repr__contains="Haddad", content_type__model="householdmember").exists()
    change_office(retention_days=0)
    close_account(noor, by=noor, at=timezone.now())
    assert erase_user(noor.pk) is True
    kept = LogEntry.objects.filter(content_type__model="householdmember")
    assert set(kept.values_list("object_repr", "changes_text")) == {("–", "")}
