"""The page of a whole person."""

from datetime import timedelta

import pytest
from bs4 import BeautifulSoup
from django.contrib.auth.models import Group
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountEvent, PersonNote, User
from accounts.services.history import note_event
from accounts.services.notes import write_note
from opscom.lib.dates import today
from opscom.lib.money import format_money
from opscom.lib.office import office
from opscom.office.whole.person import PARTS
from payments.services.statements import of_person, write_statement
from permits.models import Lot, Permit
from tests.conftest import sign_in
from tests.factories import (
    make_address,
    make_appeal,
    make_checkout,
    make_company,
    make_entry,
    make_form,
    make_locker_term,
    make_lot,
    make_member,
    make_payment,
    make_permit,
    make_submission,
    make_temporary,
    make_text,
    make_upload,
    make_user,
    make_vehicle,
    make_violation,
    make_waitlist,
    make_window,
    owe_fees,
)
from tests.payments.views.page import soup
from tests.views.test_history import write_mail

pytestmark = pytest.mark.django_db


def page_of(user: User) -> str:
    return reverse("admin:accounts_user_change", args=[user.pk])


def clerk(role: str) -> Client:
    user = make_user(first_name="Sam", last_name="Ito", is_staff=True)
    user.groups.add(Group.objects.get(name=role))
    return sign_in(Client(), user)


def panel(page: BeautifulSoup, key: str) -> list[list[str]]:
    """The rows of one panel, below its title and counts."""
    section = page.select_one(f"section#{key}")
    assert section is not None
    head = [tag.get_text() for tag in section.select(".panel-head > *")]
    return [
        head,
        *([" ".join(cell.get_text(" ").split()) for cell in row.select("td")] for row in section.select("tbody tr")),
    ]


def live_through(user: User, staff: User) -> None:
    """One more of everything that a page shows."""
    vehicle = make_vehicle(user)
    permit = make_permit(user, make_window(make_lot()))
    make_entry(make_waitlist(make_window(Lot.objects.latest("pk"))), user)
    make_locker_term(user)
    make_appeal(user, make_violation(vehicle))
    make_payment(make_checkout([permit.charge], user))
    write_mail(user)
    make_text(user=user)
    make_upload(user)
    make_submission(make_form(), user)
    write_note(user, "Called about the gate", by=staff)


def test_queries_do_not_grow(resident: User, staff: User, staff_client: Client) -> None:
    make_address(resident)
    make_member(make_company(), resident)
    counts = []
    for more in (1, 2):
        for _n in range(more):
            live_through(resident, staff)
        office()
        with CaptureQueriesContext(connection) as captured:
            page = soup(staff_client.get(page_of(resident)))
        counts.append(len(captured))
        assert [len(tag.select(".panel-head h2")) for tag in page.select(".whole section")] == [1] * len(PARTS)
    assert counts[0] == counts[1] <= 25
    for link in page.select(".panel-more a"):
        assert staff_client.get(str(link["href"])).status_code == 200, link["href"]


def test_front_desk_answers_whether_she_has_paid(resident: User) -> None:
    vehicle = make_vehicle(resident, plate="CKRT418", make="Honda", colour="blue")
    ticket = make_violation(vehicle)
    page = soup(clerk("Front desk").get(page_of(resident)))
    assert [pill.get_text(strip=True) for pill in page.select(".standing .pill")] == ["Account open", "Owes $30.00"]
    day = page.select_one("section#tickets td[data-head=Written]")
    assert day is not None
    assert panel(page, "tickets") == [
        ["Tickets", "1 owed · 1 in all"],
        [ticket.number, day.get_text(strip=True), "No Valid Permit Displayed, CKRT 418", "Owed", "–", "$30.00"],
    ]
    assert panel(page, "vehicles")[1] == ["CKRT 418 ON", "2020 Honda blue", "In use, primary driver"]


def test_permit_is_valid_while_it_runs(resident: User, staff_client: Client) -> None:
    for starts, ends in ((-3, -1), (-1, 1), (1, 3)):
        permit = make_temporary(resident, vehicle=make_vehicle(resident))
        starts_at, ends_at = (timezone.now() + timedelta(hours=hours) for hours in (starts, ends))
        Permit.objects.filter(pk=permit.pk).update(
            state="active",
            held_until=None,
            starts_at=starts_at,
            ends_at=ends_at,
            valid_from=today(starts_at),
            valid_before=today(ends_at) + timedelta(days=1),
        )
    shown = panel(soup(staff_client.get(page_of(resident))), "permits")
    assert (shown[0], [row[-1] for row in shown[1:]].count("Expired")) == (["Permits", "1 valid · 3 in all"], 1)


