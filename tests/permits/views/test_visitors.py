"""Visitors: buy hours, book a plate, and end the visit."""

from datetime import datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.dates import Period
from opscom.lib.office import office
from permits.models import HourBlock, Permit, PermitType, VisitorPlate
from permits.services.visitors.booking import book_visit
from permits.temporary_forms import WALL
from tests.factories import change_office, make_hours, make_lot, make_temporary_type, make_vehicle
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card
from vehicles.models import Vehicle

PAGE = "/permits/visitors/"
QUERIES = 10 + (not settings.REDIS_URL)  # without Redis the office's settings are a row


@pytest.fixture
def host(resident: User, bank: Books) -> User:
    change_office(visitor_hours=True)
    make_vehicle(resident, plate="CKRT418")
    paid_by_card([make_hours(resident).charge], resident)
    return resident


def tomorrow(hour: int) -> datetime:
    return (timezone.localtime() + timedelta(days=1)).replace(hour=hour, minute=0, second=0, microsecond=0)


def visit(permit_type: PermitType) -> str:
    return reverse("permits:visit", args=[permit_type.code])


def asked(**more: str) -> dict[str, str]:
    return {"starts": tomorrow(9).strftime(WALL), "hours": "3", "visitor": "other", "region": "CA-QC"} | more


def test_without_the_setting_tab_and_pages_are_gone(resident_client: Client, resident: User) -> None:
    make_vehicle(resident)
    resident.permit_disclaimer_at = timezone.now()
    resident.save()
    assert "Visitors" not in resident_client.get("/permits/").content.decode()
    pages = [PAGE, visit(make_temporary_type(takes_hours=True))]
    assert [resident_client.get(page).status_code for page in pages] == [404, 404]
    change_office(visitor_hours=True)
    assert '<a href="/permits/visitors/">Visitors</a>' in resident_client.get("/permits/").content.decode()


@pytest.mark.parametrize("n", [1, 3])
def test_page_shows_hours_visits_lots_and_visitors_in_constant_queries(
    resident_client: Client, host: User, django_assert_num_queries: DjangoAssertNumQueries, n: int
) -> None:
    for hour in range(n):
        vehicle = make_vehicle(plate=f"BXVN33{hour}")
        VisitorPlate.objects.create(user=host, vehicle=vehicle, name=f"Aunt Rosa {hour}")
        kind = make_temporary_type(make_lot(name=f"Lot of visitors {hour}"), takes_hours=True)
        period = Period(tomorrow(9 + hour), tomorrow(10 + hour))
        book_visit(host, permit_type=kind, vehicle=vehicle, period=period)
    make_temporary_type(make_lot(name="Elsewhere"))
    office()
    with django_assert_num_queries(QUERIES):
        page = resident_client.get(PAGE).content.decode()
    counts = [page.count(part) for part in ("Aunt Rosa", "BXVN 33", "Lot of visitors", "Elsewhere", f"{10 - n} h</p>")]
    assert counts == [2 * n, 2 * n, 2 * n, 0, 1]


def test_hours_go_into_the_basket_at_the_price_that_was_seen(resident_client: Client, host: User) -> None:
    for expected in ("9.00", "x", "10.00"):
        answer = resident_client.post(f"{PAGE}hours/", {"expected": expected})
        assert answer["Location"] == ("/payments/" if expected == "10.00" else PAGE)
    assert HourBlock.objects.filter(charge__state="open").count() == 1
    assert "Visitor hours, 10 h" in resident_client.get("/payments/").content.decode()


def test_a_new_plate_is_booked_and_kept_by_name_and_the_visit_ended(resident_client: Client, host: User) -> None:
    kind = make_temporary_type(takes_hours=True)
    answer = resident_client.post(visit(kind), asked(plate="bxvn-330", name="Aunt Rosa"))
    permit, kept = Permit.objects.get(), VisitorPlate.objects.get()
    assert answer["Location"] == f"/permits/{permit.code}/"
    assert (kept.name, str(kept.vehicle), list(permit.vehicles.all())) == ("Aunt Rosa", "BXVN330 QC", [kept.vehicle])
    page = resident_client.get(answer["Location"]).content.decode()
    parts = ("Visitor hours", "Booked with visitor hours", "Cancel visit", "Cancel Permit", "Change Plates", ">Extend<")
    assert [part in page for part in parts] == [True, True, True, False, False, False]
    page = resident_client.post(f"/permits/{permit.code}/end-visit/", follow=True).content.decode()
    assert f"Visit {permit.number} is cancelled. Given back: 3 h." in page
    page = resident_client.post(f"/permits/{permit.code}/end-visit/", follow=True).content.decode()
    assert "This visit is over already." in page
    assert resident_client.post(f"{PAGE}{kept.code}/forget/")["Location"] == PAGE
    assert not VisitorPlate.objects.exists()


def test_what_is_wrong_is_said_and_nothing_is_written(resident_client: Client, host: User) -> None:
    kind = make_temporary_type(takes_hours=True)
    known = VisitorPlate.objects.create(user=host, vehicle=make_vehicle(), name="Aunt Rosa")
    before = Vehicle.objects.count()
    for fields, said in (
        ({}, "Enter the plate, for example CKRT 418."),
        ({"plate": "ÄÖ!"}, "Enter the plate with letters and digits only"),
        ({"plate": "BXVN330", "visitor": known.code}, "Choose one of your visitors or enter a plate, not both."),
        ({"plate": "BXVN330", "visitor": "NOBODY"}, "Choose one of your visitors, or enter a plate."),
        ({"plate": "BXVN330", "hours": ""}, "Choose when you stop parking"),
        ({"visitor": known.code, "hours": "11"}, "You lack 1 h for this visit."),
    ):
        assert said in resident_client.post(visit(kind), asked(**fields)).content.decode()
    assert (Vehicle.objects.count(), Permit.objects.count()) == (before, 0)
    resident_client.post(visit(kind), asked(visitor=known.code))
    assert list(Permit.objects.get().vehicles.all()) == [known.vehicle]
