"""Close My Account."""

from datetime import timedelta

from django.test import Client
from django.utils import timezone

from accounts.models import User
from opscom.lib.office import office
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import make_charge, make_permit
from tests.payments.views.counting import queries
from tests.payments.views.page import callouts, soup
from tests.views.test_history import give_locker

PATH = "/close-account/"
PASSWORD = "violet-harbour-91"


def with_password(user: User, client: Client) -> Client:
    """The person's browser, with a password that is known here."""
    user.set_password(PASSWORD)
    user.save()
    return sign_in(client, user)


def test_password_closes_the_account_and_logs_out(resident: User, resident_client: Client) -> None:
    client = with_password(resident, resident_client)
    answer = client.post(PATH, {"current": PASSWORD}, follow=True)
    resident.refresh_from_db()
    assert (answer.redirect_chain, resident.closed_at is not None) == ([("/login", 302)], True)
    assert callouts(answer) == ["Your account is closed. An e-mail says how to open it again."]
    assert client.get("/home/").status_code == 302


def test_wrong_password_closes_nothing(resident: User, resident_client: Client) -> None:
    client = with_password(resident, resident_client)
    for given in ("", "wrong-password-1"):
        assert client.post(PATH, {"current": given}).status_code == 200
    resident.refresh_from_db()
    assert resident.closed_at is None


def test_person_without_a_password_here_has_logged_in_a_moment_ago(resident: User, resident_client: Client) -> None:
    User.objects.update(last_login=timezone.now() - timedelta(minutes=11))
    assert callouts(resident_client.post(PATH)) == ["Log out and log in again, then come back here within 10 minutes."]
    User.objects.update(last_login=timezone.now() - timedelta(minutes=9))
    assert resident_client.post(PATH).headers["Location"] == "/login"


def test_debt_shows_instead_of_the_form(resident: User, resident_client: Client) -> None:
    make_charge(resident)
    page = resident_client.get(PATH)
    assert callouts(page) == ["You still owe $50.00 for 1 item.Go to Payments"]
    assert soup(page).select("main form") == []
    refused = resident_client.post(PATH)
    resident.refresh_from_db()
    assert (refused.status_code, resident.is_active) == (200, True)


def test_page_names_permits_and_lockers(resident: User, resident_client: Client) -> None:
    make_permit(resident)
    give_locker(resident)
    text = soup(resident_client.get(PATH)).get_text()
    assert ("Your permit stays valid" in text, "Your locker stays yours" in text) == (True, True)


def test_page_takes_8_queries(resident: User, resident_client: Client) -> None:
    office()  # where there is Redis, it is in there now
    with queries(7 + SETTINGS_READ):
        resident_client.get(PATH)


def test_closing_takes_16_queries(resident: User, resident_client: Client) -> None:
    office()
    with queries(15 + SETTINGS_READ):
        resident_client.post(PATH)


def test_anonymous_is_sent_to_the_login(client: Client, db: None) -> None:
    assert client.get(PATH).headers["Location"] == f"/login?next={PATH}"
