"""Why a lot is not on sale to a person now, in the office's words."""

from datetime import timedelta
from typing import Any

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.dates import today
from payments.models import Charge
from permits.errors import PermitRefused
from permits.models import Permit, PermitType, SalesWindow
from permits.services.standing import explain_sale
from tests.factories import (
    change_office,
    make_block,
    make_charge,
    make_form,
    make_lot,
    make_permit,
    make_user,
    make_user_type,
    make_vehicle,
    make_window,
)

URL = "/admin/permits/lot/why/"


@pytest.fixture
def buyer(db: None) -> User:
    user = make_user(permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    return user


def codes(user: User, window: SalesWindow) -> tuple[list[str], list[list[str]]]:
    found = explain_sale(user, window.permit_type.lot)
    return [reason.code for reason in found.reasons], [[r.code for r in sold.reasons] for sold in found.sold]


def test_on_sale_has_no_reason(buyer: User) -> None:
    window = make_window()
    assert (codes(buyer, window), explain_sale(buyer, window.permit_type.lot).on_sale) == (([], [[]]), True)


def test_everything_at_once_is_named_in_order(db: None) -> None:
    lot = make_lot(spaces=1, visibility="hidden")
    lot.set_password("maple")
    lot.user_types.add(make_user_type())
    lot.save()
    now = timezone.now()
    window = make_window(lot, active=False, sale_starts=now + timedelta(days=1), sale_ends=now + timedelta(days=2))
    window.prices.all().delete()
    PermitType.objects.update(active=False)
    make_block(lot)
    assert codes(make_user(), window) == (
        ["hidden", "password", "not-for-you", "no-vehicle", "disclaimer"],
        [["type-off", "window-off", "not-yet", "no-price", "full"]],
    )


@pytest.mark.rule(14)
def test_full_says_which_limit(buyer: User) -> None:
    window = make_window(make_lot(spaces=3))
    PermitType.objects.update(allocation=1)
    make_permit(window=window)
    (sold,) = explain_sale(buyer, window.permit_type.lot).sold
    assert [(r.text, r.row) for r in sold.reasons] == [
        ("The allocation of the permit type is full: 1 of 1 are taken at the fullest moment.", window.permit_type)
    ]
    PermitType.objects.update(allocation=None)
    make_block(window.permit_type.lot, 5)
    (sold,) = explain_sale(buyer, window.permit_type.lot).sold
    assert [(r.text, r.row) for r in sold.reasons] == [
        ("The lot is full: 6 of 3 spaces are taken at the fullest moment.", window.permit_type.lot)
    ]


@pytest.mark.parametrize("rule", ["fines", "collections"])
def test_debt_that_blocks_permits_is_named(rule: str, buyer: User) -> None:
    window = make_window()
    debt = make_charge(buyer, due_on=today() - timedelta(days=40))
    assert codes(buyer, window) == ([], [[]])
    if rule == "fines":
        change_office(fines_block_permits="overdue")
    else:
        change_office(collections_days=30, collections_block_permits=True)
        Charge.objects.update(in_collections=True)
    found = explain_sale(buyer, window.permit_type.lot)
    assert ([(reason.code, reason.row) for reason in found.reasons], found.on_sale) == ([(rule, debt)], False)
    with pytest.raises(PermitRefused) as refused:
        make_permit(buyer, window)
    assert refused.value.message == found.reasons[0].said


def test_who_has_no_plate_left_for_these_days_reads_which_permit_has_it(buyer: User) -> None:
    other = make_permit(buyer, make_window())
    buyer.vehicle_links.exclude(vehicle__permits=other).update(active=False)
    window = make_window()
    (sold,) = explain_sale(buyer, window.permit_type.lot).sold
    assert [(reason.code, reason.row) for reason in sold.reasons] == [("same-plate", other)]
    assert f"{other.number} ({other.lot.name})" in sold.reasons[0].text
    make_vehicle(buyer)
    assert codes(buyer, window) == ([], [[]])


def test_what_ended_and_what_one_has(buyer: User) -> None:
    day = today()
    lot = make_lot()
    ended: dict[str, Any] = {"valid_from": day - timedelta(days=40), "valid_before": day - timedelta(days=9)}
    make_window(lot, sale_ends=timezone.now() - timedelta(days=9), **ended)
    permit = make_permit(buyer, make_window(lot))
    found = explain_sale(buyer, lot)
    assert [[r.code for r in sold.reasons] for sold in found.sold] == [["over", "past"], ["has-one"]]
    assert found.sold[1].reasons[0].text == f"The person has permit {permit.number} for it already."


def test_limits_say_where_the_office_sets_them(buyer: User) -> None:
    lot = make_lot(per_person=1)
    permit = make_permit(buyer, make_window(lot))
    PermitType.objects.update(household_counts="all", household_most=1)
    make_window(lot)
    make_vehicle(buyer)
    mine, second = explain_sale(buyer, lot).sold
    assert [[r.code for r in sold.reasons] for sold in (mine, second)] == [
        ["has-one", "household-full", "one-too-many"],
        ["household-full", "one-too-many"],
    ]
    until = date_format(permit.last_day)
    assert [(r.text, r.row) for r in second.reasons] == [
        ("The person's household has 1 of the permits that count, the most of a household.", permit.permit_type),
        (
            f"A person may hold 1 permit in this lot at a time. The person has {permit.number}, {lot.name}, until {until}.",
            lot,
        ),
    ]


def test_a_lot_that_sells_nothing_says_what_is_missing(buyer: User) -> None:
    lot = make_lot(visibility="direct")
    found = explain_sale(buyer, lot)
    assert ([r.code for r in found.reasons], [r.code for r in found.notes]) == (["no-type"], ["direct"])
    PermitType.objects.create(lot=lot, name="Year", prefix="Y")
    assert [[r.code for r in sold.reasons] for sold in explain_sale(buyer, lot).sold] == [["no-window"]]


def test_page_asks_then_answers_with_links(staff_client: Client, buyer: User) -> None:
    lot = make_lot(visibility="hidden")
    window = make_window(lot, active=False)
    assert "The lot is hidden." not in staff_client.get(URL).content.decode()
    page = staff_client.get(URL, {"lot": lot.pk, "person": buyer.pk}).content.decode()
    words = (
        "The person cannot buy here now.",
        "The lot is hidden.",
        f"/admin/permits/lot/{lot.pk}/change/",
        "The sales window is off.",
        f"/admin/permits/saleswindow/{window.pk}/change/",
    )
    assert [word for word in words if word not in page] == []
    assert Permit.objects.count() == 0


@pytest.mark.parametrize("rows", [1, 3])
def test_page_queries_do_not_grow(
    staff_client: Client, buyer: User, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    lot: Any = make_lot()
    for _ in range(rows):
        make_permit(window=make_window(lot))
    PermitType.objects.update(needs_form=make_form())
    with django_assert_max_num_queries(13 + (not settings.REDIS_URL)):
        assert staff_client.get(URL, {"lot": lot.pk, "person": buyer.pk}).status_code == 200
