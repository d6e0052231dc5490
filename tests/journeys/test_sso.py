"""Single sign-on through the login page, at providers that run beside the portal (SSO-1, PWD-3)."""

from collections.abc import Iterator

import pytest
import requests
from allauth.socialaccount.models import SocialAccount
from playwright.sync_api import expect

from accounts.models import User
from tests.factories import change_office, make_user
from tests.journeys.inbox import plain_text
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit
from tests.journeys.visitor import Visitor
from tests.peers.oidc_driver import CLIENT_ID, CLIENT_SECRET, OidcPeer

LABEL = "Log in with your Campus ID"
COMMON = {
    "SSO_EMAIL_DOMAINS": "campus.example",
    "SSO_LABEL": f"en={LABEL};fr=Ouvrir une session avec l’identité du campus",
}


@pytest.fixture(scope="module")
def oidc() -> Iterator[OidcPeer]:
    with OidcPeer() as running:
        yield running


@pytest.fixture(scope="module")
def portal(stack: Stack, oidc: OidcPeer) -> str:
    """The portal of an operator who has set up OpenID Connect."""
    return stack.open_portal(
        "web-oidc",
        OIDC_ISSUER=oidc.url,
        OIDC_CLIENT_ID=CLIENT_ID,
        OIDC_CLIENT_SECRET=CLIENT_SECRET,
        SSO_PASSWORD_URL=f"{oidc.url}/",
        **COMMON,
    )


def knows(peer: OidcPeer, subject: str, **claims: object) -> str:
    """Somebody at the provider, by default with a proven address."""
    given = {"email": f"{subject}@campus.example", "email_verified": True, "given_name": "Imani", "family_name": "Roy"}
    return peer.knows(subject, **given | claims)


def go_to_provider(visitor: Visitor, peer: OidcPeer) -> None:
    """From the login page by its button. The browser holds the redirect to the content security policy."""
    visitor.page.goto("/login")
    visitor.click(LABEL)
    visitor.page.wait_for_url(f"{peer.url}/oauth2/authorize?**")


def authorise(visitor: Visitor, subject: str) -> None:
    """At the provider's page."""
    visitor.page.get_by_placeholder("sub").fill(subject)
    visitor.click("Authorize")


@pytest.mark.guide("SSO-1")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_organisations_login_opens_the_portal(kind: str, visit: Visit, portal: str, oidc: OidcPeer) -> None:
    subject = knows(oidc, f"imani-{kind}")
    visitor = visit(kind, base=portal)
    page = visitor.page
    page.goto("/login")
    visitor.see("login", heading="Log in")
    go_to_provider(visitor, oidc)
    authorise(visitor, subject)
    page.wait_for_url(f"{portal}/profile/")
    visitor.says("One step left")
    assert page.get_by_label("First name").input_value() == "Imani"
    visitor.see("profile", heading="Your Profile")
    visitor.click("Save Changes")
    page.wait_for_url(f"{portal}/home/")
    page.goto("/profile/")
    visitor.says("Single sign-on")
    page.goto("/security/")
    visitor.says("Change it with your single sign-on provider.")
    expect(page.get_by_role("link", name="Change Password", exact=True)).to_have_count(0)
    visitor.see("security", heading="Security")

    page.locator("details.menu summary").click()
    visitor.click("Log Out")
    page.wait_for_url(f"{portal}/login")
    page.goto("/permits/")
    page.wait_for_url("**/login?next=/permits/")
    visitor.click(LABEL)
    authorise(visitor, subject)
    page.wait_for_url(f"{portal}/vehicles/?next=**")  # where Permits leads without a vehicle
    user = User.objects.get(email=f"{subject}@campus.example")
    assert (user.login_source, SocialAccount.objects.get(user=user).uid) == ("sso", subject)


