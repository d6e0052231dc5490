"""User History (HIST-1)."""

import csv
import io
from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest
from django.http import StreamingHttpResponse
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from time_machine import travel

from accounts.models import AccountEvent, AccountUpload, Mail, User
from accounts.services.history import note_event
from accounts.services.mail import queue_mail
from accounts.services.text_opt_outs import opt_in, opt_out
from forms_module.services.reviewing import ask_back, decide_submission
from lockers.models import Locker, LockerSite, LockerTerm
from opscom.lib.acting import acting_as
from opscom.lib.append_only import rewriting_history
from opscom.lib.dates import start_of_day, today
from opscom.lib.sealed import seal
from opscom.office.timeline import reading
from opscom.office.timeline.mail import mail_key
from payments.models import Payment
from payments.models.payment import ReceivedAs
from payments.services.attempts import resolve_payment
from payments.services.cheques import bounce_cheque
from payments.services.promises import pay_by_credit, process_manually, promise_payment, withdraw_promise
from permits.models import Permit, PermitEvent
from permits.services.reserve import release_lapsed_holds
from tests.accounts.office import SETTINGS_READ
from tests.conftest import sign_in
from tests.factories import (
    change_office,
    make_charge,
    make_checkout,
    make_form,
    make_lot,
    make_offence,
    make_payment,
    make_permit,
    make_submission,
    make_temporary,
    make_temporary_type,
    make_text,
    make_user,
    make_violation,
    make_window,
)
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.test_credits import give, owe
from tests.payments.views.counting import queries
from tests.payments.views.page import soup
from violations.models import Violation

PATH = "/history/"
NUMBER = "+15195550123"
CODES = {"one_time_password": {"code": "123456", "name": "Ada", "minutes": 15}}


def lines(client: Client, query: str = "") -> list[str]:
    """The words of each line, without its date."""
    found = []
    for line in soup(client.get(PATH + query)).select(".timeline > li"):
        for small in line.select("time"):
            small.decompose()
        found.append(" ".join(line.get_text(" ").split()))
    return found


def pay(user: User) -> Payment:
    """A ticket that this person paid by card."""
    payment = begin(make_checkout([fine(user).charge], user))
    pay_at_provider(payment)
    return resolve_payment(payment)


def fine(user: User) -> Violation:
    """A ticket that this person owes."""
    violation = make_violation(offence=make_offence(description_fr="Sans permis"), lot=make_lot(name="P30"))
    assert violation.charge is not None
    violation.charge.payer = user
    violation.charge.save(update_fields=["payer"])
    return violation


def write_mail(user: User, kind: str = "hold_lapsed") -> Mail:
    """An e-mail to this person."""
    context = CODES.get(kind, {"permit": None, "name": "Ada", "action_url": "https://x.test/"})
    mail = queue_mail(kind, to=user.email, language="en", user=user, context=context)
    assert mail is not None
    return mail


def give_locker(user: User, *, days: int = 0, length: int = 30) -> LockerTerm:
    """A locker from that many days from now."""
    site, _new = LockerSite.objects.get_or_create(name="Library")
    locker = Locker.objects.create(site=site, number=str(Locker.objects.count() + 1))
    start = today() + timedelta(days=days)
    return LockerTerm.objects.create(
        locker=locker, user=user, starts_on=start, ends_before=start + timedelta(days=length)
    )


