"""Each lane of the office's first page leads to exactly the rows that it counts, and each can be emptied."""

from datetime import timedelta
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from accounts.models import Mail, User
from opscom.office.trail.reading import trail_of
from payments.models import Payment, ProviderEvent, Refund
from payments.services.promises import promise_payment
from permits.models import Permit, WaitlistOffer
from tests.factories import (
    make_appeal,
    make_charge,
    make_checkout,
    make_entry,
    make_form,
    make_lot,
    make_offer,
    make_payment,
    make_permit,
    make_submission,
    make_text,
    make_upload,
    make_violation,
    make_waitlist,
    make_window,
)
from tests.opscom.test_office_pages import client_of, idle, lanes
from violations.models import Appeal, LookupBatch, LookupItem, TicketLookup

pytestmark = pytest.mark.django_db
LATER, LONG_AGO = timedelta(days=9), timedelta(days=30)


def _payments(user: User) -> None:
    def pay(**fields: Any) -> Payment:
        return make_payment(make_checkout([make_charge(user)], user), **fields)

    promise_payment(make_checkout([make_charge(user)], user), email=user.email)
    pay(attention="mismatch")
    paid = pay(state="confirmed")
    for state in ("requested", "failed", "failed", "done", "created"):
        Refund.objects.create(payment=paid, amount="1.00", target="office", reason="r", state=state)
    for outcome in ("quarantined", "quarantined", "dealt_with", "done"):
        ProviderEvent.objects.create(
            provider="sandbox",
            event_id=f"{outcome}{ProviderEvent.objects.count()}",
            kind="x",
            body="{}",
            outcome=outcome,
        )


def _messages(user: User) -> None:
    mail = {"kind": "receipt", "to": "a@example.test", "language": "en", "subject": "s", "text": "t", "html": "h"}
    for state in ("failed", "failed", "given_up", "sent"):
        Mail.objects.create(**mail, state=state)
    for state, ago in (("failed", timedelta()), ("failed", LONG_AGO), ("sent", timedelta())):
        make_text(state=state, created_at=timezone.now() - ago)


def _permits(user: User) -> None:
    make_offer()
    later = make_offer()
    WaitlistOffer.objects.update(expires_at=timezone.now())
    WaitlistOffer.objects.filter(pk=later.pk).update(expires_at=timezone.now() + LATER)
    for name in ("Elm Street", "Oak Street"):
        waitlist = make_waitlist(make_window(make_lot(spaces=2)), name=name, automatic=False)
        for _person in range(3):
            make_entry(waitlist)
    make_waitlist(make_window(make_lot(spaces=0)), name="Full", automatic=False)
    Permit.objects.filter(pk=make_permit(user).pk).update(held_until=timezone.now())


def _tickets(user: User) -> None:
    Appeal.objects.filter(pk=make_appeal(user).pk).update(state="submitted", submitted_at=timezone.now())
    make_appeal(user)
    for errors in (2, 1, 0):
        batch = LookupBatch.objects.create(region="CA-ON", by=user)
        for number in range(3):
            outcome = "error" if number < errors else "found"
            LookupItem.objects.create(batch=batch, violation=make_violation(), outcome=outcome)
    noted = LookupBatch.objects.create(region="CA-ON", by=user)
    LookupItem.objects.create(
        batch=noted, violation=make_violation(), outcome="error", acknowledged_at=timezone.now(), acknowledged_by=user
    )
    who = {"address": "203.0.113.5", "network": "203.0.113.0/24"}
    for found, days in ((False, 0), (False, 0), (True, 0), (False, 2)):
        TicketLookup.objects.create(number="TT-1", found=found, at=timezone.now() - timedelta(days=days), **who)


def rows_behind(client: Client, link: str) -> int:
    """How many rows the page lists that a lane leads to."""
    context = client.get(link).context
    if "cl" in context:
        return int(context["cl"].result_count)
    if "rehearsal" in context:  # whoever was left out stands among all that are due now
        return len(context["rehearsal"].lines)
    [rows] = [context[name] for name in ("rows", "payments", "shelves") if name in context]
    return len(rows)


