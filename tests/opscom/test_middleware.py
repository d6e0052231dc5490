"""What happens around every request. The gates themselves: tests/accounts/views/test_gates.py."""

from unittest.mock import patch

import pytest
from auditlog.models import LogEntry
from django.test import Client
from pytest_django import DjangoAssertNumQueries, Settings

from accounts.models import User, UserType
from tests.accounts.acting import Staffed
from tests.conftest import sign_in
from tests.factories import make_user

pytestmark = pytest.mark.django_db


@pytest.mark.parametrize("path", ["/home/", "/payments/", "/login", "/profile/", "/healthz"])
def test_no_cache_keeps_a_page(resident_client: Client, path: str) -> None:
    policy = resident_client.get(path).headers["Cache-Control"]
    assert {"no-store", "private", "no-cache"} <= {part.strip() for part in policy.split(",")}


def test_accent_may_be_kept(client: Client) -> None:
    assert client.get("/accent.css").headers["Cache-Control"] == "public, max-age=86400"


@pytest.mark.parametrize(
    ("cookie", "header", "language"),
    [
        ("", "", "en"),
        ("", "fr-CA,fr;q=0.9", "fr"),
        ("es", "fr", "es"),
        ("de", "fr", "fr"),
        ("", "de", "en"),
        ("\x00", "", "en"),
    ],
)
def test_language_is_the_cookies_then_the_browsers(client: Client, cookie: str, header: str, language: str) -> None:
    if cookie:
        client.cookies["language"] = cookie
    response = client.get("/login", headers={"Accept-Language": header})
    assert response.headers["Content-Language"] == language
    assert f'<html lang="{language}">'.encode() in response.content
    assert "Accept-Language" in response.headers["Vary"]


def test_settings_are_read_once_for_a_whole_page(
    client: Client, settings: Settings, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    settings.REDIS_URL = ""
    with django_assert_num_queries(2) as captured:  # the other looks for public forms
        client.get("/login/")
    assert ["opscom_systemsettings" in query["sql"] for query in captured.captured_queries] == [True, False]


def change_phone(client: Client, owner: User, **headers: str) -> LogEntry:
    """Somebody in the office changes a person; the trail's entry of it."""
    form = {
        "email": "moved@example.test",
        "first_name": "Ada",
        "last_name": "Changed",
        "phone": "",
        "organisation_number": "",
        "user_type": "",
        "language": "en",
        "login_source": "portal",
        "profile_complete": "on",
    }
    response = client.post(f"/admin/accounts/user/{owner.pk}/change/", form, headers=headers)
    assert response.status_code == 302
    entries = LogEntry.objects.filter(object_pk=str(owner.pk), action=LogEntry.Action.UPDATE)
    [entry] = [entry for entry in entries if "email" in entry.changes]
    return entry


def test_audit_trail_names_actor_and_trusted_address(staff_client: Client, staff: User, settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 1
    entry = change_phone(staff_client, make_user(), **{"X-Forwarded-For": "6.6.6.6, 203.0.113.5"})
    assert (entry.actor, entry.remote_addr) == (staff, "203.0.113.5")
    assert entry.changes["email"][1] == "moved@example.test"


def test_audit_trail_believes_no_header_without_a_proxy(staff_client: Client, settings: Settings) -> None:
    settings.TRUSTED_PROXY_COUNT = 0
    assert change_phone(staff_client, make_user(), **{"X-Forwarded-For": "6.6.6.6"}).remote_addr == "127.0.0.1"


def test_audit_trail_names_the_one_who_acts_and_for_whom() -> None:
    staffed = Staffed()
    person = staffed.person
    UserType.objects.create(code="guest", name="Guest")
    staffed.enter()
    with patch("accounts.views.profile.save_profile", side_effect=retype):
        staffed.client.post("/profile/", {"first_name": "Maya", "last_name": "Okafor", "phone": "", "language": "en"})
    entry = LogEntry.objects.filter(object_pk=str(person.pk), action=LogEntry.Action.UPDATE).latest("pk")
    assert (entry.actor, entry.additional_data) == (staffed.manager.user, {"acting_for": person.email})


def retype(user: User, **kwargs: object) -> None:
    """A change that the trail watches, made while the profile is saved."""
    user.user_type = UserType.objects.get(code="guest")
    user.save()


@pytest.mark.parametrize("path", ["/login", "/pay-ticket/", "/healthz"])
def test_browser_is_told_what_it_may_load(client: Client, path: str) -> None:
    headers = client.get(path).headers
    policy = dict(part.strip().partition(" ")[::2] for part in headers["Content-Security-Policy"].split(";"))
    assert (policy["default-src"], policy["script-src"], policy["style-src"], policy["frame-ancestors"]) == (
        "'none'",
        "'self'",
        "'self'",
        "'none'",
    )
    assert (headers["X-Frame-Options"], headers["X-Content-Type-Options"], headers["Referrer-Policy"]) == (
        "DENY",
        "nosniff",
        "same-origin",
    )


def test_closed_account_is_out_at_once(resident: User) -> None:
    client = sign_in(Client(), resident)
    assert client.get("/home/").status_code == 200
    User.objects.filter(pk=resident.pk).update(is_active=False)
    assert client.get("/home/").headers["Location"] == "/login?next=/home/"