def test_each_sees_what_their_role_may(resident: User) -> None:
    def keys(role: str) -> tuple[list[str], list[str]]:
        page = soup(clerk(role).get(page_of(resident)))
        return [str(tag["id"]) for tag in page.select(".whole section")], [
            tag.get_text() for tag in page.select(".deeds a")
        ]

    assert keys("Appeals") == (["notes", "owed", "tickets", "permits", "events"], ["Details", "History"])
    assert keys("Cashier") == (
        ["notes", "owed", "tickets", "permits", "payments", "account", "events"],
        ["Payments", "Add Credit", "Statement", "Details", "History"],
    )
    everything = [part.draw.__name__ for part in PARTS]
    assert keys("Auditor") == (everything, ["Statement", "Details", "History"])
    assert keys("Manager")[1] == [
        "Payments",
        "Add Credit",
        "Act for this person",
        "Sell a permit",
        "Give a locker",
        "Statement",
        "Merge a duplicate",
        "Archive",
        "Details",
        "History",
    ]


def test_words_of_an_e_mail_are_there_and_its_links_are_not(resident: User, staff_client: Client) -> None:
    write_mail(resident)
    write_mail(resident, "one_time_password")
    page = soup(staff_client.get(page_of(resident)))
    secret, readable = (tag.get_text() for tag in page.select("#mails .mail-text"))
    assert secret == "Not shown: it holds a link or code that opens the account."
    assert readable.startswith("The time to pay for permit")
    assert readable.endswith("/unsubscribe/…/")


def test_balance_is_that_of_the_statement(resident: User, staff_client: Client) -> None:
    from tests.payments.test_credits import give

    give(resident, "45.00")
    owe_fees(resident, "20.00", "12.50")
    statement = write_statement(of_person(resident), first=today(), last=today())
    counts = panel(soup(staff_client.get(page_of(resident))), "account")[0][1]
    assert counts.startswith(f"Balance {format_money(statement.closing)}")
    assert counts.split(" · ")[1:] == ["1 booking"]


def test_note_is_appended_by_those_who_may(resident: User) -> None:
    path = reverse("admin:accounts_user_note", args=[resident.pk])
    desk = clerk("Front desk")
    assert desk.post(path, {"text": "  Lost the hang tag <b> "}).headers["Location"] == f"{page_of(resident)}#notes"
    assert desk.get(path).status_code == 405
    assert [tag.get_text() for tag in soup(desk.post(path, {"text": " "}, follow=True)).select(".messagelist li")] == [
        "The note is written.",
        "Write the note first.",
    ]
    assert clerk("Auditor").post(path, {"text": "x"}).status_code == 403
    page = soup(clerk("Auditor").get(page_of(resident)))
    assert (len(page.select(".note-form")), page.select(".notes li p")[0].get_text()) == (0, "Lost the hang tag <b>")
    note = PersonNote.objects.get()
    assert (note.user, note.by.get_full_name(), note.text) == (resident, "Sam Ito", "Lost the hang tag <b>")
    PersonNote.objects.bulk_create(PersonNote(user=resident, by=note.by, text=f"{n}") for n in range(50))
    read = [tag.get_text() for tag in soup(desk.get(page_of(resident))).select(".notes li p:first-child")]
    assert read == [*(f"{n}" for n in reversed(range(50))), "Lost the hang tag <b>"]


def test_acting_may_begin_at_the_permits(resident: User) -> None:
    path = reverse("admin:accounts_user_act", args=[resident.pk])
    desk = clerk("Front desk")
    assert desk.post(f"{path}?to=permits", {"reason": "At the counter"}).headers["Location"] == reverse("permits:list")


def test_what_was_done_names_who_did_it(resident: User, staff: User, staff_client: Client) -> None:
    note_event(resident, AccountEvent.Verb.ARCHIVED, by=staff, detail="Left")
    when, what, who = panel(soup(staff_client.get(page_of(resident))), "events")[1]
    assert (bool(when), what, who) == (True, "Account archived by the office: Left", staff.get_full_name())
