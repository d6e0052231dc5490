"""The office's first page and its system settings; health for load balancers; the accent; the mailbox."""

from datetime import UTC, datetime, timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Mail, User
from opscom.lib.dates import start_of_day, today
from opscom.lib.office import office
from opscom.models import SystemSettings
from opscom.tasks import beat_heart
from payments.models import LedgerCheck, Payment, ProviderEvent
from payments.services.promises import promise_payment
from tests.conftest import sign_in
from tests.factories import (
    change_office,
    make_charge,
    make_checkout,
    make_entry,
    make_lot,
    make_payment,
    make_upload,
    make_user,
    make_waitlist,
    make_window,
)
from tests.peers.process import PeerProcess
from violations.models import TicketLookup

pytestmark = pytest.mark.django_db


def client_of(role: str) -> Client:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return sign_in(Client(), user)


def lanes(client: Client) -> dict[str, tuple[str, str, str]]:
    """Title → (count, words, link) of each lane."""
    page = BeautifulSoup(client.get("/admin/").content, "html.parser")
    found = {}
    for lane in page.select("li.lane"):
        [title], [count], [link] = lane.select("strong"), lane.select("b"), lane.select("a")
        words = " ".join(note.get_text().strip() for note in lane.select(".small-print"))
        found[title.get_text()] = (count.get_text(), words, str(link["href"]))
    return found


def fill(user: User) -> None:
    """One late promise, one that is not, a payment to look at, an event set aside, a refused mail, a failed look-up."""
    for days in (-1, 3):
        payment = promise_payment(make_checkout([make_charge(user)], user), email=user.email)
        Payment.objects.filter(pk=payment.pk).update(promise_due_on=timezone.localdate() + timedelta(days=days))
    make_payment(make_checkout([make_charge(user)], user), attention="mismatch")
    ProviderEvent.objects.create(
        provider="sandbox", event_id=f"evt_{user.pk}", kind="x", body="{}", outcome="quarantined"
    )
    Mail.objects.create(
        kind="receipt", to="a@example.test", language="en", subject="s", text="t", html="h", state="failed"
    )
    who = {"address": "203.0.113.5", "network": "203.0.113.0/24"}
    for days in (0, 2):
        TicketLookup.objects.create(number="TT-1", found=False, at=timezone.now() - timedelta(days=days), **who)


def idle(client: Client) -> dict[str, str]:
    """Title → link of each lane in which nothing waits."""
    page = BeautifulSoup(client.get("/admin/").content, "html.parser")
    return {link.get_text(): str(link["href"]) for line in page.select("p.idle")[:1] for link in line.select("a")}


