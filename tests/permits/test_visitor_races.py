"""Two tabs that spend the same hours, on PostgreSQL, and what happens without the lock (RULES 42)."""

import threading
from collections.abc import Callable
from datetime import timedelta
from functools import partial

import pytest
from django.db.models import Sum
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import Period
from payments.models import Charge
from permits.models import HourBlock, HourEntry, Permit
from permits.services.visitors import booking
from permits.services.visitors.booking import book_visit
from permits.services.visitors.wallet import lock_blocks
from tests.factories import make_hours, make_temporary_type, make_user, make_vehicle
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
HOUR = timedelta(hours=1)


def read_together(people: int) -> Callable[[User], list[HourBlock]]:
    """For the control: everybody has read the wallet before anybody has written."""
    barrier = threading.Barrier(people)

    def wait(user: User) -> list[HourBlock]:
        blocks = lock_blocks(user)
        barrier.wait(20)
        return blocks

    return wait


@pytest.mark.rule(42)
@pytest.mark.parametrize("locked", [True, False])
def test_hours_are_spent_once(monkeypatch: pytest.MonkeyPatch, locked: bool) -> None:
    user = make_user()
    block = make_hours(user)
    Charge.objects.filter(pk=block.charge_id).update(state="settled")
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
        monkeypatch.setattr(booking, "lock_blocks", read_together(len(jobs)))
    all_at_once(jobs)
    spent = -HourEntry.objects.aggregate(n=Sum("minutes"))["n"]
    assert (Permit.objects.count(), spent) == (1, 360) if locked else spent > block.minutes