@pytest.mark.guide("SSO-1")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_refusals_say_what_to_do(kind: str, visit: Visit, portal: str, oidc: OidcPeer) -> None:
    other = make_user(email=f"other-{kind}@campus.example")
    visitor = visit(kind, base=portal)
    page = visitor.page
    go_to_provider(visitor, oidc)
    visitor.click("Deny")
    visitor.says("did not let you through")
    visitor.see("denied", heading="You are not logged in")
    visitor.follow("Back to the login page")
    go_to_provider(visitor, oidc)
    authorise(visitor, knows(oidc, f"mallory-{kind}", email=other.email, email_verified=False))
    visitor.says("has not checked that")
    visitor.see("unverified", heading="You are not logged in")
    page.goto("/home/")
    page.wait_for_url("**/login?next=/home/")
    assert SocialAccount.objects.filter(user=other).count() == 0


@pytest.mark.guide("PWD-3")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_forgotten_password_leads_to_the_provider(
    kind: str, visit: Visit, portal: str, oidc: OidcPeer, stack: Stack
) -> None:
    visitor, answers = visit(kind, base=portal), []
    page = visitor.page
    person = make_user(email=f"sso-forgot-{kind}@campus.example", login_source="sso")
    for email in (f"nobody-sso-{kind}@campus.example", person.email):
        page.goto("/login")
        visitor.follow("Forgot Password")
        page.get_by_label("Email", exact=True).fill(email)
        visitor.click("Send Reminder")
        answers.append((page.url, page.locator("main").inner_text()))
    assert answers[0] == answers[1]
    visitor.see("sent")
    lines = plain_text(stack.inbox.wait_for(person.email, "password")).splitlines()
    assert lines[lines.index("Change the password there:") + 1] == f"{oidc.url}/"
    assert [line for line in lines if "/reset-password/" in line] == []
    page.goto(f"{oidc.url}/")
    go_to_provider(visitor, oidc)
    authorise(visitor, knows(oidc, f"forgot-{kind}", email=person.email))
    page.wait_for_url(f"{portal}/home/")


def test_button_is_gone_at_once_when_the_office_switches_it_off(visit: Visit, portal: str) -> None:
    visitor = visit("phone", base=portal)
    visitor.page.goto("/login")
    expect(visitor.page.get_by_role("button", name=LABEL)).to_have_count(1)
    change_office(sso_enabled=False)
    visitor.page.goto("/login")
    expect(visitor.page.get_by_role("button", name=LABEL)).to_have_count(0)
    visitor.see("login without it")


@pytest.mark.guide("SSO-1")
@pytest.mark.parametrize("kind", ["phone", "noscript"])
def test_saml_opens_the_portal_from_another_site(kind: str, visit: Visit, stack: Stack) -> None:
    """To browsers localhost is another site than 127.0.0.1: the provider's post brings no cookie of the portal's."""
    pytest.importorskip("onelogin", reason="the SAML extra is not installed: bin/setup test installs it")
    from tests.peers.saml_driver import SamlPeer

    with SamlPeer(name="localhost") as peer:
        portal = stack.open_portal(
            f"web-saml-{kind}",
            SAML_METADATA_URL=f"{peer.url}/metadata",
            SAML_IDP_ENTITY_ID=f"{peer.url}/metadata",
            SSO_TRUST_EMAIL="1",
            **COMMON,
        )
        peer.meets(requests.get(f"{portal}/login/sso/saml/metadata/", timeout=10).content)
        peer.knows("noor", subject=f"noor-{kind}", mail=f"noor-{kind}@campus.example", givenName="Noor", sn="Haddad")
        visitor = visit(kind, base=portal)
        page = visitor.page
        page.goto("/login")
        visitor.click(LABEL)
        page.wait_for_url(f"{peer.url}/sso?**")
        visitor.click("Cancel")
        submit_by_hand(visitor)
        visitor.says("did not let you through")
        visitor.follow("Back to the login page")
        visitor.click(LABEL)
        page.get_by_label("Name").fill("noor")
        visitor.click("Log in")
        submit_by_hand(visitor)
        page.wait_for_url(f"{portal}/profile/")
        visitor.see("profile", heading="Your Profile")
    assert User.objects.get(email=f"noor-{kind}@campus.example").login_source == "sso"


def submit_by_hand(visitor: Visitor) -> None:
    """The provider's form to the portal; a script sends it where scripts run."""
    if not visitor.scripts:
        visitor.page.locator("input[type=submit], button").first.click()
