"""Details → Reserve Permit → Payments (PER-3)."""

from urllib.parse import urlencode

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from permits.models import Permit, SalesWindow
from tests.factories import make_lot, make_permit, make_user, make_user_type, make_vehicle, make_window
from vehicles.models import VehicleOwner


@pytest.fixture
def link(resident: User) -> VehicleOwner:
    make_vehicle(resident, plate="CKRT418")
    resident.permit_disclaimer_at = timezone.now()
    resident.save()
    return VehicleOwner.objects.get(user=resident)


@pytest.fixture
def window(db: None) -> SalesWindow:
    return make_window(make_lot(name="Yellow zone"), price="77.00")


def address(window: SalesWindow) -> str:
    return reverse("permits:reserve", args=[window.code])


def test_reserve_shows_the_details_first(resident_client: Client, link: VehicleOwner, window: SalesWindow) -> None:
    page = resident_client.get(address(window)).content.decode()
    assert [
        part
        for part in (
            "Yellow zone",
            "$77.00",
            "15 minutes",
            "CKRT 418",
            f'value="{link.code}"',
            "checked",
            "Reserve Permit",
        )
        if part not in page
    ] == []
    assert Permit.objects.count() == 0


def test_reserve_holds_and_goes_to_payments(resident_client: Client, link: VehicleOwner, window: SalesWindow) -> None:
    answer = resident_client.post(address(window), {"vehicle": link.code}, follow=True)
    assert answer.redirect_chain == [("/payments/", 302)]
    permit = Permit.objects.get()
    assert (permit.holder, list(permit.vehicles.all())) == (link.user, [link.vehicle])
    assert f"Permit {permit.number} is held until" in answer.content.decode()


def test_reserve_twice_gives_the_same_hold(resident_client: Client, link: VehicleOwner, window: SalesWindow) -> None:
    for _ in range(2):
        assert resident_client.post(address(window), {"vehicle": link.code}).headers["Location"] == "/payments/"
    assert Permit.objects.count() == 1


def test_reserve_what_one_has_leads_to_it(resident_client: Client, link: VehicleOwner, window: SalesWindow) -> None:
    permit = make_permit(link.user, window)
    assert resident_client.get(address(window)).headers["Location"] == reverse("permits:detail", args=[permit.code])
    Permit.objects.update(state="active", held_until=None)
    assert resident_client.post(address(window), {"vehicle": link.code}).headers["Location"] == reverse(
        "permits:detail", args=[permit.code]
    )


def test_reserve_one_of_several_vehicles_or_all(
    resident_client: Client, link: VehicleOwner, window: SalesWindow
) -> None:
    second = make_vehicle(link.user)
    resident_client.post(address(window), {"vehicle": VehicleOwner.objects.get(vehicle=second).code})
    assert list(Permit.objects.get(window=window).vehicles.all()) == [second]
    other = make_window()
    Permit.objects.update(state="cancelled")
    assert "All 2 of them, one parked at a time" in resident_client.get(address(other)).content.decode()
    resident_client.post(address(other), {"vehicle": "all"})
    assert set(Permit.objects.get(window=other).vehicles.all()) == {link.vehicle, second}


@pytest.mark.parametrize("case", ["missing", "inactive", "foreign", "all of one"])
def test_reserve_other_vehicles_are_refused(
    resident_client: Client, link: VehicleOwner, window: SalesWindow, case: str
) -> None:
    inactive = VehicleOwner.objects.create(user=link.user, vehicle=make_vehicle(), active=False)
    foreign = VehicleOwner.objects.create(user=make_user(), vehicle=make_vehicle())
    said = {"missing": "", "inactive": inactive.code, "foreign": foreign.code, "all of one": "all"}[case]
    answer = resident_client.post(address(window), {"vehicle": said})
    message = "Choose a vehicle. Permits go by plate." if case == "missing" else "Choose one of your active vehicles."
    assert (answer.status_code, message in answer.content.decode(), Permit.objects.count()) == (200, True, 0)


@pytest.mark.parametrize("method", ["get", "post"])
def test_reserve_full_lot_says_so_on_the_permits_page(resident_client: Client, link: VehicleOwner, method: str) -> None:
    window = make_window(make_lot(spaces=1, name="Tiny lot"))
    make_permit(make_user(), window)
    answer = getattr(resident_client, method)(address(window), {"vehicle": link.code}, follow=True)
    assert answer.redirect_chain == [("/permits/", 302)]
    text = "its last place is taken" if method == "get" else "The last place in Tiny lot went a moment ago."
    assert text in answer.content.decode()
    assert Permit.objects.filter(holder=link.user).count() == 0


@pytest.mark.parametrize("method", ["get", "post"])
def test_reserve_after_the_sale_says_so(
    resident_client: Client, link: VehicleOwner, window: SalesWindow, method: str
) -> None:
    SalesWindow.objects.update(active=False)
    answer = getattr(resident_client, method)(address(window), {"vehicle": link.code}, follow=True)
    assert answer.redirect_chain == [("/permits/", 302)]
    assert "not on sale now" in answer.content.decode()


@pytest.mark.parametrize("method", ["get", "post"])
def test_reserve_unknown_and_hidden_windows_are_404(resident_client: Client, link: VehicleOwner, method: str) -> None:
    lot = make_lot()
    lot.user_types.add(make_user_type())
    for url in (
        address(make_window(lot)),
        address(make_window(make_lot(visibility="hidden"))),
        "/permits/reserve/NOSUCHCODE00/",
    ):
        assert getattr(resident_client, method)(url, {"vehicle": link.code}).status_code == 404
    assert Permit.objects.count() == 0


@pytest.mark.parametrize("method", ["get", "post"])
def test_reserve_wants_vehicle_and_disclaimer_first(
    resident_client: Client, resident: User, window: SalesWindow, method: str
) -> None:
    ask = getattr(resident_client, method)
    back = urlencode({"next": address(window)})
    assert ask(address(window)).headers["Location"] == f"/vehicles/?{back}"
    make_vehicle(resident)
    assert ask(address(window)).headers["Location"] == f"/permits/disclaimer/?{back}"
    assert resident_client.post(f"/permits/disclaimer/?{back}").headers["Location"] == address(window)


def test_reserve_anonymous_goes_to_login(client: Client, window: SalesWindow) -> None:
    assert client.post(address(window)).headers["Location"] == f"{reverse('account_login')}?next={address(window)}"


def test_reserve_other_methods_are_refused(resident_client: Client, window: SalesWindow) -> None:
    assert resident_client.delete(address(window)).status_code == 405


@pytest.mark.parametrize("rows", [1, 3])
def test_reserve_queries_do_not_grow(
    resident_client: Client,
    link: VehicleOwner,
    window: SalesWindow,
    rows: int,
    django_assert_max_num_queries: DjangoAssertNumQueries,
) -> None:
    for _ in range(rows):
        make_vehicle(link.user)
        make_permit(make_user(), window)
    with django_assert_max_num_queries(12):
        assert resident_client.get(address(window)).status_code == 200