def test_each_lane_leads_to_exactly_the_rows_that_it_counts(staff_client: Client, resident: User) -> None:
    for fill in (_payments, _messages, _permits, _tickets):
        fill(resident)
    make_upload(resident)
    make_submission(make_form(), resident)
    waiting = {title: (int(count), link) for title, (count, _words, link) in lanes(staff_client).items()}
    told = waiting | {title: (0, link) for title, link in idle(staff_client).items()}
    assert {title: count for title, (count, _link) in waiting.items()} == {
        "Cash or cheque to process": 1,
        "Payments need attention": 1,
        "Refunds wait for a second person": 1,
        "Refunds failed": 2,
        "Refunds to hand out": 1,
        "Provider events set aside": 2,
        "Waitlist offers to answer today": 1,
        "Waitlists with free places": 2,
        "Held and not paid, released tonight": 1,
        "E-mails refused": 2,
        "Texts not delivered": 1,
        "Documents to look at": 1,
        "Appeals to decide": 1,
        "Owner look-ups with errors": 2,
        "Forms to review": 1,
        "Ticket look-ups that failed today": 2,
    }
    assert {title: rows_behind(staff_client, link) for title, (_n, link) in told.items()} == {
        title: count for title, (count, _link) in told.items()
    }


# What is dealt with -------------------------------------------------------------------------------------------------


def do(client: Client, page: str, verb: str, row: Any, reason: str) -> list[str]:
    answer = client.post(page, {"action": verb, "_selected_action": row.pk, "reason": reason}, follow=True)
    return [line.get_text() for line in BeautifulSoup(answer.content, "html.parser").select(".messagelist li")]


@pytest.fixture
def refused(resident: User) -> Mail:
    words = {"subject": "s", "text": "t", "html": "h"}
    return Mail.objects.create(
        kind="receipt", to="a@example.test", language="en", state="failed", user=resident, **words
    )


@pytest.fixture
def aside() -> ProviderEvent:
    return ProviderEvent.objects.create(
        provider="sandbox", event_id="evt_1", kind="x", body="{}", outcome="quarantined", note="names none", tries=20
    )


MAILS, EVENTS = "/admin/accounts/mail/", "/admin/payments/providerevent/"


def test_refused_mail_is_dealt_with_for_a_reason(refused: Mail) -> None:
    client = client_of("Front desk")
    asked = "Write the reason beside the verb; the history keeps it."
    assert do(client, MAILS, "give_up", refused, " ") == [asked]
    assert do(client, MAILS, "give_up", refused, "Phoned her") == ["1 is dealt with."]
    refused.refresh_from_db()
    [line] = trail_of(refused)
    assert (refused.state, line.what, line.before, line.after, line.reason) == (
        "given_up",
        "Changed: state",
        "Refused",
        "Refused, dealt with",
        "Phoned her",
    )
    assert line.who and do(client, MAILS, "give_up", refused, "again") == ["0 are dealt with."]


def test_event_set_aside_is_asked_about_again_or_dealt_with(aside: ProviderEvent) -> None:
    client = client_of("Finance")
    do(client, EVENTS, "ask_again", aside, "the key was wrong")
    aside.refresh_from_db()
    assert (aside.outcome, aside.tries, aside.note) == ("received", 0, "names none")
    ProviderEvent.objects.update(outcome="quarantined")
    do(client, EVENTS, "dismiss", aside, "another shop's")
    aside.refresh_from_db()
    assert aside.outcome == "dealt_with"
    assert [line.reason for line in trail_of(aside)] == ["another shop's", "the key was wrong"]


@pytest.mark.parametrize("verb", ["ask_again", "dismiss"])
def test_auditor_deals_with_nothing(refused: Mail, aside: ProviderEvent, verb: str) -> None:
    client = client_of("Auditor")
    do(client, EVENTS, verb, aside, "r")
    do(client, MAILS, "give_up", refused, "r")
    for row in (refused, aside):
        row.refresh_from_db()
    assert (refused.state, aside.outcome, trail_of(refused), trail_of(aside)) == ("failed", "quarantined", [], [])
