"""In by OpenID Connect, at a provider that is a process of its own (SSO-1)."""

import re
from collections.abc import Iterator
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from pytest_django import Settings

from accounts.models import AccountEvent, EmailChange, User
from accounts.services.email_change import start_email_change
from tests.accounts.mailbox import kinds
from tests.accounts.office import PASSWORD, SETTINGS_READ, set_office
from tests.conftest import sign_in
from tests.factories import make_user, make_user_type
from tests.payments.views.counting import queries
from tests.peers.oidc_driver import OidcPeer

pytestmark = pytest.mark.django_db
ALICE = {"email": "alice@campus.example", "email_verified": True, "given_name": "Alice", "family_name": "Roy"}


@pytest.fixture(scope="module")
def peer() -> Iterator[OidcPeer]:
    with OidcPeer() as running:
        yield running


@pytest.fixture(scope="module")
def sparing_peer() -> Iterator[OidcPeer]:
    """Tells claims in userinfo only."""
    with OidcPeer(claims_in_userinfo=True) as running:
        yield running


@pytest.fixture(autouse=True)
def _operator(settings: Settings, peer: OidcPeer) -> None:
    settings.SSO = peer.settings()


def begin(client: Client, **form: str) -> str:
    response = client.post("/login/sso/", form)
    assert response.status_code == 302
    return response.headers["Location"]


def come_back(client: Client, location: str) -> Any:
    parts = urlsplit(location)
    return client.get(f"{parts.path}?{parts.query}")


def log_in(client: Client, peer: OidcPeer, subject: str, **form: str) -> Any:
    return come_back(client, peer.log_in(begin(client, **form), subject))


def reason(response: Any) -> str:
    assert response.status_code == 403
    return str(response.context["refusal"].code)


def nothing_changed(people: int = 0) -> bool:
    return (User.objects.count(), SocialAccount.objects.count(), AccountEvent.objects.count()) == (people, 0, 0)


def test_first_login_makes_an_account_and_leads_to_the_profile(client: Client, peer: OidcPeer) -> None:
    response = log_in(client, peer, peer.knows("alice-1", **ALICE))
    assert response.headers["Location"] == "/home/"
    assert client.get("/home/").headers["Location"] == "/profile/"
    user = User.objects.get()
    assert (user.email, user.get_full_name(), user.login_source, user.has_usable_password()) == (
        "alice@campus.example",
        "Alice Roy",
        "sso",
        False,
    )
    assert (user.is_staff, user.is_superuser, user.profile_complete) == (False, False, False)
    assert list(SocialAccount.objects.values_list("provider", "uid", "extra_data")) == [(peer.url, "alice-1", {})]
    assert list(EmailAddress.objects.values_list("email", "verified", "primary")) == [(user.email, True, True)]
    assert sorted(AccountEvent.objects.values_list("verb", flat=True)) == ["sso_linked", "sso_login"]
    assert kinds() == []


def test_second_login_finds_the_account_by_its_subject_alone(client: Client, peer: OidcPeer) -> None:
    log_in(client, peer, peer.knows("alice-2", **ALICE))
    User.objects.update(email="moved@elsewhere.example", first_name="Alison", profile_complete=True)
    EmailAddress.objects.update(email="moved@elsewhere.example")
    peer.knows("alice-2", email="nobody@elsewhere.example", email_verified=False, given_name="Other")
    again = Client()
    assert log_in(again, peer, "alice-2").headers["Location"] == "/home/"
    assert again.get("/home/").status_code == 200
    user = User.objects.get()
    assert (user.email, user.first_name) == ("moved@elsewhere.example", "Alison")


def test_request_asks_for_what_the_answer_is_checked_by(client: Client, peer: OidcPeer) -> None:
    query = parse_qs(urlsplit(begin(client)).query)
    assert sorted(query) == [
        "client_id",
        "code_challenge",
        "code_challenge_method",
        "nonce",
        "redirect_uri",
        "response_type",
        "scope",
        "state",
    ]
    assert query["code_challenge_method"] == ["S256"]
    assert query["redirect_uri"] == ["http://127.0.0.1:8000/login/sso/callback/"]


