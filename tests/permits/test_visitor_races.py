"""Two tabs that spend the same hours, on PostgreSQL, and what happens without the lock (RULES 42)."""

from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from opscom.lib.dates import Period, today
from payments.models import Charge
from permits.models import Permit
from permits.services.visitors.booking import book_visit
from permits.services.visitors.wallet import minutes_left
from tests.factories import make_hours, make_temporary_type, make_user, make_vehicle
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


@pytest.mark.rule(42)
@pytest.mark.parametrize("locked", [True, False])
def test_hours_are_spent_once(monkeypatch: pytest.MonkeyPatch, locked: bool) -> None:
    user = make_user()
    charge = make_hours(user).charge
    Charge.objects.filter(pk=charge.pk).update(state="settled")
    start = timezone.now().replace(minute=0, second=0, microsecond=0) + HOUR
    jobs: list[Callable[[], Permit]] = [
        partial(
            book_visit,
            user,
            permit_type=make_temporary_type(takes_hours=True),
            vehicle=make_vehicle(),
            period=Period(start, start + 6 * HOUR),
        )
        for _ in range(6)
    ]
    if not locked:
        without_row_locks(monkeypatch)
    all_at_once(jobs)
    left = minutes_left(user, today())
    assert (Permit.objects.count(), left) == (1, 240) if locked else left < 0