def test_every_kind_is_on_the_line_and_nobody_elses(resident: User, resident_client: Client) -> None:
    window = make_window(make_lot(name="Yellow"), valid_from=date(2026, 12, 1), valid_before=date(2027, 1, 1))
    permit = make_permit(resident, window)
    violation = fine(resident)
    promise_payment(make_checkout([make_charge(resident)], resident), email=resident.email)
    term = give_locker(resident)
    LockerTerm.objects.update(starts_on=date(2026, 9, 1), ends_before=date(2126, 5, 1))
    note_event(resident, AccountEvent.Verb.PASSWORD_CHANGED, by=resident)
    mail = Mail.objects.get(user=resident)
    other = make_user()
    for thing in (make_permit, fine, give_locker, write_mail, pay):
        thing(other)
    note_event(other, AccountEvent.Verb.PASSWORD_CHANGED)
    assert lines(resident_client) == [
        "Password changed",
        f"Locker {term.locker} Active Sept. 1, 2026 to April 30, 2126. Locker Information",
        f"E-mail Waiting {mail.subject}",
        "Payment, Cash or Cheque Paid but not Processed Ticket $50.00",
        f"Violation Owed No Valid Permit Displayed, P30. {violation.full_number} $50.00",
        f"Permit {permit.number} Held Yellow, Dec. 1, 2026 to Dec. 31, 2026. Permit Information $77.00",
    ]
    page = soup(resident_client.get(PATH))
    assert (page.select_one("h1").get_text(), page.select_one("p.soft.mb-0").get_text()) == (  # type: ignore[union-attr]
        "User History",
        "Showing 6 of 6.",
    )


def test_texts_of_the_office_are_told_without_codes(resident: User, resident_client: Client) -> None:
    """What it sent of its own accord, and that the person wanted no more; what others got is theirs."""
    User.objects.filter(pk=resident.pk).update(phone=NUMBER, texts_from=NUMBER)
    asked = make_text(NUMBER, user=resident, direction="in", state="received", kind="parking", body="ParkMe 123456")
    make_text(NUMBER, user=resident, body="Text P", answers=asked)
    make_text(NUMBER, user=resident, body="Your parking ends soon.", kind="reminder", state="delivered")
    make_text(NUMBER, user=resident, body=seal("73519"), kind="boot_code", state="failed")
    make_text(NUMBER, user=make_user(), body="Not yours", kind="reminder")
    opt_out(NUMBER, at=timezone.now())
    opt_in(NUMBER, at=timezone.now())
    assert lines(resident_client) == [
        "Texts wanted again",
        "No more texts wanted",
        "Text message Not delivered Boot: release code",
        "Text message Delivered Your parking ends soon.",
    ]
    change_office(text_gateway="off")
    assert len(lines(resident_client)) == 2


def test_confirmation_code_opens_the_receipt(resident: User, resident_client: Client) -> None:
    receipt = pay(resident).receipt
    [link] = soup(resident_client.get(f"{PATH}?kind=payment")).select(".timeline a")
    assert (link["href"], link.get_text()) == (f"/receipts/{receipt.code}/", receipt.code)
    assert lines(resident_client, "?kind=payment") == [
        f"Payment, Credit Card Paid {violation_charge(resident)}. Confirmation code {receipt.code} $30.00"
    ]


def violation_charge(user: User) -> str:
    """What the person's only ticket is called on receipts."""
    return str(user.charges.get().description)


@pytest.mark.parametrize(
    ("state", "expected"),
    [
        ("created", "Being checked"),
        ("redirected", "Being checked"),
        ("promised", "Paid but not Processed"),
        ("failed", "Declined"),
        ("cancelled", None),
        ("expired", None),
    ],
)
def test_card_attempt_shows_unless_it_came_to_nothing(
    resident: User, resident_client: Client, state: str, expected: str | None
) -> None:
    make_payment(make_checkout([make_charge(resident)], resident), state=state)
    assert lines(resident_client, "?kind=payment") == (
        [] if expected is None else [f"Payment, Credit Card {expected} Ticket $50.00"]
    )


def test_bounced_cheque_is_not_called_paid(resident: User, resident_client: Client, staff: User) -> None:
    promise = promise_payment(make_checkout([fine(resident).charge], resident), email=resident.email)
    paid = process_manually(promise, received=promise.amount, received_as=ReceivedAs.CHEQUE, by=staff)
    bounce_cheque(paid, by=staff)
    [line] = lines(resident_client, "?kind=payment")
    assert ("Cheque bounced" in line, "Paid" in line) == (True, False)


def test_withdrawn_promise_stays_on_the_line(resident: User, resident_client: Client) -> None:
    promise = promise_payment(make_checkout([make_charge(resident)], resident), email=resident.email)
    withdraw_promise(promise)
    assert lines(resident_client, "?kind=payment") == ["Payment, Cash or Cheque Cancelled Ticket $50.00"]