def test_first_page_says_what_waits_the_late_first(staff_client: Client, resident: User) -> None:
    fill(resident)
    payments, week = "/admin/payments/payment/", start_of_day(today() - timedelta(days=7))
    found = lanes(staff_client)
    since = urlencode({"found__exact": 0, "at__gte": start_of_day(today()).isoformat()})
    failed_today = f"/admin/violations/ticketlookup/?{since}"
    assert (staff_client.get(failed_today).context["cl"].result_count, TicketLookup.objects.count()) == (1, 2)
    assert list(found.items()) == [
        (
            "Cash or cheque to process",
            ("2", "$100.00 in all 1 past its date", f"{payments}?state__exact=promised"),
        ),
        ("E-mails refused", ("1", "", "/admin/accounts/mail/?state__exact=failed")),
        (
            "Payments need attention",
            ("1", "1 × Amount, currency or reference differ from ours", f"{payments}?needs=yes"),
        ),
        ("Provider events set aside", ("1", "", "/admin/payments/providerevent/?outcome__exact=quarantined")),
        ("Ticket look-ups that failed today", ("1", "", failed_today)),
    ]
    assert idle(staff_client) == {
        "Refunds wait for a second person": "/admin/payments/refund/?state__exact=requested",
        "Refunds failed": "/admin/payments/refund/?state__exact=failed",
        "Refunds to hand out": "/admin/payments/refund/?state__exact=created&target__exact=office",
        "Surplus of payers": "/admin/payments/refund/surplus/",
        "Payment plans not kept": "/admin/payments/paymentplan/?owed=yes",
        "Differences to the card provider": "/admin/payments/difference/?open=yes",
        "Rollovers that the card did not pay": "/admin/permits/permitterm/?state__exact=due&problem__gt=",
        "Left out of a rollover until now": "/admin/permits/rolloverrun/rehearse/",
        "Waitlist offers to answer today": "/admin/permits/waitlistentry/?answer=today",
        "Waitlists with free places": "/admin/permits/waitlist/",
        "Held and not paid, released tonight": "/admin/unpaid/",
        "Texts not delivered": "/admin/accounts/textmessage/?"
        + urlencode({"state__in": "failed,unknown", "created_at__gte": week.isoformat()}),
        "Texts of the office that failed": "/admin/accounts/wording/?only=failed",
        "Documents to look at": "/admin/accounts/accountupload/?state__exact=ready",
        "Hang tags to make": "/admin/permits/hangtag/?state__exact=to_make",
        "Boots not back in time": "/admin/violations/bootassignment/?standing=late",
        "Vehicles with a boot that may be towed": "/admin/violations/bootassignment/?standing=tow",
        "Appeals to decide": "/admin/violations/appeal/",
        "Associations to allow": "/admin/violations/association/?answer=waiting",
        "Batches of letters to post": "/admin/violations/letterbatch/?sent_at__isnull=True&dropped_at__isnull=True",
        "Owner look-ups with errors": "/admin/violations/lookupbatch/?errors=open",
        "Forms to review": "/admin/forms_module/submission/",
    }


MONEY = [
    "Cash or cheque to process",
    "Payments need attention",
    "Refunds wait for a second person",
    "Refunds failed",
    "Refunds to hand out",
    "Surplus of payers",
    "Payment plans not kept",
]


@pytest.mark.parametrize(
    ("role", "titles", "charts"),
    [
        ("Cashier", MONEY, ["Revenue by day and kind", "Occupancy by lot", "Tickets by offence and hour"]),
        (
            "Appeals",
            ["Appeals to decide", "Associations to allow"],
            ["Occupancy by lot", "Tickets by offence and hour", "Outcomes of appeals"],
        ),
        (
            "Permit manager",
            [
                "Refunds wait for a second person",
                "Refunds failed",
                "Refunds to hand out",
                "Surplus of payers",
                "Rollovers that the card did not pay",
                "Waitlist offers to answer today",
                "Waitlists with free places",
                "Held and not paid, released tonight",
                "Hang tags to make",
                "Forms to review",
            ],
            ["Occupancy by lot"],
        ),
        ("Enforcement", [], ["Occupancy by lot", "Tickets by offence and hour"]),
    ],
)
def test_first_page_shows_a_role_its_own_work(role: str, titles: list[str], charts: list[str]) -> None:
    page = BeautifulSoup(client_of(role).get("/admin/").content, "html.parser")
    lines = [[link.get_text() for link in line.select("a")] for line in page.select("p.idle")]
    assert lines == [part for part in (titles, charts) if part]


def test_first_page_tells_of_free_places_documents_and_declined_cards(staff_client: Client, resident: User) -> None:
    waitlist = make_waitlist(make_window(make_lot(spaces=2)), name="Elm Street", automatic=False)
    for _ in range(3):
        make_entry(waitlist)
    make_upload(resident)
    found = lanes(staff_client)
    assert found == {
        "Waitlists with free places": ("1", "Elm Street (2)", f"/admin/permits/waitlist/{waitlist.pk}/queue/"),
        "Documents to look at": ("1", "", "/admin/accounts/accountupload/?state__exact=ready"),
    }


def test_lanes_lead_to_lists_that_open(staff_client: Client, resident: User) -> None:
    fill(resident)
    links = [*(link for _count, _words, link in lanes(staff_client).values()), *idle(staff_client).values()]
    assert {staff_client.get(link).status_code for link in links} == {200}


