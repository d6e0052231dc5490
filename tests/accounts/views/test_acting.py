"""The banner, the way back, what stays the person's own, and the person's say in it."""

from datetime import timedelta

import pytest
import time_machine
from bs4 import BeautifulSoup
from django.contrib.messages import get_messages
from django.http import HttpResponseBase
from django.test import Client, RequestFactory
from django.urls import get_resolver, resolve, reverse
from django.utils import timezone
from django_otp import DEVICE_ID_SESSION_KEY
from django_otp.plugins.otp_email.models import EmailDevice

from accounts.acting import DONE, PERSONAL, SESSION_KEY, TOLD_ELSEWHERE, is_personal, what_was_done
from accounts.models import AccountEvent, ActAsSession
from accounts.services.acting import revoke_consent
from opscom.lib.acting import acting_as
from payments.services.promises import promise_payment
from permits.models import Permit
from tests.accounts.acting import Staffed
from tests.conftest import sign_in
from tests.factories import make_checkout, make_manager, make_permit, make_user, make_vehicle, make_window
from tests.test_access_matrix import patterns

pytestmark = pytest.mark.django_db
BACK = "/company/back/"
CONSENT = "/company/consent/"


@pytest.fixture
def staffed() -> Staffed:
    return Staffed()


OPEN = {
    *(
        "accent",
        "help",
        "healthz",
        "readyz",
        "verify",
        "language",
        "account_logout",
        "stop_acting",
        "mailbox",
        "mailbox_mail",
    ),
    *("home", "history", "profile", "addresses", "edit_address", "remove_address"),
    *("uploads", "upload_file", "upload_thumb", "delete_upload"),
    *("vehicles:list", "vehicles:disclaimer", "vehicles:add", "vehicles:edit", "vehicles:active"),
    *("permits:list", "permits:disclaimer", "permits:reserve", "permits:detail", "permits:print"),
    *("permits:courtesy", "permits:courtesy_end", "permits:exchange", "permits:exchange_confirm", "permits:get_temp"),
    *("permits:hang_tag", "permits:lost", "permits:lot", "permits:plate_check", "permits:plates", "permits:temporary"),
    *(
        "permits:allowed",
        "permits:visit",
        "permits:visit_end",
        "permits:visitor_forget",
        "permits:visitor_hours",
        "permits:visitors",
    ),
    *("forms:answer", "forms:file", "forms:form", "forms:list", "forms:print", "forms:status"),
    *("violations:plate", "violations:plate_code", "violations:plate_payment", "phone", "text_status", "text_webhook"),
    *("waitlists:accept", "waitlists:answer", "waitlists:join", "waitlists:leave", "waitlists:list", "waitlists:move"),
    *("lockers:list", "lockers:disclaimer", "lockers:get", "lockers:cart", "lockers:take_out", "lockers:detail"),
    *("lockers:renew", "lockers:switch", "lockers:give_back"),
    *("violations:pay_ticket", "violations:ticket", "violations:guest_payment", "violations:photo"),
    *("violations:appeals", "violations:lookup_tickets", "violations:request_appeal", "violations:associate"),
    *("violations:appeal", "violations:appeal_status", "violations:appeal_letter", "violations:evidence"),
    *("violations:evidence_thumb", "violations:boot", "violations:release", "permits:renew", "permits:extend"),
    *("payments:list", "payments:start", "payments:checkout", "payments:promised", "payments:return"),
    *("payments:receipt", "payments:webhook", "payments:sandbox", "payments:sandbox_card", "payments:card_page"),
    *("payments:receipt_pdf", "payments:claim", "payments:statement", "permits:cancel"),
    *("payments:plan", "payments:plan_link", "payments:pay_plan"),
}


def soup(response: HttpResponseBase) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")  # type: ignore[attr-defined]


def banner(client: Client, path: str = "/home/") -> str:
    """What the banner says; nothing where there is none."""
    found = soup(client.get(path, follow=True)).select_one(".banner-acting")
    return " ".join(found.get_text(" ", strip=True).split()) if found else ""


def says(response: HttpResponseBase) -> list[str]:
    return [str(message) for message in get_messages(response.wsgi_request)]  # type: ignore[attr-defined]


def how_it_ended() -> str:
    return ActAsSession.objects.get().ended


