"""A lot's own page, which a direct link or a QR opens."""

import pytest
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from opscom.lib.office import office
from permits.models import Lot, Permit
from tests.factories import make_lot, make_permit, make_user, make_user_type, make_vehicle, make_window
from vehicles.models import VehicleOwner

QUERIES = 11 + (not settings.REDIS_URL)  # without Redis the office's settings are a row


@pytest.fixture
def link(resident: User) -> VehicleOwner:
    make_vehicle(resident)
    resident.permit_disclaimer_at = timezone.now()
    resident.save()
    return VehicleOwner.objects.get(user=resident)


def locked_lot(password: str = "maple-grove", **fields: object) -> Lot:
    lot = make_lot(name="Contractors", description="Behind the barn", **fields)
    lot.set_password(password)
    lot.save()
    return lot


def page_of(client: Client, lot: Lot) -> str:
    answer = client.get(f"/lots/{lot.code}/")
    assert answer.status_code == 200
    return str(answer.content.decode())


@pytest.mark.parametrize("visibility", ["visible", "direct"])
def test_lot_shows_what_it_sells_listed_or_not(resident_client: Client, link: VehicleOwner, visibility: str) -> None:
    window = make_window(make_lot(name="Barn <lot>", visibility=visibility, accessible_spaces=2), name="December")
    page = page_of(resident_client, window.permit_type.lot)
    words = (
        "Barn &lt;lot&gt;",
        "December",
        "$77.00",
        reverse("permits:reserve", args=[window.code]),
        "Accessible 2",
        "Standard 8",
    )
    text = " ".join(page.split())
    assert [word for word in words if word not in text] == []
    assert ("Barn &lt;lot&gt;" in resident_client.get("/permits/").content.decode()) is (visibility == "visible")


def test_lot_by_its_link_is_reserved(resident_client: Client, link: VehicleOwner) -> None:
    window = make_window(make_lot(visibility="direct"))
    address = reverse("permits:reserve", args=[window.code])
    assert resident_client.post(address, {"vehicle": link.code}).headers["Location"] == "/payments/"
    assert Permit.objects.get().window == window


@pytest.mark.parametrize("method", ["get", "post"])
def test_lot_hidden_or_unknown_is_404(resident_client: Client, method: str) -> None:
    hidden = make_lot(visibility="hidden")
    for code in (hidden.code, "no-such-lot"):
        assert getattr(resident_client, method)(f"/lots/{code}/").status_code == 404


def test_lot_of_another_user_type_says_so(resident_client: Client, link: VehicleOwner) -> None:
    lot = make_lot(name="Faculty lot")
    lot.user_types.add(make_user_type())
    answer = resident_client.get(f"/lots/{lot.code}/", follow=True)
    page = answer.content.decode()
    assert (answer.redirect_chain, "This lot is for other users." in page, "Faculty lot" in page) == (
        [("/permits/", 302)],
        True,
        False,
    )


def test_lot_sends_the_anonymous_to_the_login_and_back(client: Client, db: None) -> None:
    lot = make_lot()
    assert client.get(f"/lots/{lot.code}/").headers["Location"] == f"{reverse('account_login')}?next=/lots/{lot.code}/"


def test_lot_asks_for_its_password_once_a_session(resident_client: Client, link: VehicleOwner) -> None:
    lot = locked_lot()
    window = make_window(lot)
    url, reserving = f"/lots/{lot.code}/", reverse("permits:reserve", args=[window.code])
    assert resident_client.get(reserving).headers["Location"] == url
    assert resident_client.post(url, {"password": "maple-grove"}).headers["Location"] == url
    assert (window.name in page_of(resident_client, lot), resident_client.get(reserving).status_code) == (True, 200)
    assert resident_client.post(reserving, {"vehicle": link.code}).headers["Location"] == "/payments/"
    lot.set_password("another")
    lot.save()
    assert "Password of the lot" in page_of(resident_client, lot)


@pytest.mark.parametrize(("typed", "said"), [("", "Enter the password."), ("oak", "This is not the password.")])
def test_lot_wrong_password_says_nothing_of_the_lot(resident_client: Client, typed: str, said: str) -> None:
    window = make_window(locked_lot())
    page = resident_client.post(f"/lots/{window.permit_type.lot.code}/", {"password": typed}).content.decode()
    assert [said in page, *(word in page for word in ("Contractors", "Behind the barn", "$77.00", window.code))] == [
        True,
        False,
        False,
        False,
        False,
    ]


def test_lot_password_is_tried_five_times(resident_client: Client) -> None:
    cache.clear()
    lot = locked_lot()
    for _ in range(5):
        resident_client.post(f"/lots/{lot.code}/", {"password": "oak"})
    page = resident_client.post(f"/lots/{lot.code}/", {"password": "maple-grove"}).content.decode()
    assert ("Too many tries. Wait 15 minutes" in page, "Contractors" in page) == (True, False)


def test_locked_lot_on_the_permits_page_sells_nothing_before_the_password(
    resident_client: Client, link: VehicleOwner
) -> None:
    window = make_window(locked_lot())
    page = resident_client.get("/permits/").content.decode()
    lot = window.permit_type.lot
    assert (f"/lots/{lot.code}/" in page, window.code in page, "Behind the barn" in page) == (True, False, False)
    resident_client.post(f"/lots/{lot.code}/", {"password": "maple-grove"})
    assert window.code in resident_client.get("/permits/").content.decode()


@pytest.mark.parametrize("rows", [1, 3])
def test_lot_queries_do_not_grow(
    resident_client: Client, link: VehicleOwner, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    lot = make_lot()
    for _ in range(rows):
        make_permit(make_user(), make_window(lot))
    office()  # fills the shared cache where there is one
    with django_assert_num_queries(QUERIES):
        page = resident_client.get(f"/lots/{lot.code}/")
    assert page.content.decode().count("Reserve Permit<") == rows


def test_page_says_where_and_when_its_permits_hold(resident_client: Client, link: VehicleOwner) -> None:
    lot = make_lot(free_times="sat,sun", closed_times="02:00-05:00")
    lot.covers.create(also=make_lot(name="Red zone"))
    page = resident_client.get(f"/lots/{lot.code}/").content.decode()
    for said in (
        "Permits for it hold in Red zone, too.",
        "No permit needed: Saturday, Sunday",
        "No parking: every day, 2 a.m. to 5 a.m.",
    ):
        assert said in page