def test_first_page_costs_the_same_however_much_waits(staff_client: Client, settings: Settings) -> None:
    settings.REDIS_URL = ""

    def count() -> int:
        with CaptureQueriesContext(connection) as captured:
            staff_client.get("/admin/")
        return len(captured)

    fill(make_user())
    count()
    before = count()
    for _ in range(2):
        fill(make_user())
    assert count() == before == 11


# System settings ----------------------------------------------------------------------------------------------------

SETTINGS = "/admin/opscom/systemsettings/1/change/"


def settings_form(client: Client, **changes: str) -> dict[str, Any]:
    """The form as the page holds it, with changes."""
    form = client.get(SETTINGS).context["adminform"].form
    values = {bound.html_name: bound.value() for bound in form}
    return {
        name: "on" if value is True else value
        for name, value in values.items()
        if value is not False and value is not None and name != "logo"
    } | changes


def test_list_leads_to_the_one_row(staff_client: Client) -> None:
    assert staff_client.get("/admin/opscom/systemsettings/").headers["Location"] == SETTINGS
    assert SystemSettings.objects.count() == 1


def test_list_makes_no_row_for_those_who_may_not_see_it() -> None:
    assert client_of("Cashier").get("/admin/opscom/systemsettings/").status_code == 403
    assert SystemSettings.objects.count() == 0


@pytest.mark.django_db(transaction=True)
def test_change_holds_at_once() -> None:
    client = sign_in(Client(), make_user(is_staff=True, is_superuser=True))
    client.get("/admin/opscom/systemsettings/")
    response = client.post(SETTINGS, settings_form(client, office_name="Harbour Parking", promise_days="9"))
    assert response.status_code == 302
    assert (office().office_name, office().promise_days) == ("Harbour Parking", 9)
    assert "Harbour Parking" in Client().get("/login").content.decode()


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("accent_colour", "#ffcc00"),
        ("accent_colour", "teal"),
        ("hold_minutes", "4"),
        ("hold_minutes", "4321"),
        ("lookup_tries", "2"),
        ("promise_days", "-1"),
        ("email", "nobody"),
        ("office_name", ""),
    ],
)
def test_senseless_setting_is_refused(staff_client: Client, field: str, value: str) -> None:
    staff_client.get("/admin/opscom/systemsettings/")
    response = staff_client.post(SETTINGS, settings_form(staff_client, **{field: value}))
    assert list(response.context["adminform"].form.errors) == [field]


def test_auditor_sees_settings_and_cannot_save_them() -> None:
    SystemSettings.objects.create(pk=1)
    client = client_of("Auditor")
    assert client.get(SETTINGS).status_code == 200
    assert client.post(SETTINGS, {"office_name": "Mine"}).status_code == 403


def test_every_setting_is_on_the_page(staff_client: Client) -> None:
    staff_client.get("/admin/opscom/systemsettings/")
    shown = {
        name.removesuffix("_en").removesuffix("_fr").removesuffix("_es")
        for name in staff_client.get(SETTINGS).context["adminform"].form.fields
    }
    fields = {field.name for field in SystemSettings._meta.fields} - {"id"}
    assert shown == {name.removesuffix("_en").removesuffix("_fr").removesuffix("_es") for name in fields}


# Health -------------------------------------------------------------------------------------------------------------


def test_healthz_asks_nobody(client: Client) -> None:
    with CaptureQueriesContext(connection) as captured:
        response = client.get("/healthz")
    assert (response.status_code, response.content, len(captured)) == (200, b"ok\n", 0)


def test_readyz_is_ready_with_everything_there(client: Client) -> None:
    beat_heart()
    response = client.get("/readyz")
    assert response.json() == {
        "ready": True,
        "database": "ok",
        "migrations": "ok",
        "cache": "ok",
        "worker": "ok",
        "mail": "ok",
        "virus_scanner": "off",
        "books": "not checked yet",
    }
    assert response.status_code == 200


