"""Which step of an unpaid ticket is told, when, and once."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Mail
from tests.factories import change_office, make_appeal, make_user, make_vehicle, make_violation
from violations.models import NoticeStep, TicketNotice, Violation
from violations.services.appeals.drafting import submit_appeal
from violations.services.notices import send_all_due

NOW = timezone.localtime().replace(hour=12)


@pytest.fixture
def ticket(db: None) -> Violation:
    """$50, $30 for a week, due after 30 days; its owner reads e-mail."""
    return make_violation(make_vehicle(make_user(email="ada@example.test")), issued_at=NOW, entered_at=NOW)


def told(ticket: Violation) -> list[str]:
    return list(ticket.notices.order_by("pk").values_list("step", flat=True))


def test_each_step_is_told_once_on_its_day(ticket: Violation) -> None:
    days: dict[str, int] = {}
    for day in (0, 1, 5, 6, 7, 30, 31, 32, 60, 61, 62):
        before = len(told(ticket))
        for _again in range(2):
            send_all_due(at=NOW + timedelta(days=day))
        days |= {step: day for step in told(ticket)[before:]}
    assert days == {"new": 0, "discount": 6, "overdue": 31, "last": 61}
    mails = Mail.objects.filter(kind="ticket_notice").order_by("pk")
    assert [mail.subject for mail in mails] == [
        f"Ticket {ticket.number} for your vehicle",
        f"The discount on ticket {ticket.number} ends soon",
        f"Ticket {ticket.number} is overdue",
        f"Last notice for ticket {ticket.number}",
    ]
    assert "$30.00 is enough through" in mails[1].text
    assert [event.reason for event in ticket.events.all() if event.reason] == [
        f"notice by e-mail: {step}" for step in days
    ]


@pytest.mark.parametrize(
    ("rules", "words"),
    [
        ({}, ""),
        ({"appeal_notice_days": 14}, "You can appeal within 14 days of this notice."),
        (
            {"appeal_notice_days": 10, "appeal_business_days": True},
            "You can appeal within 10 business days of this notice.",
        ),
        ({"appeal_notice_days": 14, "appeals_enabled": False}, ""),
    ],
)
def test_overdue_notice_tells_of_the_new_time_to_appeal(ticket: Violation, rules: dict[str, int], words: str) -> None:
    change_office(**rules)
    send_all_due(at=NOW + timedelta(days=31))
    mail = Mail.objects.get(subject=f"Ticket {ticket.number} is overdue")
    assert ("You can appeal" in mail.text, words in mail.text) == (bool(words), True)


def test_what_was_told_late_in_the_past_is_left_alone(ticket: Violation) -> None:
    assert send_all_due(at=NOW + timedelta(days=31 + 14)) == 0
    assert send_all_due(at=NOW + timedelta(days=31 + 13)) == 1


@pytest.mark.parametrize(
    "off", [{"notice_new": False}, {"notice_discount_days": 0}, {"notice_overdue": False}, {"notice_last_days": 0}]
)
def test_step_that_the_office_switched_off_is_not_told(ticket: Violation, off: dict[str, int]) -> None:
    change_office(**off)
    for day in (0, 6, 31, 61):
        send_all_due(at=NOW + timedelta(days=day))
    step = {"notice_new": "new", "notice_discount_days": "discount", "notice_overdue": "overdue"}
    assert set(NoticeStep.values) - set(told(ticket)) == {step.get(next(iter(off)), "last")}


def test_ticket_under_appeal_waits(ticket: Violation) -> None:
    assert ticket.charge and ticket.charge.payer
    submit_appeal(make_appeal(ticket.charge.payer, ticket), by=ticket.charge.payer)
    assert send_all_due(at=NOW + timedelta(days=31)) == 0


def test_ticket_that_nobody_owes_or_that_another_system_wrote_is_not_told(ticket: Violation) -> None:
    Violation.objects.filter(pk=ticket.pk).update(source="nyc")
    make_violation(entered_at=NOW, issued_at=NOW)
    assert (send_all_due(at=NOW), TicketNotice.objects.count()) == (0, 0)
