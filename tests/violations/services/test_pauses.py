"""The rows of appeals tell when a ticket's clock stands."""

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import User
from opscom.lib.dates import today
from tests.factories import make_appeal, make_user, make_vehicle, make_violation
from violations.clock import Pause
from violations.models import Violation
from violations.services.appeals.deciding import decide_appeal
from violations.services.appeals.drafting import submit_appeal
from violations.services.pauses import pauses_of

pytestmark = pytest.mark.django_db
AT = datetime(2026, 11, 2, 17, tzinfo=UTC)
DAY = timedelta(days=1)


def test_clock_stands_from_handing_in_through_the_fair_days(resident: User) -> None:
    violation = make_violation(make_vehicle(resident), issued_at=AT)
    appeal = make_appeal(resident, violation, at=AT)
    assert pauses_of(violation) == ()
    submit_appeal(appeal, by=resident, at=AT + DAY)
    assert pauses_of(violation) == (Pause(today(AT) + 2 * DAY),)
    expected, by = (Decimal("50.00"), Decimal("0.00")), make_user(is_staff=True)
    decide_appeal(appeal, decision="upheld", response="Seen.", by=by, expected=expected, at=AT + 4 * DAY)
    assert pauses_of(Violation.objects.get()) == (Pause(today(AT) + 2 * DAY, today(AT) + 12 * DAY),)
