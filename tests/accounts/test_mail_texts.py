"""The built-in texts of every kind of mail."""

from datetime import timedelta
from decimal import Decimal
from types import SimpleNamespace
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.conf import settings
from django.utils import timezone

from accounts.models import Mail, Wording
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail
from opscom.lib.dates import today

pytestmark = pytest.mark.django_db
LABELS = {
    "create_password": "Create Password",
    "account_exists": "Forgot Password",
    "password_reset": "Reset Password",
    "password_changed": "Forgot Password",
    "second_factor_changed": "Security",
    "email_change_old": "Confirm",
    "email_change_new": "Confirm",
    "acting_started": "See who acts for you",
    "receipt": "See the receipt",
    "refund": "See the receipt",
    "surplus": "Choose how you get it",
    "permit_cancelled": "Permit Information",
    "permit_exchanged": "Permit Information",
    "courtesy_car": "Permit Information",
    "cheque_bounced": "See what you owe",
    "hold_lapsed": "See the lots",
    "lot_closed": "See the lots",
    "closure_off": "See the lots",
    "permit_expires": "See the lots",
    "card_expires": "Manage Credit Cards",
    "privileges_lost": "See your permits",
    "privileges_back": "See the lots",
    "text_parked": "Permit Information",
    "rollover_failed": "Go to Payments",
    "rollover_stopped": "See the lots",
    "rollover_price": "Permit Information",
    "plan_offered": "See the plan and agree",
    "plan_agreed": "See the payment plan",
    "plan_due": "See the payment plan",
    "plan_ended": "See the payment plan",
    "locker_lapsed": "See the lockers",
    "locker_unpaid": "Go to Payments",
    "locker_ends": "Locker Information",
    "locker_empty": "Locker Information",
    "locker_changed": "Locker Information",
    "waitlist_joined": "My waitlists",
    "waitlist_offer": "See the place and accept",
    "waitlist_reminder": "See the place and accept",
    "waitlist_lapsed": "My waitlists",
    "waitlist_emptied": "My waitlists",
    "waitlist_taken": "Permit Information",
    "boot_code": "See the code and the time left",
    "boot_due": "See where to bring it",
    "boot_ended": "See the boot's page",
    "boot_undone": "Open the boot",
    "appeal_received": "Show Appeal Information",
    "appeal_question": "Answer",
    "appeal_decided": "Show Appeal Information",
    "vehicle_associated": "See the ticket",
    "association_answered": "Appeals",
    "form_submitted": "Open the form",
    "form_asked": "Open Form",
    "form_decided": "See the form",
    "account_closed": "Open the portal",
    "account_idle": "Log In",
    "ticket_notice": "See the ticket",
    "data_ready": "Download My Data",
    "attention": "Open the payment",
    "tag_ready": "Permit Information",
    "tag_posted": "Permit Information",
    "permit_stolen": "Open the permit",
    "books": "Open the list",
    "report": "Open the report",
}
WITHOUT_LINK = {"payroll", "email_changed", "one_time_password", "office_message", "plate_code", "promise"}
HOSTILE = "<script>alert(1)</script> & \u202eZoë"


def about_people() -> dict[str, Any]:
    return {
        "name": HOSTILE,
        "code": "123456",
        "minutes": 15,
        "what": HOSTILE,
        "old": "a@example.test",
        "new": "b@example.test",
        "actor": HOSTILE,
        "company": "Northfield Labs",
        "reason": "",
        "until": timezone.now(),
        "erased_on": today(),
        "person": SimpleNamespace(get_full_name="Ada Reyes", email="ada@example.test", organisation_number="E-17"),
    }


