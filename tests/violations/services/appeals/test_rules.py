"""When a ticket can be appealed, to the second, and what is said when it cannot."""

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest

from tests.factories import change_office, make_offence, make_violation
from violations.errors import AppealRefused
from violations.models import ClosedDay, TicketNotice, Violation
from violations.services.appeals.rules import check_appealable, last_day_of, why_not
from violations.services.issue import spoil_violation

pytestmark = pytest.mark.django_db
OFFICE = ZoneInfo("America/Toronto")
ISSUED = datetime(2026, 10, 25, 23, 30, tzinfo=OFFICE)  # a week before the clocks go back
LAST = datetime(2026, 11, 8, 23, 59, 59, 999999, tzinfo=OFFICE)


def ticket(**fields: object) -> Violation:
    return make_violation(offence=make_offence(**fields), issued_at=ISSUED)


def refusal(violation: Violation, at: datetime) -> tuple[str, str]:
    with pytest.raises(AppealRefused) as refused:
        check_appealable(violation, level=1, at=at)
    return refused.value.code, refused.value.message


def test_last_day_counts_to_its_last_second_in_the_offices_zone() -> None:
    violation = ticket()
    check_appealable(violation, level=1, at=LAST)
    assert refusal(violation, LAST + timedelta(microseconds=1)) == (
        "late",
        "The last day to appeal was Sunday, Nov. 8, 2026. Questions? 519-555-0142",
    )


def test_offence_has_days_of_its_own_and_the_office_a_default() -> None:
    change_office(appeal_days=3)
    assert [last_day_of(ticket(appeal_days=days)) for days in (None, 20, 0)] == [
        ISSUED.date() + timedelta(days=3),
        ISSUED.date() + timedelta(days=20),
        None,
    ]
    assert refusal(ticket(appeal_days=0), ISSUED)[0] == "never"


def test_overdue_ticket_says_so() -> None:
    violation = ticket(due_days=5)
    assert refusal(violation, ISSUED + timedelta(days=6)) == (
        "overdue",
        "This ticket is overdue, so it can no longer be appealed. Questions? 519-555-0142",
    )
    assert why_not(violation, at=ISSUED + timedelta(days=5)) == ""


def test_overdue_notice_opens_a_new_time_where_the_office_says_so() -> None:
    """CSU Fullerton: 21 days from issue, or 14 from the delinquency notice."""
    change_office(appeal_days=21)
    violation = ticket(due_days=21)
    told = ISSUED + timedelta(days=30)
    TicketNotice.objects.create(violation=violation, step="overdue", at=told)
    assert refusal(violation, told)[0] == "late"
    change_office(appeal_notice_days=14)
    assert last_day_of(violation) == told.date() + timedelta(days=14)
    check_appealable(violation, level=1, at=told + timedelta(days=14))
    assert refusal(violation, told + timedelta(days=15))[0] == "late"
    assert refusal(ticket(due_days=21), told)[0] == "late"  # nobody was told of this one
    assert last_day_of(ticket(appeal_days=0)) is None


def test_a_notice_shortens_nothing() -> None:
    change_office(appeal_days=21, appeal_notice_days=3)
    violation = ticket(due_days=5)
    TicketNotice.objects.create(violation=violation, step="overdue", at=ISSUED + timedelta(days=6))
    TicketNotice.objects.create(violation=violation, step="last", at=ISSUED + timedelta(days=30))
    assert last_day_of(violation) == ISSUED.date() + timedelta(days=21)


def test_a_notice_opens_no_more_than_its_own_days_for_what_is_overdue() -> None:
    change_office(appeal_days=21, appeal_notice_days=3)
    violation = ticket(due_days=5)
    TicketNotice.objects.create(violation=violation, step="overdue", at=ISSUED + timedelta(days=6))
    check_appealable(violation, level=1, at=ISSUED + timedelta(days=9))
    assert refusal(violation, ISSUED + timedelta(days=10))[0] == "overdue"


def test_what_owes_nothing_cannot_be_appealed(staff: object) -> None:
    spoilt = spoil_violation(ticket(), by=staff, reason="wrong plate")  # type: ignore[arg-type]
    assert refusal(spoilt, ISSUED)[0] == "nothing-owed"


def test_switched_off_nothing_can_be_appealed() -> None:
    change_office(appeals_enabled=False)
    assert refusal(ticket(), ISSUED)[0] == "off"


def test_business_days_leave_out_week_ends_and_closed_days() -> None:
    change_office(appeal_business_days=True, appeal_days=10)
    ClosedDay.objects.create(day=date(2026, 11, 6))
    assert last_day_of(ticket()) == date(2026, 11, 9)  # the tenth, for the 6th is none


@pytest.mark.parametrize(
    ("rule", "level", "owed", "paid"),
    [
        ("either", 1, "", ""),
        ("unpaid", 1, "", "paid"),
        ("paid", 1, "unpaid", ""),
        ("second", 1, "", ""),
        ("second", 2, "unpaid", "never"),  # never: no first decision is there, so what follows refuses it
    ],
)
def test_payment_comes_before_or_after_the_appeal(rule: str, level: int, owed: str, paid: str) -> None:
    change_office(appeal_paid=rule)
    violation = ticket()
    assert appealed(violation, level) == owed
    Violation.objects.filter(pk=violation.pk).update(state=Violation.State.PAID)
    assert appealed(Violation.objects.get(pk=violation.pk), level) == paid


def appealed(violation: Violation, level: int) -> str:
    try:
        check_appealable(violation, level=level, at=ISSUED)
    except AppealRefused as refused:
        return refused.code
    return ""