def test_permit_shows_its_state_of_today_and_what_became_of_it(resident: User, resident_client: Client) -> None:
    permit = make_permit(resident, make_window(make_lot(name="Yellow")))
    release_lapsed_holds(at=timezone.now() + timedelta(hours=1))
    with rewriting_history():
        PermitEvent.objects.filter(to_state="released").update(at=timezone.now() + timedelta(seconds=1))
    with_days = [line.split(" Yellow")[0] for line in lines(resident_client, "?kind=permit")]
    assert with_days == [f"Permit {permit.number} released: not paid in time", f"Permit {permit.number} Released"]


def test_paid_permit_is_active_and_then_expired(resident: User, resident_client: Client) -> None:
    permit = make_permit(resident)
    attempt = begin(make_checkout([permit.charge], resident))
    pay_at_provider(attempt)
    resolve_payment(attempt)
    assert [line.split(" Lot")[0] for line in lines(resident_client, "?kind=permit")] == [
        f"Permit {permit.number} Active"
    ]
    Permit.objects.update(valid_from=today() - timedelta(days=30), valid_before=today())
    assert [line.split(" Lot")[0] for line in lines(resident_client, "?kind=permit")] == [
        f"Permit {permit.number} Expired"
    ]


def test_temporary_permit_shows_its_moments_and_expires_with_them(resident: User, resident_client: Client) -> None:
    start = timezone.localtime().replace(hour=0, minute=0, second=0, microsecond=0) + timedelta(days=1)
    permit = make_temporary(resident, make_temporary_type(make_lot(name="P30")), start=start, hours=3)
    attempt = begin(make_checkout([permit.charge], resident))
    pay_at_provider(attempt)
    resolve_payment(attempt)
    span = f"P30, {date_format(start)}, midnight to 3 a.m."
    for at, word in ((start + timedelta(hours=3, seconds=-1), "Active"), (start + timedelta(hours=3), "Expired")):
        with travel(at, tick=False):
            client = sign_in(Client(), resident)
            assert lines(client, "?kind=permit") == [f"Permit {permit.number} {word} {span} Permit Information $6.00"]


@pytest.mark.parametrize(
    ("days", "word"), [(-40, "Expired"), (-30, "Expired"), (-29, "Active"), (0, "Active"), (1, "Held")]
)
def test_locker_shows_whether_its_term_runs(resident: User, resident_client: Client, days: int, word: str) -> None:
    term = give_locker(resident, days=days)
    [line] = lines(resident_client, "?kind=locker")
    assert line.startswith(f"Locker {term.locker} {word} ")


def test_credit_is_told_with_what_is_left_of_it(resident: User, resident_client: Client) -> None:
    give(resident, "80.00")
    checkout = make_checkout([owe(resident)], resident)
    pay_by_credit(checkout, email=resident.email, credit=Decimal("80.00"))
    rest, whole = lines(resident_client, "?kind=credit")
    assert rest.startswith("Rest of an office credit Not spent yet ")
    assert whole.startswith("Office credit Spent ")
    assert ("$30.00" in rest, "$80.00" in whole) == (True, True)


def test_locker_is_left_out_where_the_office_has_none(resident: User, resident_client: Client) -> None:
    give_locker(resident)
    change_office(lockers_enabled=False)
    assert lines(resident_client) == []
    kinds = [option["value"] for option in soup(resident_client.get(PATH)).select("#kind option")]
    assert kinds == [
        "",
        "permit",
        "waitlist",
        "violation",
        "appeal",
        "payment",
        "plan",
        "refund",
        "credit",
        "form",
        "upload",
        "mail",
        "text",
        "account",
    ]


def test_form_is_told_with_what_became_of_it(resident: User, resident_client: Client, staff: User) -> None:
    submission = ask_back(make_submission(make_form(), resident), comment="Which day?", by=staff)
    decide_submission(submission, decision="approved", comment="", by=staff)
    assert lines(resident_client, "?kind=form") == [
        "Form approved Move-in help",
        "The office asks about a form Move-in help",
        "Form submitted Move-in help",
    ]
    change_office(forms_enabled=False)
    assert lines(resident_client, "?kind=form") == lines(resident_client)


