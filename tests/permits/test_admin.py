"""Lots, sales and permits in the office."""

from datetime import timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django import DjangoAssertNumQueries

from opscom.lib.dates import today, written_moment
from permits.models import Lot, Permit, PermitType, SalesWindow, WindowPrice
from tests.factories import make_block, make_lot, make_permit, make_temporary, make_user, make_vehicle, make_window
from tests.payments.views.page import soup


@pytest.mark.rule(16)
def test_lots_show_what_is_taken_and_flag_oversold(staff_client: Client) -> None:
    good, bad = make_lot(name="Good lot", spaces=5), make_lot(name="Bad lot", spaces=5)
    make_permit(window=make_window(good))
    make_permit(window=make_window(bad))
    make_block(bad, 6, starts_on=today() + timedelta(days=3))
    page = staff_client.get(reverse("admin:permits_lot_changelist")).content.decode()
    cells = [page.split(f">{name}<", 1)[1].split("</tr>")[0] for name in ("Good lot", "Bad lot")]
    assert [("1 / 5" in cell, "OVERSOLD" in cell) for cell in cells] == [(True, False), (True, True)]
    assert "7 / 5 OVERSOLD by 2" in cells[1]


def test_lot_reduced_below_sold_is_allowed_and_cancels_nothing(staff_client: Client) -> None:
    lot = make_lot(spaces=2)
    window = make_window(lot)
    for _ in range(2):
        make_permit(window=window)
    form = {
        "code": lot.code,
        "name_en": lot.name,
        "name": lot.name,
        "zone": "yellow",
        "spaces": "1",
        "visibility": "visible",
        "accessible_spaces": "0",
        "visitor_spaces": "0",
        "electric_spaces": "0",
        "motorcycle_spaces": "0",
        "position": "0",
        "covers-TOTAL_FORMS": "0",
        "covers-INITIAL_FORMS": "0",
    }
    assert staff_client.post(reverse("admin:permits_lot_change", args=[lot.pk]), form).status_code == 302
    lot.refresh_from_db()
    assert (lot.spaces, list(Permit.objects.values_list("state", flat=True))) == (1, ["held", "held"])
    assert "OVERSOLD by 1" in staff_client.get(reverse("admin:permits_lot_changelist")).content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_lots_queries_do_not_grow(
    staff_client: Client, rows: int, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        make_permit(window=make_window())
    with django_assert_max_num_queries(12):
        staff_client.get(reverse("admin:permits_lot_changelist"))


def window_form(permit_type: PermitType, price_from: str, **changes: Any) -> dict[str, Any]:
    now = timezone.localtime()
    first, last = now + timedelta(days=1), now + timedelta(days=20)
    return {
        "permit_type": permit_type.pk,
        "name": "December",
        "name_en": "December",
        "period": "month",
        "sale_starts_0": f"{first:%Y-%m-%d}",
        "sale_starts_1": "08:00:00",
        "sale_ends_0": f"{last:%Y-%m-%d}",
        "sale_ends_1": "08:00:00",
        "valid_from": f"{first:%Y-%m-%d}",
        "valid_before": f"{last:%Y-%m-%d}",
        "active": "on",
        "prices-TOTAL_FORMS": "1",
        "prices-INITIAL_FORMS": "0",
        "prices-0-from_day": price_from,
        "prices-0-amount": "77.00" if price_from else "",
    } | changes


def day(offset: int) -> str:
    return f"{today() + timedelta(days=offset):%Y-%m-%d}"


def test_window_with_a_price_from_the_first_day_is_saved(staff_client: Client) -> None:
    permit_type = make_window().permit_type
    SalesWindow.objects.all().delete()
    assert (
        staff_client.post(reverse("admin:permits_saleswindow_add"), window_form(permit_type, day(1))).status_code == 302
    )
    assert WindowPrice.objects.filter(window=SalesWindow.objects.get()).count() == 1


@pytest.mark.parametrize(
    ("price", "changes", "message"),
    [
        (2, {}, "The price calendar has a gap"),
        (None, {}, "The price calendar has a gap"),
        (1, {"sale_ends_0": "2020-01-01"}, "The sale ends after it starts."),
        (1, {"valid_before": "2020-01-01"}, "The permit ends after the day from which it is valid."),
    ],
)
def test_window_with_a_gap_or_backward_dates_is_refused(
    staff_client: Client, price: int | None, changes: dict[str, str], message: str
) -> None:
    permit_type = make_window().permit_type
    SalesWindow.objects.all().delete()
    answer = staff_client.post(
        reverse("admin:permits_saleswindow_add"), window_form(permit_type, day(price) if price else "", **changes)
    )
    assert (answer.status_code, message in answer.content.decode(), SalesWindow.objects.count()) == (200, True, 0)


def edited(client: Client, window: SalesWindow, rows: list[tuple[str, bool]], **changes: Any) -> tuple[int, str]:
    """Save a window's page with these first days of its prices, each to be deleted or not."""
    known = list(window.prices.order_by("from_day"))
    form = window_form(window.permit_type, "", **changes) | {
        "prices-TOTAL_FORMS": str(len(rows)),
        "prices-INITIAL_FORMS": str(len(known)),
    }
    for n, (from_day, gone) in enumerate(rows):
        form |= {f"prices-{n}-from_day": from_day, f"prices-{n}-amount": "80.00"}
        form |= {f"prices-{n}-id": known[n].pk} if n < len(known) else {}
        form |= {f"prices-{n}-DELETE": "on"} if gone else {}
    answer = client.post(reverse("admin:permits_saleswindow_change", args=[window.pk]), form)
    return answer.status_code, answer.content.decode()


def test_edited_calendar_has_neither_gap_nor_overlap(staff_client: Client) -> None:
    """The sale starts tomorrow in all of them but the last but one, where it is moved to today."""
    window = make_window()
    WindowPrice.objects.create(window=window, from_day=today() + timedelta(days=5), amount="90.00")
    before = list(window.prices.values_list("from_day", "amount"))
    gap, twice = "The price calendar has a gap", "Please correct the duplicate"
    refused = [
        ([(day(-10), True), (day(5), False)], {}, gap),  # without its first row
        ([(day(-10), True), (day(5), True)], {}, gap),
        ([(day(2), False), (day(5), False)], {}, gap),
        ([(day(1), False), (day(1), False)], {}, twice),
        ([(day(1), False), (day(5), False)], {"sale_starts_0": day(0)}, gap),  # the sale moves, the prices do not
    ]
    for rows, changes, message in refused:
        status, page = edited(staff_client, window, rows, **changes)
        assert (status, message in page, list(window.prices.values_list("from_day", "amount"))) == (200, True, before)
    assert edited(staff_client, window, [(day(-10), True), (day(1), False)])[0] == 302
    assert [f"{price.from_day:%Y-%m-%d}" for price in window.prices.all()] == [day(1)]


def test_window_shows_its_code(staff_client: Client) -> None:
    window = make_window()
    assert (
        window.code in staff_client.get(reverse("admin:permits_saleswindow_change", args=[window.pk])).content.decode()
    )


def test_permit_type_prefix_belongs_to_one_type_and_stays(staff_client: Client) -> None:
    first = make_window().permit_type
    form = {
        "lot": make_lot().pk,
        "kind": "standard",
        "name": "Other",
        "name_en": "Other",
        "prefix": first.prefix.lower(),
        "first_number": "1",
        "active": "on",
    }
    answer = staff_client.post(reverse("admin:permits_permittype_add"), form)
    assert (answer.status_code, "has this prefix already" in answer.content.decode()) == (200, True)
    make_permit(window=first.windows.get())
    assert (
        'name="prefix"'
        not in staff_client.get(reverse("admin:permits_permittype_change", args=[first.pk])).content.decode()
    )


@pytest.mark.parametrize("term", ["CKRT418", "ckrt-418", "CKRT 418", "Okafor", "maya@example.test", "number"])
def test_permits_are_found_by_number_plate_and_holder(staff_client: Client, term: str) -> None:
    user = make_user(email="maya@example.test", last_name="Okafor")
    make_vehicle(user, plate="CKRT418")
    permit, other = make_permit(user), make_permit()
    page = staff_client.get(
        reverse("admin:permits_permit_changelist"), {"q": permit.number if term == "number" else term}
    ).content.decode()
    assert (permit.number in page, other.number in page) == (True, False)


def test_permits_are_read_only(staff_client: Client) -> None:
    permit = make_permit()
    url = reverse("admin:permits_permit_change", args=[permit.pk])
    assert (
        "submit-row" not in staff_client.get(url).content.decode()
        or 'name="_save"' not in staff_client.get(url).content.decode()
    )
    assert staff_client.post(url, {"state": "active"}).status_code == 403
    assert (
        staff_client.post(reverse("admin:permits_permit_delete", args=[permit.pk]), {"post": "yes"}).status_code == 403
    )
    assert staff_client.get(reverse("admin:permits_permit_add")).status_code == 403
    permit.refresh_from_db()
    assert permit.state == "held"


@pytest.mark.parametrize("model", ["lot", "permit", "permittype", "saleswindow"])
def test_office_pages_are_closed_to_residents(resident_client: Client, model: str) -> None:
    assert resident_client.get(reverse(f"admin:permits_{model}_changelist")).status_code in {302, 403}
    assert Lot.objects.count() == 0


def test_temporary_permit_shows_its_moments_and_another_its_days(staff_client: Client) -> None:
    start = timezone.localtime().replace(hour=9, minute=0, second=0, microsecond=0) + timedelta(days=1)
    by_hour, by_day = make_temporary(start=start, hours=3), make_permit()
    listed = soup(staff_client.get(reverse("admin:permits_permit_changelist")))
    rows = [[cell.get_text() for cell in row.select("td, th")] for row in listed.select("#result_list tbody tr")]
    assert {row[1]: row[5:7] for row in rows} == {
        by_hour.number: [written_moment(start), written_moment(start + timedelta(hours=3))],
        by_day.number: [date_format(by_day.valid_from), date_format(by_day.last_day)],
    }
    asked = [f"field-{name}" for name in ("valid_from", "valid_before", "window", "starts_at", "ends_at")]
    pages = [soup(staff_client.get(reverse("admin:permits_permit_change", args=[it.pk]))) for it in (by_hour, by_day)]
    assert [[bool(page.select(f".{name}")) for name in asked] for page in pages] == [
        [False, False, False, True, True],
        [True, True, True, False, False],
    ]