def test_denied_login_says_what_to_do(client: Client, peer: OidcPeer) -> None:
    response = come_back(client, peer.deny(begin(client)))
    assert reason(response) == "denied"
    assert "did not let you through" in response.content.decode()
    assert nothing_changed()
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize(
    ("claims", "code"),
    [
        ({"email_verified": False}, "unverified"),
        ({"email_verified": None}, "unverified"),
        ({"email_verified": "false"}, "unverified"),
        ({"email": "alice@elsewhere.example"}, "domain"),
        ({"email": "alice@sub.campus.example"}, "domain"),
        ({"email": "alice@campus.example.elsewhere.example"}, "domain"),
        ({"email": ""}, "no_address"),
        ({"email": "no address"}, "no_address"),
        ({"email": "\u212alice@campus.example"}, "no_address"),
    ],
)
@pytest.mark.parametrize("known", [True, False])
def test_address_that_proves_nothing_links_nothing(
    client: Client, peer: OidcPeer, claims: dict[str, object], code: str, known: bool
) -> None:
    if known:
        make_user(email=str(claims.get("email") or "alice@campus.example").lower())
    response = log_in(client, peer, peer.knows("mallory", **ALICE | claims))
    assert reason(response) == code
    assert nothing_changed(people=known)
    assert "_auth_user_id" not in client.session


@pytest.mark.parametrize("rights", [{"is_staff": True}, {"is_superuser": True}])
def test_staff_account_is_never_linked(client: Client, peer: OidcPeer, rights: dict[str, bool]) -> None:
    make_user(email="alice@campus.example", **rights)
    assert reason(log_in(client, peer, peer.knows("mallory", **ALICE))) == "taken"
    assert nothing_changed(people=1)


def test_address_that_was_given_on_does_not_open_the_former_persons_account(client: Client, peer: OidcPeer) -> None:
    log_in(client, peer, peer.knows("alice-old", **ALICE))
    response = log_in(Client(), peer, peer.knows("alice-new", **ALICE))
    assert reason(response) == "taken"
    assert list(SocialAccount.objects.values_list("uid", flat=True)) == ["alice-old"]
    assert "ask the parking office" in response.content.decode()


def test_known_person_is_linked_by_a_proven_address_and_the_password_ends(client: Client, peer: OidcPeer) -> None:
    user = make_user(email="alice@campus.example", first_name="Ally")
    user.set_password(PASSWORD)
    user.save()
    elsewhere = sign_in(Client(), user)
    start_email_change(user, new="elsewhere@example.test")
    assert log_in(client, peer, peer.knows("alice-3", **ALICE)).headers["Location"] == "/home/"
    assert client.get("/home/").status_code == 200
    assert elsewhere.get("/home/").headers["Location"] == "/login?next=/home/"
    user.refresh_from_db()
    assert (user.login_source, user.has_usable_password(), user.get_full_name()) == (
        "sso",
        False,
        f"Ally {user.last_name}",
    )
    assert EmailChange.objects.filter(ended="").count() == 0
    assert "do not match" in Client().post("/login", {"login": user.email, "password": PASSWORD}).content.decode()


def test_disabled_account_stays_out(client: Client, peer: OidcPeer) -> None:
    make_user(email="alice@campus.example", is_active=False)
    assert log_in(client, peer, peer.knows("alice-4", **ALICE)).headers["Location"] == "/account/inactive/"
    assert nothing_changed(people=1)
    assert "_auth_user_id" not in client.session


def test_linked_account_that_is_disabled_later_stays_out(client: Client, peer: OidcPeer) -> None:
    log_in(client, peer, peer.knows("alice-5", **ALICE))
    User.objects.update(is_active=False)
    again = Client()
    assert log_in(again, peer, "alice-5").headers["Location"] == "/account/inactive/"
    assert "_auth_user_id" not in again.session


def test_code_opens_once(client: Client, peer: OidcPeer) -> None:
    location = peer.log_in(begin(client), peer.knows("alice-6", **ALICE))
    assert come_back(client, location).status_code == 302
    assert come_back(client, location).headers["Location"] == "/profile/"  # logged in: nothing is judged again
    thief = Client()
    assert reason(come_back(thief, location)) == "not_finished"
    state = parse_qs(urlsplit(begin(thief)).query)["state"][0]
    code = parse_qs(urlsplit(location).query)["code"][0]
    assert reason(thief.get("/login/sso/callback/", {"code": code, "state": state})) == "not_finished"
    assert "_auth_user_id" not in thief.session


def test_code_of_another_browser_does_not_open(client: Client, peer: OidcPeer) -> None:
    """PKCE: the verifier of one browser does not fit the code that another browser was given."""
    code = parse_qs(urlsplit(peer.log_in(begin(client), peer.knows("alice-7", **ALICE))).query)["code"][0]
    other = Client()
    state = parse_qs(urlsplit(begin(other)).query)["state"][0]
    assert reason(other.get("/login/sso/callback/", {"code": code, "state": state})) == "not_finished"
    assert nothing_changed()


