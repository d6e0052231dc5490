"""Get Temp Permit → when and with what → Check Availability → Reserve Permit → payment (PER-3, PER-4, PER-5)."""

from datetime import UTC, datetime, timedelta

import pytest
from django.conf import settings
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries
from time_machine import travel

from accounts.models import User
from opscom.lib.office import office
from permits.models import Permit, PermitType
from permits.temporary_forms import WALL
from tests.conftest import sign_in
from tests.factories import (
    change_office,
    make_lot,
    make_tax,
    make_temporary,
    make_temporary_type,
    make_user,
    make_user_type,
    make_vehicle,
)
from vehicles.models import VehicleOwner

LIST = "/permits/temporary/"
QUERIES = 7 + (not settings.REDIS_URL)  # without Redis the office's settings are a row


@pytest.fixture
def link(resident: User) -> VehicleOwner:
    make_vehicle(resident, plate="CKRT418")
    resident.permit_disclaimer_at = timezone.now()
    resident.save()
    return VehicleOwner.objects.get(user=resident)


def tomorrow(hour: int = 9, minute: int = 0) -> datetime:
    day = timezone.localtime() + timedelta(days=1)
    return day.replace(hour=hour, minute=minute, second=0, microsecond=0)


def asked(link: VehicleOwner, **more: str) -> dict[str, str]:
    return {"starts": tomorrow().strftime(WALL), "hours": "3", "vehicle": link.code} | more


def address(permit_type: PermitType) -> str:
    return reverse("permits:get_temp", args=[permit_type.code])


def check(client: Client, permit_type: PermitType, fields: dict[str, str]) -> str:
    answer = client.get(address(permit_type), fields)
    assert answer.status_code == 200
    return str(answer.content.decode())


def test_tabs_lead_from_standard_to_temporary_and_back(resident_client: Client, link: VehicleOwner) -> None:
    standard, temporary = (resident_client.get(url).content.decode() for url in ("/permits/", LIST))
    assert '<a href="/permits/" aria-current="page">Standard</a>' in standard
    assert '<a href="/permits/temporary/">Temporary</a>' in standard
    assert '<a href="/permits/temporary/" aria-current="page">Temporary</a>' in temporary
    assert "No lot has temporary permits for you now." in temporary


def test_without_temporary_permits_tab_and_pages_are_gone(resident_client: Client, link: VehicleOwner) -> None:
    permit_type = make_temporary_type()
    change_office(temporary_permits=False)
    assert "Temporary" not in resident_client.get("/permits/").content.decode()
    assert [resident_client.get(url).status_code for url in (LIST, address(permit_type))] == [404, 404]


@pytest.mark.parametrize("lots", [1, 3])
def test_list_shows_rates_and_places_in_constant_queries(
    resident_client: Client, link: VehicleOwner, django_assert_num_queries: DjangoAssertNumQueries, lots: int
) -> None:
    for _ in range(lots):
        make_temporary_type(make_lot(spaces=4), weekly="40.00")
    make_temporary_type(make_lot(visibility="hidden"))
    make_temporary_type(active=False)
    office()
    with django_assert_num_queries(QUERIES):
        page = resident_client.get(LIST).content.decode()
    assert [
        page.count(part) for part in ("Get Temp Permit", "4 free now", "$2.00", "$10.00 a day", "$40.00 a week")
    ] == [lots] * 5