@pytest.mark.parametrize(("found", "words"), [(0, "ok"), (3, "3 wrong")])
def test_readyz_says_how_the_books_were_and_is_ready_all_the_same(client: Client, found: int, words: str) -> None:
    beat_heart()
    at = datetime(2026, 11, 20, 5, 7, tzinfo=UTC)
    LedgerCheck.objects.create(at=at, seconds=0.5, found=found)
    response = client.get("/readyz")
    assert (response.status_code, response.json()["books"]) == (200, f"{words}, 2026-11-20 00:07-05:00")


def test_readyz_asks_the_virus_scanner_where_there_is_one(client: Client, settings: Settings) -> None:
    with PeerProcess("tests.peers.clamd_peer") as peer:
        settings.CLAMD_URL = peer.url
        assert client.get("/readyz").json()["virus_scanner"] == "ok"
    answer = client.get("/readyz")
    assert (answer.status_code, answer.json()["virus_scanner"]) == (503, "not reachable: uploads wait to be checked")


def test_readyz_misses_the_worker(client: Client) -> None:
    cache.clear()
    response = client.get("/readyz")
    assert (response.status_code, response.json()["ready"], response.json()["worker"]) == (
        503,
        False,
        "no sign of a worker and beat for 90 seconds",
    )


@pytest.mark.parametrize(("minutes", "answer"), [(29, "ok"), (31, "1 e-mails wait for more than 30 minutes")])
def test_readyz_counts_mail_that_waits_too_long(client: Client, minutes: int, answer: str) -> None:
    beat_heart()
    Mail.objects.create(
        kind="receipt",
        to="a@example.test",
        language="en",
        subject="s",
        text="t",
        html="h",
        created_at=timezone.now() - timedelta(minutes=minutes),
    )
    assert client.get("/readyz").json()["mail"] == answer


# Accent and mailbox -------------------------------------------------------------------------------------------------


def test_accent_is_the_offices_and_is_not_sent_twice(client: Client) -> None:
    change_office(accent_colour="#112233")
    response = client.get("/accent.css")
    assert (response.content, response.headers["Content-Type"]) == (
        b":root { --office-accent: #112233; }\n",
        "text/css",
    )
    assert client.get("/accent.css", headers={"If-None-Match": response.headers["ETag"]}).status_code == 304
    change_office(accent_colour="#332211")
    assert client.get("/accent.css", headers={"If-None-Match": response.headers["ETag"]}).status_code == 200


@pytest.mark.parametrize("mails", [1, 3])
def test_mailbox_lists_what_was_written(client: Client, settings: Settings, mails: int) -> None:
    settings.REDIS_URL = ""
    for number in range(mails):
        Mail.objects.create(
            kind="receipt", to="a@example.test", language="en", subject=f"<b>{number}</b>", text="t", html="h"
        )
    with CaptureQueriesContext(connection) as captured:
        page = BeautifulSoup(client.get("/mailbox/").content, "html.parser")
    assert [link.get_text() for link in page.select(".rows a")] == [
        f"<b>{number}</b>" for number in reversed(range(mails))
    ]
    assert len(captured) == 2


def test_mailbox_shows_the_text_with_its_links(client: Client) -> None:
    mail = Mail.objects.create(
        kind="receipt",
        to="a@example.test",
        language="fr",
        subject="s",
        text="<i>x</i> http://127.0.0.1:8000/activate/a-b/",
        html="h",
    )
    page = BeautifulSoup(client.get(f"/mailbox/{mail.pk}/").content, "html.parser")
    assert page.select_one(".mail-text a")["href"] == "http://127.0.0.1:8000/activate/a-b/"  # type: ignore[index]
    assert page.select_one(".mail-text")["lang"] == "fr"  # type: ignore[index]
    assert page.select(".mail-text i") == []
    assert client.get("/mailbox/0/").status_code == 404