@pytest.mark.parametrize(
    "path", ["/home/", "/profile/", "/vehicles/", "/payments/", "/pay-ticket/", "/security/no-such/"]
)
def test_banner_stands_on_every_page(staffed: Staffed, path: str) -> None:
    with time_machine.travel(timezone.now().replace(second=0, microsecond=0), tick=False):
        staffed.enter()
        until = timezone.localtime(timezone.now() + timedelta(minutes=30)).strftime("%H:%M")
        text = banner(staffed.client, path)
    assert text.replace("\xa0", " ") == (
        f"You are acting for Maya Okafor until {until} (30 minutes left). Maya can see what you do here. Back to Dana Reyes"
    )


def test_back_restores_the_managers_own_session(staffed: Staffed) -> None:
    device = EmailDevice.objects.create(user=staffed.manager.user, name="e-mail")
    staffed.manager.user.second_factor = True
    staffed.manager.user.save()
    session = staffed.client.session
    session[DEVICE_ID_SESSION_KEY] = device.persistent_id
    session.save()
    keys = [staffed.client.session.session_key]
    staffed.enter()
    keys.append(staffed.client.session.session_key)
    answer = staffed.client.post(BACK)
    keys.append(staffed.client.session.session_key)
    assert (answer.headers["Location"], says(answer)) == ("/company/", ["You are back in your own account."])
    assert len(set(keys)) == 3
    assert (banner(staffed.client), how_it_ended()) == ("", "back")
    assert "Welcome, Dana." in staffed.client.get("/home/").content.decode()
    assert staffed.client.session[DEVICE_ID_SESSION_KEY] == device.persistent_id


def test_persons_second_factor_is_not_asked_of_the_manager(staffed: Staffed) -> None:
    staffed.person.second_factor = True
    staffed.person.save()
    assert staffed.enter().get("/home/").status_code == 200


def test_managers_missing_second_factor_ends_it(staffed: Staffed) -> None:
    staffed.enter()
    staffed.manager.user.second_factor = True
    staffed.manager.user.save()
    assert staffed.client.get("/vehicles/").status_code == 302
    assert staffed.client.get("/vehicles/").headers["Location"] == "/one_time_password"
    assert how_it_ended() == "put_out"


def test_time_is_over_and_nothing_is_done_in_anybodys_name(staffed: Staffed) -> None:
    staffed.enter()
    with time_machine.travel(timezone.now() + timedelta(minutes=31)):
        answer = staffed.client.post("/vehicles/disclaimer/", {"agree": "yes"})
        assert (answer.headers["Location"], says(answer)) == (
            "/company/",
            ["Your time to act for Maya Okafor is over. You are back in your own account."],
        )
        assert banner(staffed.client) == ""
    assert how_it_ended() == "expired"


def test_manager_who_left_is_put_out_on_the_next_request(staffed: Staffed) -> None:
    staffed.enter()
    staffed.manager.active = False
    staffed.manager.save()
    answer = staffed.client.get("/vehicles/")
    assert (answer.headers["Location"], says(answer)) == (
        "/home/",
        ["You can no longer act for Maya Okafor. You are back in your own account."],
    )
    assert (staffed.client.get("/company/").status_code, how_it_ended()) == (403, "put_out")


def test_manager_who_was_switched_off_is_put_out_and_logged_out(staffed: Staffed) -> None:
    staffed.enter()
    staffed.manager.user.is_active = False
    staffed.manager.user.save()
    assert staffed.client.get("/vehicles/").status_code == 302
    assert staffed.client.get("/vehicles/").headers["Location"] == "/login?next=/vehicles/"
    assert how_it_ended() == "put_out"


def test_revoked_consent_puts_the_manager_out_at_once(staffed: Staffed) -> None:
    staffed.enter()
    revoke_consent(staffed.person)
    answer = staffed.client.get("/home/")
    assert says(answer) == ["Maya Okafor no longer lets others act for them. You are back in your own account."]
    assert how_it_ended() == "revoked"


def test_logging_out_ends_it_and_the_managers_session(staffed: Staffed) -> None:
    staffed.enter().post("/logout/")
    assert how_it_ended() == "logged_out"
    assert staffed.client.get("/home/").headers["Location"] == "/login?next=/home/"
    assert staffed.client.get("/company/").headers["Location"] == "/login?next=/company/"


