"""In by SAML 2.0, at a provider that is a process of its own (SSO-1)."""

import base64
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from allauth.socialaccount.models import SocialAccount
from django.test import Client
from django.utils import timezone
from pytest_django import Settings

from accounts.models import AccountEvent, SamlAnswer, User
from tests.accounts.office import SETTINGS_READ, set_office
from tests.factories import make_user, make_user_type
from tests.payments.views.counting import queries

pytest.importorskip("onelogin", reason="the SAML extra is not installed: bin/setup test installs it")

from tests.peers.saml_driver import SamlPeer

pytestmark = pytest.mark.django_db
ALICE = {"subject": "a1", "mail": "alice@campus.example", "givenName": "Alice", "sn": "Roy"}
Answer = tuple[str, dict[str, str]]


@pytest.fixture(scope="module")
def running_peer() -> Iterator[SamlPeer]:
    with SamlPeer() as running:
        yield running


@pytest.fixture
def peer(running_peer: SamlPeer, settings: Settings, client: Client) -> SamlPeer:
    settings.SSO = running_peer.settings()
    running_peer.meets(client.get("/login/sso/saml/metadata/").content)
    running_peer.knows("alice", **ALICE)
    return running_peer


def begin(client: Client, **form: str) -> str:
    response = client.post("/login/sso/", form)
    assert response.status_code == 302
    return response.headers["Location"]


def come_back(client: Client, answer: Answer) -> Any:
    """The post comes from another site and brings no cookie; the browser then follows to our page with its own."""
    path, form = answer
    accepted = Client(enforce_csrf_checks=True).post(path, form)
    assert (accepted.status_code, accepted.cookies) == (302, {})
    return client.get(accepted.headers["Location"])


def log_in(client: Client, peer: SamlPeer, name: str = "alice", *, onward: str = "", **faults: str) -> Any:
    return come_back(client, peer.log_in(begin(client, next=onward), name, **faults))


def reason(response: Any) -> str:
    assert response.status_code == 403
    return str(response.context["refusal"].code)


def nobody_got_in(client: Client) -> bool:
    counted = (User.objects.count(), SocialAccount.objects.count(), AccountEvent.objects.count())
    return "_auth_user_id" not in client.session and counted == (0, 0, 0)


def test_first_login_makes_an_account(client: Client, peer: SamlPeer) -> None:
    assert log_in(client, peer).headers["Location"] == "/home/"
    assert client.get("/home/").headers["Location"] == "/profile/"
    user = User.objects.get()
    assert (user.email, user.get_full_name(), user.login_source) == ("alice@campus.example", "Alice Roy", "sso")
    assert list(SocialAccount.objects.values_list("provider", "uid")) == [(f"{peer.url}/metadata", "a1")]
    assert list(SamlAnswer.objects.values_list("identity", flat=True)) == [None]


def test_second_login_finds_the_account_by_its_subject(client: Client, peer: SamlPeer) -> None:
    log_in(client, peer)
    peer.knows("alice", **ALICE | {"mail": "someone@elsewhere.example"})
    assert log_in(Client(), peer).status_code == 302
    assert list(User.objects.values_list("email", flat=True)) == ["alice@campus.example"]


def test_our_metadata_name_us_and_want_signed_answers(client: Client, peer: SamlPeer) -> None:
    response = client.get("/login/sso/saml/metadata/")
    assert response.headers["Content-Type"] == "application/samlmetadata+xml"
    text = response.content.decode()
    assert 'entityID="http://127.0.0.1:8000/login/sso/saml/metadata/"' in text
    assert 'Location="http://127.0.0.1:8000/login/sso/saml/"' in text
    assert "validUntil" not in text


def test_denied_login_says_what_to_do(client: Client, peer: SamlPeer) -> None:
    assert reason(come_back(client, peer.deny(begin(client)))) == "denied"
    assert nobody_got_in(client)


def tampered(form: dict[str, str]) -> dict[str, str]:
    xml = base64.b64decode(form["SAMLResponse"]).replace(b"alice@campus.example", b"dean@campus.example")
    assert b"dean@campus.example" in xml
    return {**form, "SAMLResponse": base64.b64encode(xml).decode()}


def test_tampered_answer_is_refused(client: Client, peer: SamlPeer) -> None:
    path, form = peer.log_in(begin(client), "alice")
    assert reason(come_back(client, (path, tampered(form)))) == "not_finished"
    assert nobody_got_in(client)
    assert come_back(client, (path, form)).status_code == 302  # the control: untouched, it is taken


@pytest.mark.parametrize(
    ("faults", "why"),
    [
        ({"audience": "https://another.example/"}, "is not a valid audience"),
        ({"in_response_to": "id-of-another-request"}, "to no request of this browser"),
        ({"destination": "https://another.example/acs"}, "instead of https://another.example/acs"),
        ({"destination": "http://127.0.0.1:8000/login/sso/saml/more"}, "does not name our address"),
        ({"key": "other"}, "Signature validation failed"),
        ({"signed": "nothing"}, "The Message of the Response is not signed"),
        ({"signed": "assertion"}, "The Message of the Response is not signed"),
        ({"algorithm": "sha1"}, "Deprecated signature algorithm"),
        ({"name_id_format": "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"}, "transient name ids"),
    ],
)
def test_answer_with_a_fault_is_refused(
    client: Client, peer: SamlPeer, caplog: pytest.LogCaptureFixture, faults: dict[str, str], why: str
) -> None:
    assert reason(log_in(client, peer, **faults)) == "not_finished"
    assert why in caplog.messages[0]
    assert nobody_got_in(client)