def test_check_says_free_places_price_and_until_when_it_is_held(
    resident_client: Client, link: VehicleOwner, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    make_tax(rate="13", name="HST")
    permit_type = make_temporary_type(make_lot(spaces=4))
    make_temporary(make_user(), permit_type, start=tomorrow(11))
    resident_client.get(LIST)
    with django_assert_num_queries(9 + (not settings.REDIS_URL)):
        page = check(resident_client, permit_type, asked(link))
    for part in (
        "A place is free",
        "3 left",
        "At the fullest moment 1 of 4 spaces are taken.",
        "3 h × $2.00",
        "HST 13%",
        "$6.78",
        "At most $10.00 a day",
        "the place waits for your payment until",
    ):
        assert part in page
    assert Permit.objects.count() == 1


def test_reserve_holds_and_goes_to_payments(resident_client: Client, link: VehicleOwner) -> None:
    permit_type = make_temporary_type()
    fields = asked(link, expected="6.00")
    for _ in range(2):  # a double click is one hold
        answer = resident_client.post(address(permit_type), fields, follow=True)
        assert answer.redirect_chain == [("/payments/", 302)]
    permit = Permit.objects.get()
    assert (permit.starts_at, permit.ends_at) == (tomorrow(9), tomorrow(12))
    assert (permit.holder, list(permit.vehicles.all())) == (link.user, [link.vehicle])
    page = answer.content.decode()
    assert f"Permit {permit.number} is held until" in page
    assert permit.charge.detail in page


def test_full_offers_the_nearest_times_and_other_lots(resident_client: Client, link: VehicleOwner) -> None:
    permit_type = make_temporary_type(make_lot(spaces=1))
    other = make_temporary_type(make_lot(name="Blue <lot>"))
    make_temporary(make_user(), permit_type, start=tomorrow(9), hours=2)
    page = check(resident_client, permit_type, asked(link, hours="1"))
    assert "No place is free then" in page
    assert "Reserve Permit" not in page
    for hour in (8, 11):
        assert f"starts={tomorrow(hour):%Y-%m-%dT%H%%3A%M}" in page
    assert f"{address(other)}?" in page
    assert "Blue &lt;lot&gt;" in page


def test_full_meanwhile_or_another_price_takes_nothing_and_shows_why(
    resident_client: Client, link: VehicleOwner
) -> None:
    permit_type = make_temporary_type(make_lot(spaces=1))
    answer = resident_client.post(address(permit_type), asked(link, expected="5.00"), follow=True)
    assert "The price has changed meanwhile." in answer.content.decode()
    make_temporary(make_user(), permit_type, start=tomorrow(9))
    answer = resident_client.post(address(permit_type), asked(link, expected="6.00"), follow=True)
    page = answer.content.decode()
    assert ("The last place in" in page, "Nearest free times here" in page) == (True, True)
    assert Permit.objects.count() == 1


@pytest.mark.parametrize(
    ("fields", "says"),
    [
        ({"starts": ""}, "Choose when you start to park."),
        ({"starts": "soon"}, "Write day and time, for example 2026-11-21 14:00."),
        ({"hours": ""}, "Choose when you stop parking, or give a number of hours."),
        ({"hours": "0"}, "Choose how many hours you park, for example 3."),
        ({"ends": tomorrow(12).strftime(WALL)}, "Give the end or the number of hours, not both."),
        ({"hours": "", "ends": tomorrow(8).strftime(WALL)}, "The end comes before the start. Choose a later end."),
        ({"starts": "2020-01-01T09:00"}, "The start has passed. Choose a time from now on."),
        ({"starts": "2999-01-01T09:00"}, "That is more than a year away. Choose an earlier start."),
        ({"starts": tomorrow(9, 5).strftime(WALL)}, "Times go in steps of 15 minutes"),
        ({"hours": "744"}, "A temporary permit here is valid for 30 days at most."),
        ({"vehicle": ""}, "Choose a vehicle. Permits go by plate."),
        ({"vehicle": "NOTMINE"}, "That is not one of your vehicles. Choose one of them."),
    ],
)
def test_each_mistake_has_its_own_sentence(
    resident_client: Client, link: VehicleOwner, fields: dict[str, str], says: str
) -> None:
    page = check(resident_client, make_temporary_type(), asked(link, **fields))
    assert says in page.replace("&#x27;", "'")
    assert "Reserve Permit" not in page


def test_an_inactive_vehicle_is_refused_by_name(resident_client: Client, link: VehicleOwner, resident: User) -> None:
    parked = make_vehicle(resident, plate="OLD1").owner_links.get()
    VehicleOwner.objects.filter(pk=parked.pk).update(active=False)
    page = check(resident_client, make_temporary_type(), asked(link, vehicle=parked.code))
    assert "OLD1 is not active. Turn it on with Active on the Vehicles page, or choose another." in page


def test_a_lot_for_others_is_not_there(resident_client: Client, link: VehicleOwner) -> None:
    lot = make_lot()
    lot.user_types.add(make_user_type())
    permit_type = make_temporary_type(lot)
    assert resident_client.get(address(permit_type)).status_code == 404
    assert resident_client.post(address(permit_type), asked(link, expected="6.00")).status_code == 404


def test_a_lot_for_ones_own_type_is_listed_and_one_by_link_is_not(
    resident_client: Client, link: VehicleOwner, resident: User
) -> None:
    mine, direct = make_lot(name="Staff lot"), make_lot(name="Linked lot", visibility="direct")
    resident.user_type = make_user_type()
    resident.save(update_fields=["user_type"])
    mine.user_types.add(resident.user_type)
    types = [make_temporary_type(lot) for lot in (mine, direct)]
    page = resident_client.get(LIST).content.decode()
    assert ("Staff lot" in page, "Linked lot" in page) == (True, False)
    assert [resident_client.get(address(permit_type)).status_code for permit_type in types] == [200, 200]
    page = resident_client.get(reverse("permits:lot", args=[direct.code])).content.decode()
    assert page.count(address(types[1])) == 1


def test_the_hour_that_the_clocks_skip_is_refused_and_the_one_shown_twice_asked_about(
    resident_client: Client, link: VehicleOwner
) -> None:
    with travel(datetime(2027, 3, 1, 12, tzinfo=UTC)):
        client, permit_type = sign_in(Client(), link.user), make_temporary_type()
        page = check(client, permit_type, asked(link, starts="2027-03-14T02:30"))
        assert "There is no 02:30 on Sunday, March 14, 2027: the clocks go forward over it." in page
    with travel(datetime(2027, 10, 20, 12, tzinfo=UTC)):
        client = sign_in(Client(), link.user)
        wanted = asked(link, starts="2027-11-07T00:30", hours="", ends="2027-11-07T01:30")
        page = check(client, permit_type, wanted)
        assert "the clocks go back and 01:30 comes twice. Choose the first or the second." in page
        assert ("1:30 a.m. EDT" in page, "1:30 a.m. EST" in page) == (True, True)
        pages = [check(client, permit_type, wanted | {"ends_second": which}) for which in ("1", "2")]
        assert ["1 h × $2.00" in pages[0], "2 h × $2.00" in pages[1]] == [True, True]


def test_bounds_of_a_free_permit_are_said_and_it_is_valid_at_once(resident_client: Client, link: VehicleOwner) -> None:
    kind = make_temporary_type(free=True, days_ahead=3, year_days=7)
    said = resident_client.get(LIST).content.decode()
    assert '<span class="lot-price">Free</span>' in said
    assert "30 days at most. Sold 3 days ahead at most. 7 days a year to a vehicle." in said
    assert "It is free of charge, and valid as soon as you reserve it." in check(resident_client, kind, asked(link))
    answer = resident_client.post(address(kind), asked(link, expected="0.00"), follow=True)
    permit = Permit.objects.get()
    assert answer.redirect_chain == [(reverse("permits:detail", args=[permit.code]), 302)]
    assert f"Permit {permit.number} is valid. It costs nothing." in answer.content.decode()
