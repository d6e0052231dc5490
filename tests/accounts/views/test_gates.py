"""What stays shut before the one-time password (MFA-4) and before the profile is complete (REG-6)."""

import pytest
from django.test import Client
from pytest_django import Settings

from accounts.models import User
from tests.conftest import sign_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db
BACKEND = "accounts.backends.PortalBackend"
PAGES = [
    "/home/",
    "/profile/",
    "/vehicles/",
    "/vehicles/add/",
    "/permits/",
    "/payments/",
    "/admin/",
    "/admin/accounts/user/",
    "/pay-ticket/",
    "/register/",
    "/no-such-page/",
]
OPEN = {"/login": 302, "/logout": 200, "/": 302, "/accent.css": 200, "/healthz": 200, "/static/css/portal.css": 200}


@pytest.fixture
def half_staff() -> Client:
    client = Client()
    client.force_login(make_user(is_staff=True, is_superuser=True), backend=BACKEND)
    return client


@pytest.fixture
def newcomer_client() -> Client:
    return sign_in(Client(), make_user(profile_complete=False))


@pytest.mark.parametrize("path", PAGES)
def test_every_page_leads_to_the_one_time_password(half_staff: Client, path: str) -> None:
    assert half_staff.get(path).headers["Location"] == "/one_time_password"
    assert half_staff.post(path).headers["Location"] == "/one_time_password"


@pytest.mark.parametrize(("path", "status"), [*OPEN.items(), ("/one_time_password", 200)])
def test_open_pages_pass_before_the_one_time_password(
    half_staff: Client, path: str, status: int, settings: Settings
) -> None:
    settings.WHITENOISE_USE_FINDERS = True
    response = half_staff.get(path)
    assert response.status_code == status
    assert response.headers.get("Location") != "/one_time_password"


def test_language_can_be_chosen_before_the_one_time_password(half_staff: Client) -> None:
    assert (
        half_staff.post("/", {"language": "fr", "next": "/one_time_password"}).headers["Location"]
        == "/one_time_password"
    )
    assert User.objects.get().language == "fr"


@pytest.mark.parametrize("path", [page for page in PAGES if page != "/profile/"])
def test_every_page_leads_to_the_profile_until_it_is_saved(newcomer_client: Client, path: str) -> None:
    assert newcomer_client.get(path).headers["Location"] == "/profile/"
    assert newcomer_client.post(path).headers["Location"] == "/profile/"


@pytest.mark.parametrize(("path", "status"), [*OPEN.items(), ("/profile/", 200)])
def test_open_pages_pass_before_the_profile_is_saved(
    newcomer_client: Client, path: str, status: int, settings: Settings
) -> None:
    settings.WHITENOISE_USE_FINDERS = True
    response = newcomer_client.get(path)
    assert response.status_code == status
    assert response.headers.get("Location") != "/profile/"


def test_gates_stand_open_for_everybody_else(resident_client: Client, staff_client: Client) -> None:
    for client in (resident_client, staff_client):
        assert client.get("/profile/").status_code == 200
