"""Nobody enters the office around the second factor."""

import pytest
from django.contrib.auth import SESSION_KEY
from django.test import Client
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_email.models import EmailDevice

from accounts.models import AccountEvent, Mail, User
from accounts.services.factor_settings import reset_second_factor
from accounts.services.registration import password_link
from tests.accounts.codes import give_app, half_way, mailed_code, person_with_password
from tests.accounts.office import PASSWORD, set_office
from tests.conftest import sign_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db
DOORS = ["/admin/", "/admin/accounts/user/", "/admin/accounts/user/1/change/", "/admin/login/", "/admin/no/such/page/"]
GATE = "/one_time_password"


@pytest.fixture
def clerk() -> User:
    return person_with_password(email="clerk@example.test", is_staff=True, is_superuser=True)


def answers(client: Client) -> list[str | None]:
    return [client.get(path).headers.get("Location") for path in DOORS]


def test_password_alone_opens_no_door(client: Client, clerk: User) -> None:
    client.post("/login", {"login": clerk.email, "password": PASSWORD, "next": "/admin/"})
    assert answers(client) == [GATE] * len(DOORS)
    assert client.post("/admin/login/", {"username": clerk.email, "password": PASSWORD}).headers["Location"] == GATE


def test_offices_own_login_form_is_not_there(client: Client, clerk: User) -> None:
    response = client.post("/admin/login/", {"username": clerk.email, "password": PASSWORD})
    assert response.headers["Location"].startswith("/login?next=")
    assert SESSION_KEY not in client.session


def test_code_opens_them(clerk: User) -> None:
    client = half_way(clerk)
    client.post(GATE, {"code": mailed_code(clerk)})
    assert client.get("/admin/accounts/user/").status_code == 200


def test_office_without_multifactor_still_asks_staff(clerk: User) -> None:
    set_office(multifactor=False)
    assert answers(half_way(clerk)) == [GATE] * len(DOORS)


def test_session_from_before_somebody_became_staff_is_asked() -> None:
    user = make_user()
    client = sign_in(Client(), user)
    assert client.get("/home/").status_code == 200
    User.objects.update(is_staff=True, is_superuser=True)
    assert answers(client) == [GATE] * len(DOORS)


def test_new_password_by_link_opens_no_door(clerk: User) -> None:
    client = half_way(clerk)
    page = client.get(password_link(clerk).partition("8000")[2] or password_link(clerk), follow=True)
    new = "amber-meadow-172"
    client.post(page.request["PATH_INFO"], {"password1": new})
    clerk.refresh_from_db()
    assert clerk.check_password(new)
    assert answers(client) == [GATE] * len(DOORS)


def test_changed_password_keeps_the_verified_session_and_no_other(clerk: User) -> None:
    here, elsewhere = sign_in(Client(), clerk), half_way(clerk)
    new = "amber-meadow-172"
    here.post("/security/password/", {"current": PASSWORD, "password1": new, "password2": new})
    assert here.get("/admin/").status_code == 200
    assert elsewhere.get("/admin/").headers["Location"].startswith("/admin/login/")
    assert answers(half_way(User.objects.get())) == [GATE] * len(DOORS)


def test_half_way_the_password_cannot_be_changed(clerk: User) -> None:
    client = half_way(clerk)
    new = "amber-meadow-172"
    response = client.post("/security/password/", {"current": PASSWORD, "password1": new, "password2": new})
    assert response.headers["Location"] == GATE
    assert User.objects.get().check_password(PASSWORD)


def test_device_of_somebody_else_in_the_session_opens_nothing(clerk: User) -> None:
    client = half_way(clerk)
    other = EmailDevice.objects.create(user=make_user(), name="e-mail")
    session = client.session
    session[DEVICE_ID_SESSION_KEY] = other.persistent_id
    session.save()
    assert answers(client) == [GATE] * len(DOORS)


def test_reset_voids_app_and_codes_ends_sessions_and_turns_nothing_off(clerk: User, staff: User) -> None:
    _device, codes = give_app(clerk)
    client = sign_in(Client(), clerk)
    reset_second_factor(clerk, by=staff, reason="Phone lost, came with an ID card")
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")
    again = half_way(User.objects.get(pk=clerk.pk))
    assert again.post(GATE, {"code": codes[0]}).status_code == 200
    EmailDevice.objects.update(throttling_failure_timestamp=None)
    assert again.post(GATE, {"code": mailed_code(clerk)}).status_code == 302
    event = AccountEvent.objects.get(verb="second_factor_reset")
    assert (event.user, event.by, event.detail) == (clerk, staff, "Phone lost, came with an ID card")
    assert "reset it" in Mail.objects.filter(kind="second_factor_changed").order_by("-pk")[0].text
