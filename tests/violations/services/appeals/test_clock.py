"""The clock stands still while an appeal runs, and for the office's fair days after it."""

from datetime import UTC, date, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from opscom.lib.dates import today
from payments.errors import PaymentRefused
from payments.models import Charge
from tests.factories import change_office, make_appeal, make_checkout, make_user, make_vehicle, make_violation
from violations.models import Appeal, Violation
from violations.services.appeals.deciding import decide_appeal
from violations.services.appeals.drafting import submit_appeal
from violations.services.escalate import NEVER

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 2, 17, tzinfo=UTC)
DAY = timedelta(days=1)


@pytest.fixture
def violation(resident: User) -> Violation:
    """$50 due in 30 days, $30 within 7."""
    return make_violation(make_vehicle(resident), issued_at=AT)


def days_of(violation: Violation) -> tuple[date | None, date | None, bool]:
    """Due day, last day of the reduction, and whether it can be paid."""
    assert violation.charge
    charge = Charge.objects.get(pk=violation.charge.pk)
    return charge.due_on, charge.reduced_through, not charge.blocked


def decide(appeal: Appeal, at: datetime) -> Appeal:
    """The ticket stands."""
    expected, by = (Decimal("50.00"), Decimal("0.00")), make_user(is_staff=True)
    return decide_appeal(appeal, decision="upheld", response="Seen.", by=by, expected=expected, at=at)


def test_uphold_moves_every_day_that_was_to_come_by_the_days_that_the_clock_stood(
    resident: User, violation: Violation
) -> None:
    appeal = submit_appeal(make_appeal(resident, violation, at=AT), by=resident, at=AT + 5 * DAY)
    assert days_of(violation) == (None, NEVER, False)
    decide(appeal, AT + 20 * DAY)
    still = 15 + 7  # after the day on which it was handed in, through the office's fair days
    issued = today(AT)
    assert days_of(violation) == (issued + (30 + still) * DAY, issued + (7 + still) * DAY, True)


def test_business_days_go_on_where_they_stood(resident: User) -> None:
    change_office(fines_business_days=True)
    violation = make_violation(make_vehicle(resident), issued_at=AT)  # a Monday; the 5th is its third business day
    appeal = submit_appeal(make_appeal(resident, violation, at=AT), by=resident, at=AT + 3 * DAY)
    decide(appeal, AT + 4 * DAY)  # stands through Friday the 13th
    assert days_of(violation)[1] == date(2026, 11, 19)  # the fourth more from Monday the 16th


def test_reduction_that_had_ended_does_not_come_back(resident: User, violation: Violation) -> None:
    appeal = submit_appeal(make_appeal(resident, violation, at=AT), by=resident, at=AT + 8 * DAY)
    assert days_of(violation) == (None, today(AT) + 7 * DAY, False)
    decide(appeal, AT + 9 * DAY)
    assert days_of(violation)[1] == today(AT) + 7 * DAY


def test_nobody_pays_while_it_is_under_review(resident: User, violation: Violation) -> None:
    submit_appeal(make_appeal(resident, violation, at=AT), by=resident, at=AT)
    with pytest.raises(PaymentRefused) as refused:
        make_checkout([violation.charge], resident)
    assert (refused.value.code, refused.value.message.partition(".")[0]) == ("blocked", "This ticket is under review")