def test_answer_that_names_another_issuer_is_refused(client: Client, peer: OidcPeer) -> None:
    location = peer.log_in(begin(client), peer.knows("alice-8", **ALICE))
    assert reason(come_back(client, location + "&iss=https%3A%2F%2Fevil.example")) == "not_finished"
    location = peer.log_in(begin(client), "alice-8")
    assert come_back(client, f"{location}&iss={peer.url}").status_code == 302


def test_claims_are_fetched_from_userinfo(client: Client, settings: Settings, sparing_peer: OidcPeer) -> None:
    settings.SSO = sparing_peer.settings()
    log_in(client, sparing_peer, sparing_peer.knows("alice-9", **ALICE))
    assert list(User.objects.values_list("email", "first_name")) == [("alice@campus.example", "Alice")]


def test_user_type_follows_its_claim(client: Client, settings: Settings, peer: OidcPeer) -> None:
    student, employee = make_user_type(code="student"), make_user_type(code="employee", name="Employee")
    types = {"faculty": "employee", "student": "student", "alum": "no-such-type"}
    settings.SSO = peer.settings(type_claim="affiliation", types=types)
    log_in(client, peer, peer.knows("alice-10", **ALICE, affiliation=["member", "student"]))
    assert User.objects.get().user_type == student
    for claim in ("alum", ["faculty", "student"], 7):
        peer.knows("alice-10", **ALICE, affiliation=claim)
        log_in(Client(), peer, "alice-10")
    assert User.objects.get().user_type == employee
    details = list(AccountEvent.objects.filter(verb="sso_login").order_by("pk").values_list("detail", flat=True))
    assert details == [f"→ {student}", "", f"{student} → Employee", ""]


def test_claims_give_no_rights(client: Client, peer: OidcPeer) -> None:
    peer.knows("alice-11", **ALICE, is_staff=True, is_superuser=True, groups=["Manager"], roles=["admin"])
    log_in(client, peer, "alice-11")
    User.objects.update(profile_complete=True)
    user = User.objects.get()
    assert (user.is_staff, user.is_superuser, user.groups.count()) == (False, False, 0)
    assert client.get("/admin/").headers["Location"].startswith("/admin/login/")


def test_operator_may_keep_unknown_people_out(client: Client, settings: Settings, peer: OidcPeer) -> None:
    settings.SSO = peer.settings(creates_people=False)
    assert reason(log_in(client, peer, peer.knows("alice-12", **ALICE))) == "unknown"
    assert nothing_changed()
    make_user(email="alice@campus.example")
    assert log_in(client, peer, "alice-12").headers["Location"] == "/home/"


def test_operator_may_trust_addresses_that_come_without_a_word(
    client: Client, settings: Settings, peer: OidcPeer
) -> None:
    settings.SSO = peer.settings(trusts_email=True)
    peer.knows("alice-13", **{name: value for name, value in ALICE.items() if name != "email_verified"})
    assert log_in(client, peer, "alice-13").status_code == 302
    peer.knows("bob-13", email="bob@campus.example", email_verified=False)
    assert reason(log_in(Client(), peer, "bob-13")) == "unverified"


@pytest.mark.parametrize(("trusted", "onward"), [(False, "/one_time_password"), (True, None)])
def test_second_factor_is_left_to_a_trusted_provider(
    client: Client, settings: Settings, peer: OidcPeer, trusted: bool, onward: str | None
) -> None:
    settings.SSO = peer.settings(trusts_second_factor=trusted)
    make_user(email="alice@campus.example", second_factor=True)
    log_in(client, peer, peer.knows("alice-14", **ALICE))
    assert client.get("/home/").headers.get("Location") == onward
    assert kinds() == ([] if trusted else ["one_time_password"])


def test_staff_enter_our_one_time_password_whatever_the_provider_did(
    client: Client, settings: Settings, peer: OidcPeer
) -> None:
    settings.SSO = peer.settings(trusts_second_factor=True)
    log_in(client, peer, peer.knows("alice-15", **ALICE))
    User.objects.update(profile_complete=True, is_staff=True)
    assert client.get("/home/").headers["Location"] == "/one_time_password"  # in the session that was trusted before
    again = Client()
    assert log_in(again, peer, "alice-15").headers["Location"] == "/admin/"
    assert again.get("/admin/").headers["Location"] == "/one_time_password"
    assert kinds() == ["one_time_password"]


