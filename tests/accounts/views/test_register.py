"""Create Account."""

import pytest
from allauth.account.models import EmailAddress
from django.contrib.messages import get_messages
from django.test import Client
from django.utils import translation
from pytest_django import DjangoAssertNumQueries

from accounts.models import Mail, ProfilePolicy, User
from tests.accounts.mailbox import kinds
from tests.accounts.office import SETTINGS_READ, set_office
from tests.factories import make_user, make_user_type

pytestmark = pytest.mark.django_db
EMAIL = "nell@example.test"


def ask(field: str, **rule: object) -> None:
    ProfilePolicy.objects.create(**{"field": field, "rule": "required", "at_registration": True} | rule)


def test_verification_mode_mails_the_link_and_lets_nobody_in(client: Client) -> None:
    response = client.post("/register/", {"email": EMAIL})
    assert response.headers["Location"] == "/register/sent/"
    assert (
        "An e-mail has been sent for validation, please click on the link"
        in client.get("/register/sent/").content.decode()
    )
    assert "_auth_user_id" not in client.session
    assert kinds() == ["create_password"]
    user = User.objects.get(email=EMAIL)
    assert (user.has_usable_password(), user.profile_complete, EmailAddress.objects.get(user=user).verified) == (
        False,
        False,
        False,
    )


def test_auto_login_lands_on_the_profile_with_the_guides_message(client: Client) -> None:
    set_office(registration="auto_login")
    response = client.post("/register/", {"email": EMAIL})
    assert response.headers["Location"] == "/profile/"
    assert [(m.level_tag, str(m)) for m in get_messages(response.wsgi_request)] == [
        ("success", "Please check your email for an activation link.")
    ]
    assert client.session["_auth_user_id"] == str(User.objects.get(email=EMAIL).pk)
    assert kinds() == ["create_password"]


@pytest.mark.parametrize("mode", ["verify", "auto_login"])
@pytest.mark.parametrize("email", [EMAIL, "NELL@example.test"])
def test_known_address_gets_a_mail_and_nobody_is_let_in(client: Client, mode: str, email: str) -> None:
    set_office(registration=mode)
    make_user(email=EMAIL)
    assert client.post("/register/", {"email": email}).headers["Location"] == "/register/sent/"
    assert kinds() == ["account_exists"]
    assert User.objects.count() == 1
    assert "_auth_user_id" not in client.session


def test_known_and_new_address_get_the_same_answer() -> None:
    make_user(email=EMAIL)
    answers = []
    for email in (EMAIL, "new@example.test"):
        response = Client().post("/register/", {"email": email}, follow=True)
        answers.append((response.redirect_chain, response.content.decode().split("<main")[1].split("</main")[0]))
    assert answers[0] == answers[1]


def test_two_registrations_at_once_make_one_account(client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    """The other request's row appears between this one's check and its insert."""
    make_user(email=EMAIL)
    monkeypatch.setattr("allauth.account.forms.email_already_exists", lambda email: (email, False))
    assert client.post("/register/", {"email": EMAIL}).headers["Location"] == "/register/sent/"
    assert kinds() == ["account_exists"]


def test_language_of_the_page_becomes_the_persons(client: Client) -> None:
    client.post("/", {"language": "fr"})
    client.post("/register/", {"email": EMAIL})
    assert User.objects.get().language == "fr"
    assert Mail.objects.get().language == "fr"


def test_page_asks_what_the_office_marked_and_no_password(client: Client) -> None:
    ask("first_name")
    ask("phone", rule="optional")
    ask("organisation_number", rule="hidden")
    ask("last_name", at_registration=False)
    assert list(client.get("/register/").context["form"].fields) == ["email", "first_name", "phone"]


def test_answers_are_stored(client: Client) -> None:
    ask("first_name")
    ask("phone")
    client.post("/register/", {"email": EMAIL, "first_name": "Nell", "phone": "519-555-0142", "last_name": "Unasked"})
    user = User.objects.get()
    assert (user.first_name, str(user.phone), user.last_name) == ("Nell", "+15195550142", "")


def test_missing_answer_is_refused_and_the_rest_is_kept(client: Client) -> None:
    ask("first_name")
    page = client.post("/register/", {"email": EMAIL})
    assert page.context["form"].errors == {"first_name": ["Enter your first name."]}
    assert EMAIL in page.content.decode()
    assert User.objects.count() == 0


def test_only_type_is_chosen_without_asking(client: Client) -> None:
    student = make_user_type()
    make_user_type(open_for_registration=False)
    assert "user_type" not in client.get("/register/").context["form"].fields
    client.post("/register/", {"email": EMAIL})
    assert User.objects.get().user_type == student


def test_chosen_type_decides_what_must_be_answered(client: Client) -> None:
    student, public = make_user_type(), make_user_type()
    ask("organisation_number", user_type=student)
    refused = client.post("/register/", {"email": EMAIL, "user_type": student.pk})
    assert refused.context["form"].errors == {"organisation_number": ["Enter your student or employee number."]}
    client.post(
        "/register/", {"email": EMAIL, "user_type": public.pk, "organisation_number": "not asked of the public"}
    )
    user = User.objects.get()
    assert (user.user_type, user.organisation_number) == (public, "")


def test_type_that_is_not_open_is_refused(client: Client) -> None:
    make_user_type(), make_user_type()
    closed = make_user_type(open_for_registration=False)
    page = client.post("/register/", {"email": EMAIL, "user_type": closed.pk})
    assert page.context["form"].errors == {"user_type": ["Choose one from the list."]}


def test_type_names_come_in_the_pages_language(client: Client) -> None:
    make_user_type(name_en="Student", name_fr="Étudiant"), make_user_type()
    client.post("/", {"language": "fr"})
    assert "Étudiant" in client.get("/register/").content.decode()


def test_closed_registration_has_no_page(client: Client) -> None:
    set_office(registration_open=False)
    assert client.get("/register/").status_code == 404
    assert client.post("/register/", {"email": EMAIL}).status_code == 404
    assert User.objects.count() == 0


def test_signed_in_person_is_sent_home(resident_client: Client) -> None:
    assert resident_client.get("/register/").headers["Location"] == "/home/"


def test_registering_again_and_again_mails_once(client: Client) -> None:
    for _try in range(3):
        client.post("/register/", {"email": EMAIL})
    assert kinds() == ["create_password"]


@pytest.mark.parametrize(
    "email", ["n\u0435ll@example.test", "nell@ex\u0430mple.test", "\u212aim@example.test", "nell@example.test\u200b"]
)
def test_address_with_letters_of_another_alphabet_is_no_address(client: Client, email: str) -> None:
    """A Cyrillic e or a, the sign of the kelvin, a blank that nobody sees."""
    page = client.post("/register/", {"email": email})
    assert [error[:43] for error in page.context["form"].errors["email"]] == [
        "Write the address in plain letters a to z, "
    ]
    assert User.objects.count() == 0


def test_too_many_registrations_from_one_place_get_the_429_page(client: Client) -> None:
    answers = [client.post("/register/", {"email": ""}).status_code for _try in range(21)]
    assert answers == [200] * 20 + [429]


def test_page_reads_the_rules_with_a_constant_number_of_queries(
    client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    client.get("/register/")
    for _more in range(2):
        for _type in range(2):
            ask("phone", user_type=make_user_type())
        with translation.override("en"), django_assert_num_queries(2 + SETTINGS_READ):  # types, rules
            client.get("/register/")