def about_places() -> dict[str, Any]:
    """Permits, waitlists, closures, lockers."""
    days = {"valid_from": today(), "last_day": today(), "expires_at": timezone.now()}
    return {
        "permit": SimpleNamespace(number="Y-20418", lot=HOSTILE, last_day=today(), valid_from=today()),
        "lot": SimpleNamespace(name=HOSTILE),
        "talk": SimpleNamespace(ends_at=timezone.now()),
        "plates": "CKRT418",
        "waitlist": SimpleNamespace(name=HOSTILE, offer_hours=48, business_days=True, most_snoozes=2),
        "offer": SimpleNamespace(permit_type=SimpleNamespace(name=HOSTILE), **days),
        "position": 3,
        "decline_url": "https://example.test/d",
        "snooze_url": "https://example.test/s",
        "starts": timezone.now(),
        "ends": timezone.now(),
        "text": HOSTILE,
        "locker": HOSTILE,
        "renewable": True,
    }


def about_tickets() -> dict[str, Any]:
    """Tickets, appeals, boots."""
    boot, deposit = SimpleNamespace(number="B-01"), SimpleNamespace(state="settled")
    decided = {"response": HOSTILE, "question": HOSTILE, "user_id": 1}
    return {
        "number": "TT-10133",
        "decide_by": today(),
        "days": 30,
        "shows_others": False,
        "allowed": True,
        "violation": SimpleNamespace(number="TT-10133", plate="CKRT418"),
        "appeal": SimpleNamespace(state="reduced", reduced_to=Decimal("20.00"), **decided),
        "quote": SimpleNamespace(owed=Decimal("20.00"), back=Decimal("0.00")),
        "boot": boot,
        "assignment": SimpleNamespace(boot=boot, deposit=deposit, due_at=timezone.now(), state="returned"),
        "release_code": "73519",
        "step": "overdue",
        "verify_url": "https://example.test/v",
        "late": True,
        "state": "Returned",
        "outcome": SimpleNamespace(back=Decimal("50.00"), kept=Decimal("50.00"), owed=Decimal("5.00")),
    }


def about_money() -> dict[str, Any]:
    """Payments, cards, refunds, plans, books."""
    receipt = SimpleNamespace(number="R-2026-00001", code="7KQ2M9XD", issued_at=timezone.now())
    payment = SimpleNamespace(
        code="PAY123",
        promise_due_on=today() + timedelta(days=5),
        amount=Decimal("94.50"),
        note="",
        method=SimpleNamespace(name="Credit Card"),
        get_attention_display="More was paid than was owed",
        receipt=receipt,
    )
    plan = {"total": Decimal("120.00"), "card": "Visa •••• 4242", "grace_days": 7, "catch_up": True}
    sums = {"sum": "74.50", "fee": "5.00", "paid": "94.50", "discount": "20.00", "total": "94.50", "amount": "40.00"}
    sums |= {"left": "80.00", "price": "85.00", "before": "77.00"}
    return {name: Decimal(value) for name, value in sums.items()} | {
        "payment": payment,
        "receipt": receipt,
        "problem": HOSTILE,
        "day": today(),
        "card": "Visa •••• 4242",
        "last_day": today(),
        "found": 2,
        "broken": [("No refund is above its line", 2)],
        "refund": SimpleNamespace(amount=Decimal("74.50"), target="card", reason=HOSTILE, code="REFUND123"),
        "parts": [1],
        "report": SimpleNamespace(through=2, reason=HOSTILE),
        "plan": SimpleNamespace(state="cancelled", **plan),
        "instalment": SimpleNamespace(due_on=today(), grace_ends_on=today() + timedelta(days=7)),
        "charge": SimpleNamespace(description=HOSTILE, amount=Decimal("100.00")),
    }