@pytest.mark.parametrize(
    ("asked", "got"),
    [
        ("/permits/", "/permits/"),
        ("https://elsewhere.example/", "/home/"),
        ("//elsewhere.example", "/home/"),
        ("/\\elsewhere.example", "/home/"),
        ("javascript:alert(1)", "/home/"),
    ],
)
def test_login_follows_only_a_path_of_this_site(client: Client, peer: OidcPeer, asked: str, got: str) -> None:
    assert log_in(client, peer, peer.knows("alice-16", **ALICE), next=asked).headers["Location"] == got


def test_changed_address_is_followed_where_it_would_have_passed(client: Client, peer: OidcPeer) -> None:
    log_in(client, peer, peer.knows("alice-17", **ALICE))
    make_user(email="taken@campus.example")
    for email, verified in [("taken@campus.example", True), ("new@campus.example", False), ("a@else.example", True)]:
        peer.knows("alice-17", **ALICE | {"email": email, "email_verified": verified})
        log_in(Client(), peer, "alice-17")
        assert SocialAccount.objects.get().user.email == "alice@campus.example"
    peer.knows("alice-17", **ALICE | {"email": "Alice.Roy-Gagnon@campus.example"})
    log_in(Client(), peer, "alice-17")
    user = SocialAccount.objects.get().user
    assert user.email == "alice.roy-gagnon@campus.example"
    assert list(EmailAddress.objects.filter(user=user).values_list("email", "verified")) == [(user.email, True)]


def test_login_page_has_the_operators_words_on_the_button(client: Client, settings: Settings, peer: OidcPeer) -> None:
    assert "Single sign-on" in client.get("/login").content.decode()
    settings.SSO = peer.settings(labels={"en": "Campus ID", "fr": "Identité du campus"})
    assert "Campus ID" in client.get("/login").content.decode()
    client.cookies["language"] = "fr"
    assert "Identité du campus" in client.get("/login").content.decode()
    client.cookies["language"] = "es"
    assert "Campus ID" in client.get("/login").content.decode()


@pytest.mark.parametrize("off", ["office", "operator"])
def test_button_and_pages_are_gone_when_it_is_off(client: Client, settings: Settings, peer: OidcPeer, off: str) -> None:
    location = peer.log_in(begin(client), peer.knows("alice-18", **ALICE))
    if off == "office":
        set_office(sso_enabled=False)
    else:
        settings.SSO = None
    assert "/login/sso/" not in client.get("/login").content.decode()
    assert client.post("/login/sso/").status_code == 404
    assert come_back(client, location).status_code == 404
    assert nothing_changed()


def test_provider_that_is_away_is_said_plainly(client: Client, settings: Settings, peer: OidcPeer) -> None:
    settings.SSO = peer.settings(issuer="http://127.0.0.1:1")
    response = client.post("/login/sso/")
    assert reason(response) == "away"
    assert "does not answer" in response.content.decode()


def test_provider_that_calls_itself_otherwise_is_not_asked(client: Client, settings: Settings, peer: OidcPeer) -> None:
    settings.SSO = peer.settings(issuer=peer.url.replace("127.0.0.1", "localhost"))
    response = client.post("/login/sso/")
    assert response.status_code == 302  # it answers to that name, too
    settings.SSO = peer.settings(issuer=f"{peer.url}/oauth2/..")
    assert reason(client.post("/login/sso/")) == "away"


@pytest.mark.parametrize(
    "query", ["", "state=x&code=y", "error=access_denied", "state=%00&code=%00", "code=" + "x" * 5000]
)
def test_made_up_answers_open_nothing(client: Client, query: str) -> None:
    assert client.get(f"/login/sso/callback/?{query}").status_code in (403, 404)
    assert "_auth_user_id" not in client.session


def test_signed_in_person_is_not_asked_again(resident_client: Client) -> None:
    assert resident_client.post("/login/sso/").headers["Location"] == "/home/"
    assert resident_client.get("/login/sso/callback/?state=x&code=y").headers["Location"] == "/home/"


def test_login_starts_by_post_and_comes_back_by_get(client: Client) -> None:
    assert client.get("/login/sso/").status_code == 405
    assert client.post("/login/sso/callback/").status_code == 405
    assert Client(enforce_csrf_checks=True).post("/login/sso/").status_code == 403


def test_too_many_starts_from_one_place_get_the_429_page(client: Client) -> None:
    answers = [client.post("/login/sso/").status_code for _try in range(31)]
    assert answers == [302] * 30 + [429]


def test_login_queries(client: Client, peer: OidcPeer) -> None:
    log_in(client, peer, peer.knows("alice-19", **ALICE))
    again = Client()
    location = peer.log_in(begin(again), "alice-19")
    with queries(10 + SETTINGS_READ):
        come_back(again, location)
    assert re.fullmatch(r"\d+", again.session["_auth_user_id"])
