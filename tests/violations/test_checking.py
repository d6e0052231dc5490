"""The page on which officers check plates."""

from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from django.conf import settings
from django.contrib.auth.models import Group
from django.test import Client

from accounts.models import User
from permits.models import PlateCheck
from tests.conftest import sign_in
from tests.factories import change_office, make_lot, make_permit, make_user, make_vehicle, make_window
from tests.payments.views.counting import queries
from tests.payments.views.page import soup

pytestmark = pytest.mark.django_db
PATH = "/admin/violations/violation/check/"


@pytest.fixture
def officer() -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Enforcement"))
    return user


@pytest.fixture
def client(officer: User) -> Client:
    """The officer's phone."""
    return sign_in(Client(), officer)


def words(response: Any) -> str:
    """The answer that the page shows."""
    [shown] = soup(response).select(".verdict")
    return " ".join(shown.get_text().split())


def ways(response: Any) -> list[str]:
    return [str(link["href"]) for link in soup(response).select(".verdict a")]


def test_plate_without_a_permit_leads_to_a_ticket_that_knows_it(client: Client, officer: User) -> None:
    lot = make_lot(name="Lot B")
    response = client.post(PATH, {"plate": "ckrt 418", "lot": lot.pk, "region": "CA-ON"})
    assert words(response) == "No permit CKRT 418 Lot B No permit is known for this plate. Write a ticket"
    [ticket] = ways(response)
    assert parse_qs(urlsplit(ticket).query) == {
        "plate": ["CKRT418"],
        "plate_region": ["CA-ON"],
        "lot": [str(lot.pk)],
    }
    form = client.get(ticket).context["form"]
    assert (form["plate"].value(), form["plate_region"].value(), str(form["lot"].value())) == (
        "CKRT418",
        "CA-ON",
        str(lot.pk),
    )
    logged = PlateCheck.objects.values_list("plate", "region", "lot", "verdict", "by")
    assert list(logged) == [("CKRT418", "CA-ON", lot.pk, "unknown", officer.pk)]


def test_covered_plate_shows_its_permit_and_no_ticket(client: Client) -> None:
    driver = make_user()
    make_vehicle(driver, plate="CKRT418")
    permit = make_permit(driver, make_window(make_lot(name="Lot B")))
    type(permit).objects.filter(pk=permit.pk).update(state="active")
    response = client.post(PATH, {"plate": "CKRT418", "lot": "", "region": ""})
    assert words(response).startswith("Covered CKRT 418 Any lot Its permit is valid through ")
    assert ways(response) == [f"/admin/permits/permit/{permit.pk}/change/"]


def test_lot_is_remembered_and_the_last_own_checks_are_listed(client: Client) -> None:
    lot = make_lot(name="Lot B")
    PlateCheck.objects.create(plate="BVLP902", verdict="unknown")
    client.post(PATH, {"plate": "CKRT418", "lot": lot.pk, "region": ""})
    page = soup(client.get(PATH))
    assert [option["value"] for option in page.select("#id_lot option[selected]")] == [str(lot.pk)]
    assert [plate.get_text() for plate in page.select(".plate-latest .plate")] == ["CKRT 418"]


@pytest.mark.parametrize("plate", ["", "CK/418", "CKRT41899999"])
def test_what_is_no_plate_is_kept_and_not_logged(client: Client, plate: str) -> None:
    page = soup(client.post(PATH, {"plate": plate, "lot": "", "region": ""}))
    assert (len(page.select(".field-error")), page.select(".verdict"), PlateCheck.objects.count()) == (1, [], 0)
    assert [field.get("value", "") for field in page.select("#id_plate")] == [plate]


def test_check_costs_the_same_however_many_there_were(client: Client) -> None:
    change_office()

    def check(expected: int) -> None:
        with queries(expected + (not settings.REDIS_URL)):  # without Redis the office's settings are a row
            client.post(PATH, {"plate": "CKRT418", "lot": "", "region": ""})

    client.post(PATH, {"plate": "CKRT418", "lot": "", "region": ""})
    check(8)
    check(8)


def test_role_without_the_right_is_refused() -> None:
    cashier = make_user(is_staff=True)
    cashier.groups.add(Group.objects.get(name="Cashier"))
    assert sign_in(Client(), cashier).get(PATH).status_code == 403