def test_answer_is_taken_once_whatever_browser_brings_it(client: Client, peer: SamlPeer) -> None:
    answer = peer.log_in(begin(client), "alice")
    assert come_back(client, answer).status_code == 302
    for browser in (client, Client()):
        browser.logout()
        assert reason(come_back(browser, answer)) == "not_finished"
        assert "_auth_user_id" not in browser.session
    assert SamlAnswer.objects.count() == 1


def test_answer_to_another_browsers_request_opens_nothing(client: Client, peer: SamlPeer) -> None:
    answer = peer.log_in(begin(client), "alice")
    thief = Client()
    begin(thief)
    assert reason(come_back(thief, answer)) == "not_finished"
    assert nobody_got_in(thief)


def test_return_page_gives_nobody_out_twice(client: Client, peer: SamlPeer) -> None:
    path, form = peer.log_in(begin(client), "alice")
    where = Client().post(path, form).headers["Location"]
    assert client.get(where).status_code == 302
    assert reason(Client().get(where)) == "not_finished"


def test_old_answer_is_refused(client: Client, peer: SamlPeer) -> None:
    answer = peer.log_in(begin(client), "alice")
    with time_machine.travel(timezone.now() + timedelta(minutes=21)):
        assert reason(come_back(client, answer)) == "not_finished"
    assert nobody_got_in(client)


def test_answer_that_took_longer_than_ten_minutes_is_refused(client: Client, peer: SamlPeer) -> None:
    answer = peer.log_in(begin(client), "alice")
    with time_machine.travel(timezone.now() + timedelta(minutes=11)):
        assert reason(come_back(client, answer)) == "not_finished"


def test_answers_are_forgotten_when_they_expire(client: Client, peer: SamlPeer) -> None:
    log_in(client, peer)
    SamlAnswer.objects.update(expires_at=timezone.now() - timedelta(seconds=1))
    log_in(Client(), peer)
    assert SamlAnswer.objects.count() == 1


@pytest.mark.parametrize(
    "text", ["", "no base64!", "PHhtbD4=", base64.b64encode(b"<!DOCTYPE x [<!ENTITY a 'b'>]><x>&a;</x>").decode()]
)
def test_made_up_posts_are_refused(client: Client, peer: SamlPeer, text: str) -> None:
    assert reason(come_back(client, ("/login/sso/saml/", {"SAMLResponse": text}))) == "not_finished"


def test_relay_state_leads_nowhere(client: Client, peer: SamlPeer) -> None:
    path, form = peer.log_in(begin(client, next="/permits/"), "alice")
    response = come_back(client, (path, {**form, "RelayState": "https://elsewhere.example/"}))
    assert response.headers["Location"] == "/permits/"
    path, form = peer.log_in(begin(Client(), next="https://elsewhere.example/"), "alice")


def test_address_needs_the_operators_trust(client: Client, peer: SamlPeer, settings: Settings) -> None:
    settings.SSO = peer.settings(trusts_email=False)
    assert reason(log_in(client, peer)) == "unverified"
    peer.knows("alice", **ALICE | {"email_verified": "true"})
    assert log_in(client, peer).status_code == 302


def test_staff_and_taken_accounts_stay_shut(client: Client, peer: SamlPeer) -> None:
    make_user(email="alice@campus.example", is_staff=True)
    assert reason(log_in(client, peer)) == "taken"
    assert SocialAccount.objects.count() == 0


def test_user_type_follows_its_attribute(client: Client, peer: SamlPeer, settings: Settings) -> None:
    student = make_user_type(code="student")
    settings.SSO = peer.settings(type_claim="eduPersonAffiliation", types={"student": "student"})
    peer.knows("alice", **ALICE, eduPersonAffiliation=["member", "student"])
    log_in(client, peer)
    assert User.objects.get().user_type == student


def test_provider_whose_metadata_cannot_be_had_is_said_plainly(
    client: Client, peer: SamlPeer, settings: Settings
) -> None:
    for more in ({"metadata_url": "http://127.0.0.1:1/"}, {"issuer": "urn:another"}):
        settings.SSO = peer.settings(**more)
        assert reason(client.post("/login/sso/")) == "away"


def test_metadata_from_a_file(client: Client, peer: SamlPeer, settings: Settings, tmp_path: Any) -> None:
    import requests

    file = tmp_path / "metadata.xml"
    file.write_bytes(requests.get(f"{peer.url}/metadata", timeout=5).content)
    settings.SSO = peer.settings(metadata_url="", metadata_file=str(file))
    assert log_in(client, peer).status_code == 302


def test_pages_are_gone_when_it_is_off_or_speaks_openid(client: Client, peer: SamlPeer, settings: Settings) -> None:
    assert client.get("/login/sso/callback/").status_code == 404
    set_office(sso_enabled=False)
    assert client.post("/login/sso/saml/").status_code == 404
    for page in ("finish/", "metadata/"):
        assert client.get(f"/login/sso/saml/{page}").status_code == 404
    assert client.get("/login/sso/saml/").status_code == 405


def test_login_queries(client: Client, peer: SamlPeer) -> None:
    log_in(client, peer)
    again = Client()
    path, form = peer.log_in(begin(again), "alice")
    with queries(2 + SETTINGS_READ):
        where = Client().post(path, form).headers["Location"]
    with queries(12 + SETTINGS_READ):
        again.get(where)