def test_key_of_another_actor_opens_nothing(staffed: Staffed) -> None:
    staffed.enter()
    other = sign_in(Client(), make_manager(staffed.company).user)
    session = other.session
    session[SESSION_KEY] = ActAsSession.objects.get().pk
    session.save()
    assert other.get("/home/").status_code == 302
    assert banner(other) == ""


def test_page_of_before_cannot_be_sent_in_the_other_name(staffed: Staffed) -> None:
    def token(client: Client) -> str:
        field = soup(client.get("/profile/")).select_one("main form [name=csrfmiddlewaretoken]")
        assert field is not None
        return str(field["value"])

    client = sign_in(Client(enforce_csrf_checks=True), staffed.manager.user)
    own = token(client)
    url = f"/company/{staffed.member.code}/enter/"
    client.post(url, {"confirmed": "yes", "csrfmiddlewaretoken": own})
    assert client.post("/vehicles/disclaimer/", {"csrfmiddlewaretoken": own}).status_code == 403
    theirs = token(client)
    assert client.post(BACK, {"csrfmiddlewaretoken": theirs}).status_code == 302
    assert client.post("/vehicles/disclaimer/", {"csrfmiddlewaretoken": theirs}).status_code == 403


WITH_A_CODE = {
    "company_enter",
    "confirm_email_change",
    "history_mail",
    "lockers:combination",
    "my_data_file",
    "payments:agree_plan",
    "payments:card_return",
    "payments:plan_card",
    "payments:primary_card",
    "payments:remove_card",
    "permits:rollover",
    "unsubscribe",
    "violations:plan",
}


@pytest.mark.parametrize("name", sorted(PERSONAL))
def test_what_is_the_persons_own_answers_403(staffed: Staffed, name: str) -> None:
    path = reverse(name, args=["0"] if name in WITH_A_CODE else [])
    staffed.enter()
    for answer in (staffed.client.get(path), staffed.client.post(path)):
        assert answer.status_code == 403
        assert "stay with Maya Okafor alone" in answer.content.decode()


def test_every_address_is_either_the_persons_own_or_open() -> None:
    """A new page without a place in one of the two fails here: may somebody who acts for a person open it?"""
    everywhere = {name for name, _pattern in patterns(get_resolver())}
    assert {name for name in everywhere if not is_personal(name)} == OPEN


def test_nothing_can_be_linked_or_logged_in_meanwhile(staffed: Staffed) -> None:
    staffed.enter()
    for path in ("/login", "/login/sso/", "/register/", "/forgot-password/", "/admin/accounts/user/"):
        assert staffed.client.get(path).status_code == 403
        assert staffed.client.post(path).status_code == 403


def test_history_tells_who_did_what(staffed: Staffed) -> None:
    person, manager = staffed.person, staffed.manager.user
    staffed.enter().post("/profile/", {"first_name": "Maya", "last_name": "Okafor", "phone": "", "language": "en"})
    staffed.client.post("/profile/", {"language": "klingon"})
    staffed.client.post("/vehicles/disclaimer/", {"agree": "yes"})
    staffed.client.post(BACK)
    assert [(e.verb, e.detail, e.by, e.acting) for e in AccountEvent.objects.for_user(person).order_by("pk")] == [
        ("acting_started", "Northfield Labs", manager, None),
        ("acted", "Your Profile", manager, None),
        ("acted", "Vehicle Disclaimer", manager, None),
        ("acting_ended", "Northfield Labs", manager, None),
    ]
    page = soup(sign_in(Client(), person).get("/history/"))
    lines = [" ".join(line.get_text(" ", strip=True).split()) for line in page.select(".timeline > li")]
    assert sum(line.endswith("by Dana Reyes") for line in lines) == 4


def test_what_was_done_is_named_and_never_by_the_key_of_a_link(rf: RequestFactory) -> None:
    assert DONE.keys() | TOLD_ELSEWHERE <= OPEN | {"account_logout"}
    told = []
    for name in ("waitlists:answer", "verify"):
        request = rf.post(reverse(name, args=["s3cr3t"]))
        request.resolver_match = resolve(request.path)
        told.append(str(what_was_done(request, 302)))
    assert told == ["Waitlists", "/verify/<str:code>/"]