def context_of(kind: str) -> dict[str, Any]:
    """What the functions in */emails.py hand over."""
    context = about_people() | about_places() | about_tickets() | about_money()
    if kind == "report":
        context |= {"title": "Receipts by method", "first": today(), "last": today(), "chosen": [("Method", HOSTILE)]}
        context |= {"totals": [("Net", "$94.50")], "count": 3}
    if kind == "office_message":
        context |= {"subject": HOSTILE, "text": f"Dear Zoë,\n\n{HOSTILE}"}
    if kind == "courtesy_car":
        context |= {"vehicle": SimpleNamespace(plate="BVLP902", region_short="ON"), "first": today(), "last": today()}
    if kind == "permit_exchanged":
        context["old"] = SimpleNamespace(number="Y-20417", lot=HOSTILE)
    if kind in ("receipt", "promise", "permit_cancelled"):
        context["lines"] = [(HOSTILE, Decimal("74.50")), ("Permit Y-20418", Decimal("20.00"))]
    if kind not in WITHOUT_LINK:
        context["action_url"] = f"{settings.BASE_URL}/permits/?a=1&b=2"
    return context


def written(kind: str, language: str = "en") -> Mail:
    mail = queue_mail(kind, to="ada@example.test", language=language, context=context_of(kind))
    assert mail is not None
    return mail


@pytest.mark.parametrize("kind", MailKind.values)
@pytest.mark.parametrize("language", ["en", "fr", "es"])
def test_mail_is_whole_in_every_language(kind: str, language: str) -> None:
    mail = written(kind, language)
    soup = BeautifulSoup(mail.plain_html, "html.parser")
    assert soup.html is not None
    assert soup.html["lang"] == language
    assert 0 < len(mail.subject) <= 70
    for residue in ("{{", "{%", "None", "&amp;", "&lt;", "&#x27;"):
        assert residue not in mail.plain_text + mail.subject


@pytest.mark.parametrize("kind", MailKind.values)
def test_html_is_escaped_and_carries_no_script(kind: str) -> None:
    soup = BeautifulSoup(written(kind).plain_html, "html.parser")
    assert soup.find(["script", "form", "iframe", "img"]) is None


@pytest.mark.parametrize("kind", ["receipt", "promise", "permit_cancelled"])
def test_amounts_stand_in_both_parts(kind: str) -> None:
    mail = written(kind)
    for words in ("$74.50", "$20.00", "$94.50", "Permit Y-20418", "Zoë"):
        assert words in mail.plain_text
        assert words in BeautifulSoup(mail.plain_html, "html.parser").get_text()


@pytest.mark.parametrize(("kind", "label"), LABELS.items())
def test_button_says_what_it_does_and_the_text_carries_the_link(kind: str, label: str) -> None:
    mail = written(kind)
    button = BeautifulSoup(mail.plain_html, "html.parser").find("a", string=label)
    assert button is not None
    assert button["href"] == f"{settings.BASE_URL}/permits/?a=1&b=2"
    assert f"{label}:\n{settings.BASE_URL}/permits/?a=1&b=2\n" in mail.plain_text


@pytest.mark.parametrize("kind", sorted(WITHOUT_LINK))
def test_mail_without_a_link_has_no_button(kind: str) -> None:
    links = [link["href"] for link in BeautifulSoup(written(kind).plain_html, "html.parser").find_all("a")]
    assert links == [f"{settings.BASE_URL}/"]


def test_every_kind_with_a_link_names_its_button() -> None:
    assert set(LABELS) | WITHOUT_LINK == set(MailKind.values)


def test_code_stands_in_both_parts() -> None:
    mail = written("one_time_password")
    assert "Your one-time password is 123456" in mail.plain_text
    assert "123456" in mail.plain_html


def test_offices_own_words_replace_the_built_in_ones_and_are_escaped() -> None:
    Wording.objects.create(
        kind="create_password",
        language="fr",
        subject="Bonjour {{ name }}",
        body="Cher {{ name }},\n\nvoici {{ action_url }}",
    )
    mail = written("create_password", "fr")
    assert mail.subject == f"Bonjour {HOSTILE}"
    assert f"Cher {HOSTILE}," in mail.plain_text
    assert "<script>" not in mail.plain_html
    assert "Choose your password" in written("create_password", "en").plain_text