def test_violation_is_overdue_after_its_day(resident: User, resident_client: Client) -> None:
    violation = fine(resident)
    resident.charges.update(due_on=today() - timedelta(days=1))
    [line] = lines(resident_client, "?kind=violation")
    assert line.startswith("Violation Overdue")
    Violation.objects.filter(pk=violation.pk).update(lot=None, location="Trent Lane")
    [line] = lines(resident_client, "?kind=violation")
    assert line == f"Violation Overdue No Valid Permit Displayed, Trent Lane. {violation.full_number} $50.00"


def test_document_shows_with_its_state_and_opens(resident: User, resident_client: Client) -> None:
    fields = {"user": resident, "kind": "pdf", "size": 1}
    for n, state in enumerate(AccountUpload.State.values):
        upload = AccountUpload.objects.create(name=f"{state}.pdf", digest=str(n), state=state, **fields)
        note_event(resident, AccountEvent.Verb.UPLOADED, detail=upload.name)
    assert lines(resident_client) == [
        "Document uploaded Refused refused.pdf",
        "Document uploaded Taken into account taken.pdf",
        "Document uploaded Received ready.pdf",
        "Document uploaded Being checked checking.pdf",
    ]
    links = [link.get_text() for link in soup(resident_client.get(PATH)).select(".timeline a")]
    assert links == ["taken.pdf", "ready.pdf"]
    change_office(uploads_enabled=False)
    assert lines(resident_client)[0] == "Document uploaded refused.pdf"  # what was done stays known


def test_office_is_named_as_a_whole_and_another_person_by_name(resident: User, resident_client: Client) -> None:
    at = timezone.now()
    changed = AccountEvent.Verb.PASSWORD_CHANGED
    note_event(resident, changed, by=make_user(is_staff=True), at=at)
    note_event(resident, changed, by=make_user(first_name="Dana", last_name="Whitfield"), at=at - timedelta(1))
    note_event(resident, changed, by=resident, at=at - timedelta(2))
    note_event(resident, changed, at=at - timedelta(3))
    assert lines(resident_client) == [
        "Password changed , by the parking office",
        "Password changed , by Dana Whitfield",
        "Password changed",
        "Password changed",
    ]


def test_person_who_acted_is_named(resident: User, resident_client: Client) -> None:
    dana = make_user(first_name="Dana", last_name="Whitfield")
    with acting_as(dana.pk):
        note_event(resident, AccountEvent.Verb.ADDRESS_SAVED, by=resident)
        make_permit(resident)
    acting = [line.rpartition(" , ")[2] for line in lines(resident_client) if " , " in line]
    assert acting == ["Dana Whitfield acted for you $77.00", "Dana Whitfield acted for you"]
    assert [row[7] for row in table(resident_client)[1:]] == ["Dana Whitfield", "Dana Whitfield"]


def test_words_follow_the_readers_language(resident: User) -> None:
    fine(resident)
    client = sign_in(Client(HTTP_ACCEPT_LANGUAGE="fr"), resident)
    [line] = lines(client)
    assert "Sans permis" in line


def test_kind_and_period_choose(resident: User, resident_client: Client) -> None:
    User.objects.update(date_joined=timezone.now() - timedelta(days=800))
    for days in (1, 40, 400, 800):
        note_event(
            resident,
            AccountEvent.Verb.PASSWORD_CHANGED,
            at=timezone.now() - timedelta(days=days),
            detail=f"{days} days",
        )
    write_mail(resident)
    count = {
        query: len(lines(resident_client, query)) for query in ("", "?kind=account", "?kind=mail", "?kind=nonsense")
    }
    assert count == {"": 5, "?kind=account": 4, "?kind=mail": 1, "?kind=nonsense": 5}
    in_period = {
        period: len(lines(resident_client, f"?kind=account&period={period}"))
        for period in ("month", "year", "nonsense")
    }
    assert in_period == {"month": 1, "year": 2, "nonsense": 4}
    years = [option["value"] for option in soup(resident_client.get(PATH)).select("#period option")]
    per_year = [len(lines(resident_client, f"?kind=account&period={year}")) for year in years[3:]]
    assert (years[:3], sum(per_year)) == (["", "month", "year"], 4)
    chosen = soup(resident_client.get(f"{PATH}?kind=mail&period=year")).select("option[selected]")
    assert [option["value"] for option in chosen] == ["mail", "year"]