def test_history_names_who_paid_and_reserved_for_the_person(staffed: Staffed) -> None:
    person = staffed.person
    make_vehicle(person)
    with acting_as(staffed.manager.user.pk):
        permit = make_permit(person)
        promise_payment(make_checkout([permit.charge], person), email=person.email)
    page = soup(sign_in(Client(), person).get("/history/"))
    lines = [" ".join(line.get_text(" ", strip=True).split()) for line in page.select(".timeline > li")]
    named = [line for line in lines if "Dana Reyes acted for you" in line]
    assert [line.split(",")[0].split(" Held")[0] for line in named] == ["Payment", f"Permit {permit.number}"]


def test_office_is_closed_meanwhile(staff_client: Client) -> None:
    person = make_user()
    staff_client.post(f"/admin/accounts/user/{person.pk}/act/", {"reason": "Help"})
    assert staff_client.get("/admin/").status_code == 403
    assert staff_client.post(BACK).headers["Location"] == f"/admin/accounts/user/{person.pk}/change/"
    assert staff_client.get("/admin/").status_code == 200


def test_profile_is_saved_and_keeps_the_managers_language(staffed: Staffed) -> None:
    staffed.client.cookies["language"] = "es"
    answer = staffed.enter().post(
        "/profile/", {"first_name": "Maya", "last_name": "Okafor-Lund", "phone": "", "language": "fr"}
    )
    assert answer.cookies["language"].value == "es"
    staffed.client.post("/", {"language": "en", "next": "/home/"})
    staffed.person.refresh_from_db()
    staffed.manager.user.refresh_from_db()
    assert (staffed.person.last_name, staffed.person.language) == ("Okafor-Lund", "fr")
    assert staffed.manager.user.language == "en"


def test_person_who_has_not_saved_the_profile_leaves_the_way_back_open(staffed: Staffed) -> None:
    staffed.person.profile_complete = False
    staffed.person.save()
    assert staffed.enter().get("/home/").headers["Location"] == "/profile/"
    assert banner(staffed.client, "/profile/") != ""
    assert staffed.client.post(BACK).headers["Location"] == "/company/"


def test_permit_reserved_for_the_person_names_who_did(staffed: Staffed) -> None:
    person = staffed.person
    person.permit_disclaimer_at = timezone.now()
    person.save()
    vehicle, window = make_vehicle(person), make_window()
    staffed.enter().post(f"/permits/reserve/{window.code}/", {"vehicle": vehicle.owner_links.get().code})
    permit = Permit.objects.get()
    event = permit.events.get()
    assert (permit.holder, event.by, event.acting) == (person, person, staffed.manager.user)


def test_way_back_without_acting_leads_home(resident_client: Client, client: Client) -> None:
    assert resident_client.post(BACK).headers["Location"] == "/home/"
    assert resident_client.get(BACK).status_code == 405
    assert client.post(BACK).headers["Location"] == f"/login?next={BACK}"


def test_person_sees_who_acted_and_withdraws_the_consent(staffed: Staffed) -> None:
    staffed.enter()
    mine = sign_in(Client(), staffed.person)
    page = soup(mine.get(CONSENT)).get_text(" ", strip=True)
    assert "Managers of Northfield Labs may enter your account" in page
    assert "Dana Reyes , Northfield Labs" in page
    answer = mine.post(CONSENT, {"allow": "no"})
    assert answer.headers["Location"] == CONSENT
    assert how_it_ended() == "revoked"
    assert "Nobody from Northfield Labs can enter your account." in mine.get(CONSENT).content.decode()
    mine.post(CONSENT, {"allow": "yes"})
    staffed.member.refresh_from_db()
    assert staffed.member.consents
    assert AccountEvent.objects.for_user(staffed.person).filter(acting=None).count() == 4


def test_security_page_leads_to_the_consent(staffed: Staffed, resident_client: Client) -> None:
    link = soup(sign_in(Client(), staffed.person).get("/security/")).select_one(f"main a[href='{CONSENT}']")
    assert link is not None
    assert soup(resident_client.get("/security/")).select(f"main a[href='{CONSENT}']") == []


def test_consent_page_of_somebody_without_a_company(resident_client: Client, client: Client) -> None:
    text = soup(resident_client.get(CONSENT)).get_text(" ", strip=True)
    assert "Nobody so far." in text
    assert "Withdraw consent" not in text
    assert client.get(CONSENT).headers["Location"] == f"/login?next={CONSENT}"
