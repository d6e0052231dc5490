"""Your Profile."""

import pytest
from django.conf import settings
from django.contrib.messages import get_messages
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import ProfilePolicy, User
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import make_user, make_user_type

pytestmark = pytest.mark.django_db
NAMES = {"first_name": "Ada", "last_name": "Reyes", "phone": "", "organisation_number": "", "language": "en"}


@pytest.fixture
def newcomer() -> User:
    return make_user(first_name="", last_name="", profile_complete=False, user_type=make_user_type(name="Student"))


@pytest.fixture
def newcomer_client(newcomer: User) -> Client:
    return sign_in(Client(), newcomer)


def test_page_shows_person_and_what_is_left_to_do(newcomer: User, newcomer_client: Client) -> None:
    page = newcomer_client.get("/profile/").content.decode()
    for words in (newcomer.email, "Student", "Save Changes", "One step left"):
        assert words in page


def test_first_save_completes_the_profile_and_leads_home(newcomer: User, newcomer_client: Client) -> None:
    response = newcomer_client.post("/profile/", NAMES | {"phone": "(519) 555-0142", "language": "fr"})
    assert response.headers["Location"] == "/home/"
    assert response.cookies[settings.LANGUAGE_COOKIE_NAME].value == "fr"
    newcomer.refresh_from_db()
    assert (newcomer.first_name, str(newcomer.phone), newcomer.language, newcomer.profile_complete) == (
        "Ada",
        "+15195550142",
        "fr",
        True,
    )


def test_later_save_stays_on_the_profile(resident: User, resident_client: Client) -> None:
    response = resident_client.post("/profile/", NAMES | {"last_name": "Lovell"})
    assert response.headers["Location"] == "/profile/"
    assert [str(message) for message in get_messages(response.wsgi_request)] == ["Your changes are saved."]
    resident.refresh_from_db()
    assert resident.last_name == "Lovell"
    assert "One step left" not in resident_client.get("/profile/").content.decode()


def test_required_answer_keeps_the_profile_incomplete(newcomer: User, newcomer_client: Client) -> None:
    ProfilePolicy.objects.create(field="phone", rule="required")
    response = newcomer_client.post("/profile/", NAMES)
    assert response.context["form"].errors == {"phone": ["Enter your mobile number, for example 519-555-0142."]}
    assert 'value="Ada"' in response.content.decode()
    newcomer.refresh_from_db()
    assert not newcomer.profile_complete


def test_hidden_field_is_absent_and_cannot_be_set(resident: User, resident_client: Client) -> None:
    ProfilePolicy.objects.create(field="organisation_number", rule="hidden")
    assert "organisation_number" not in resident_client.get("/profile/").content.decode()
    resident_client.post("/profile/", NAMES | {"organisation_number": "77"})
    resident.refresh_from_db()
    assert resident.organisation_number == ""


def test_read_only_field_is_greyed_out_and_cannot_be_set(resident: User, resident_client: Client) -> None:
    ProfilePolicy.objects.create(field="first_name", rule="read_only")
    assert resident_client.get("/profile/").context["form"].fields["first_name"].disabled
    resident_client.post("/profile/", NAMES | {"first_name": "Mallory", "last_name": "Reyes-Ito"})
    resident.refresh_from_db()
    assert (resident.first_name, resident.last_name) == ("Ada", "Reyes-Ito")


def test_types_own_rule_goes_before_everybodys(newcomer: User, newcomer_client: Client) -> None:
    ProfilePolicy.objects.create(field="phone", rule="required", user_type=newcomer.user_type)
    ProfilePolicy.objects.create(field="phone", rule="hidden")
    ProfilePolicy.objects.create(field="phone", rule="read_only", user_type=make_user_type())
    assert newcomer_client.get("/profile/").context["form"].fields["phone"].required


@pytest.mark.parametrize("phone", ["12", "abc", "519-555-01423333", "\x00", "5" * 10_000, "+"])
def test_number_that_is_none_is_refused(resident: User, resident_client: Client, phone: str) -> None:
    response = resident_client.post("/profile/", NAMES | {"phone": phone})
    assert list(response.context["form"].errors) == ["phone"]


def test_refused_name_does_not_reach_the_head_of_the_page(resident_client: Client) -> None:
    page = resident_client.post("/profile/", NAMES | {"first_name": "Changed", "phone": "12"}).content.decode()
    assert "Changed" not in page.split("<main")[0]


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", "Zoë 👩🏽‍🚀", "\u202eevil", "'; DROP TABLE x; --", "{{ office }}", "محمد"]
)
def test_hostile_name_is_stored_as_text(resident: User, resident_client: Client, name: str) -> None:
    resident_client.post("/profile/", NAMES | {"first_name": name})
    resident.refresh_from_db()
    assert resident.first_name == name
    assert "<script>alert" not in resident_client.get("/profile/").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [("first_name", "a\x00b"), ("last_name", "x" * 10_000), ("organisation_number", "9" * 31), ("language", "xx")],
)
def test_answer_that_cannot_be_stored_is_refused(resident_client: Client, field: str, value: str) -> None:
    assert list(resident_client.post("/profile/", NAMES | {field: value}).context["form"].errors) == [field]


def test_flags_cannot_be_smuggled_in(resident: User, resident_client: Client) -> None:
    resident_client.post(
        "/profile/", NAMES | {"is_staff": "on", "is_superuser": "on", "email": "boss@example.test", "user_type": "1"}
    )
    resident.refresh_from_db()
    assert (resident.is_staff, resident.is_superuser, resident.email, resident.user_type) == (
        False,
        False,
        "resident@example.test",
        None,
    )


def test_stranger_is_sent_to_the_login_page(client: Client) -> None:
    assert client.get("/profile/").headers["Location"] == "/login?next=/profile/"
    assert client.post("/profile/", NAMES).headers["Location"] == "/login?next=/profile/"


def test_other_methods_are_refused(resident_client: Client) -> None:
    assert resident_client.delete("/profile/").status_code == 405


def test_page_costs_the_same_with_many_rules(
    resident: User, resident_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    resident_client.get("/profile/")
    for field in ("phone", "first_name", "last_name"):
        ProfilePolicy.objects.create(field=field, rule="required")
        with django_assert_num_queries(5 + SETTINGS_READ):
            resident_client.get("/profile/")


@pytest.mark.parametrize(("source", "shown"), [("portal", "Portal password"), ("sso", "Single sign-on")])
def test_page_says_how_one_logs_in(resident: User, resident_client: Client, source: str, shown: str) -> None:
    User.objects.update(login_source=source)
    assert f"<dt>Login</dt><dd>{shown}</dd>" in resident_client.get("/profile/").content.decode()