def test_year_begins_and_ends_at_midnight_of_the_office(resident: User, resident_client: Client) -> None:
    User.objects.update(date_joined=timezone.now() - timedelta(days=800))
    year = today().year - 1
    new_year = start_of_day(date(year + 1, 1, 1))
    for detail, at in [("last", new_year - timedelta(seconds=1)), ("first", new_year)]:
        note_event(resident, AccountEvent.Verb.PASSWORD_CHANGED, at=at, detail=detail)
    assert lines(resident_client, f"?period={year}") == ["Password changed last"]
    assert lines(resident_client, f"?period={year + 1}") == ["Password changed first"]


def test_pages_follow_one_another_without_gap_or_overlap(resident: User, resident_client: Client) -> None:
    at = timezone.now()
    for n in range(30):  # several of one moment, and several kinds of one moment, over the edge of a page
        note_event(resident, AccountEvent.Verb.PASSWORD_CHANGED, at=at - timedelta(seconds=n // 7), detail=f"no {n}")
    for n in range(25):
        mail = write_mail(resident)
        Mail.objects.filter(pk=mail.pk).update(created_at=at - timedelta(seconds=n // 7), subject=f"no {n}")
    seen, query, pages = [], "", []
    while True:
        page = soup(resident_client.get(PATH + query))
        found = lines(resident_client, query)
        seen += found
        pages.append(len(found))
        older = page.select_one("a[rel=next]")
        if older is None:
            break
        query = str(older["href"])
    assert pages == [25, 25, 5]
    assert sorted(seen) == sorted(
        [f"Password changed no {n}" for n in range(30)] + [f"E-mail Waiting no {n}" for n in range(25)]
    )


@pytest.mark.parametrize(
    "cursor", ["x", "1_mail_x", "_mail_1", "1e99_mail_1", "nan_mail_1", "9" * 400, "1_mail_" + "9" * 40]
)
def test_broken_place_shows_the_newest(resident: User, resident_client: Client, cursor: str) -> None:
    note_event(resident, AccountEvent.Verb.PASSWORD_CHANGED)
    assert lines(resident_client, f"?before={cursor}") == ["Password changed"]


def test_empty_history_says_so(resident_client: Client) -> None:
    page = soup(resident_client.get(PATH)).select_one(".empty")
    assert page is not None
    assert "Nothing has happened yet." in page.get_text()
    chosen = soup(resident_client.get(f"{PATH}?kind=permit")).select_one(".empty")
    assert chosen is not None
    assert "Nothing of this kind." in chosen.get_text()


@pytest.mark.parametrize("times", [1, 3])
def test_history_takes_9_queries_with_every_kind(resident: User, resident_client: Client, times: int) -> None:
    fill(resident, times)
    with queries(8 + SETTINGS_READ):
        resident_client.get(PATH)


def fill(user: User, times: int) -> None:
    """Something of every kind, so many times."""
    staff = make_user(is_staff=True)
    for _ in range(times):
        for thing in (make_permit, pay, give_locker, write_mail):
            thing(user)
        note_event(user, AccountEvent.Verb.PASSWORD_CHANGED, by=staff)


def test_anonymous_is_sent_to_the_login(client: Client, db: None) -> None:
    assert client.get(PATH).headers["Location"] == "/login?next=/history/"
    assert client.get(f"{PATH}csv/").headers["Location"] == "/login?next=/history/csv/"


def test_post_is_refused(resident_client: Client) -> None:
    assert [resident_client.post(path).status_code for path in (PATH, f"{PATH}csv/", f"{PATH}mail/x/")] == [405] * 3


# E-mails --------------------------------------------------------------------------------------------------------------


def test_mail_opens_with_its_text(resident: User, resident_client: Client) -> None:
    mail = write_mail(resident)
    Mail.objects.filter(pk=mail.pk).update(text="Hello <b>you</b>\nhttps://x.test/unsubscribe/abc123/ bye")
    [link] = soup(resident_client.get(PATH)).select(".timeline a")
    page = soup(resident_client.get(str(link["href"])))
    text = page.select_one(".mail-text")
    assert text is not None
    assert " ".join(text.get_text(" ").split()) == "Hello <b>you</b> https://x.test/unsubscribe/…/ bye"


def test_mail_with_a_code_shows_no_text(resident: User, resident_client: Client) -> None:
    mail = write_mail(resident, "one_time_password")
    assert "123456" in mail.text
    page = soup(resident_client.get(f"{PATH}mail/{mail_key(mail.pk)}/"))
    assert (page.select(".mail-text"), "123456" in page.get_text()) == ([], False)
    assert "in your own mailbox only" in page.get_text()


def test_mail_of_somebody_else_is_not_there(resident_client: Client) -> None:
    mail = write_mail(make_user())
    paths = [f"{PATH}mail/{mail_key(mail.pk)}/", f"{PATH}mail/{mail.pk}/", f"{PATH}mail/x.y/"]
    assert [resident_client.get(path).status_code for path in paths] == [404, 404, 404]


# The file -------------------------------------------------------------------------------------------------------------


def table(client: Client, query: str = "") -> list[list[str]]:
    """The file's rows."""
    answer = client.get(f"{PATH}csv/{query}")
    assert isinstance(answer, StreamingHttpResponse)
    text = b"".join(answer.streaming_content).decode()
    assert text.startswith("\ufeff")
    return list(csv.reader(io.StringIO(text[1:])))


def test_file_holds_what_the_page_shows(resident: User, resident_client: Client) -> None:
    at = datetime(2026, 11, 18, 15, 42, tzinfo=UTC)
    violation = fine(resident)
    Violation.objects.filter(pk=violation.pk).update(issued_at=at)
    answer = resident_client.get(f"{PATH}csv/")
    assert (answer.headers["Content-Type"], answer.headers["Content-Disposition"]) == (
        "text/csv; charset=utf-8",
        f'attachment; filename="history-{today()}.csv"',
    )
    assert table(resident_client) == [
        ["Date", "Kind", "What", "State", "Amount", "Detail", "By", "Acted for you"],
        [
            "2026-11-18 10:42:00-05:00",
            "Violations",
            "Violation",
            "Owed",
            "50.00",
            f"No Valid Permit Displayed, P30 {violation.full_number}",
            "",
            "",
        ],
    ]
    assert table(resident_client, "?kind=permit") == [
        ["Date", "Kind", "What", "State", "Amount", "Detail", "By", "Acted for you"]
    ]


@pytest.mark.parametrize("detail", ["=1+1", "+1", "-1", "@SUM(A1)", "\t=1", "\r=1"])
def test_file_runs_no_formula(resident: User, resident_client: Client, detail: str) -> None:
    note_event(resident, AccountEvent.Verb.PASSWORD_CHANGED, detail=detail)
    assert table(resident_client)[1][5] == f"'{detail}"


def test_file_is_in_the_readers_language(resident: User) -> None:
    fine(resident)
    client = sign_in(Client(HTTP_ACCEPT_LANGUAGE="fr"), resident)
    assert "Sans permis, P30" in table(client)[1][5]


@pytest.mark.parametrize("times", [1, 3])
def test_file_takes_7_queries_for_each_500_lines(resident: User, resident_client: Client, times: int) -> None:
    fill(resident, times)
    with queries(6 + SETTINGS_READ):
        table(resident_client)


def test_file_goes_on_after_its_first_part(
    resident: User, resident_client: Client, monkeypatch: pytest.MonkeyPatch
) -> None:
    fill(resident, 3)
    whole = table(resident_client)
    monkeypatch.setattr(reading, "CHUNK", 4)
    assert table(resident_client) == whole
    assert len(whole) == reading.read_page(resident, reading.Wanted()).total + 1
