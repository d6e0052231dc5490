"""Temporary permits: never above capacity at any minute, no refusal without need, and what comes after they are sold."""

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from accounts.models import Mail, User
from opscom.lib.dates import Period, start_of_day, today
from permits.errors import LotFull, PermitRefused
from permits.models import HourPrice, Permit, PermitType
from permits.payables import PermitPayable
from permits.services.cancel import cancel_permit, quote_cancellation
from permits.services.reminders import remind_of_temporary_endings
from permits.services.reserve import release_lapsed_holds
from permits.services.temporary import check_availability, reserve_temporary
from tests.factories import (
    change_office,
    make_block,
    make_lot,
    make_permit,
    make_temporary,
    make_temporary_type,
    make_user,
    make_vehicle,
    make_window,
)
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card

pytestmark = pytest.mark.django_db
HOUR, MINUTE = timedelta(hours=1), timedelta(minutes=1)


def use_by_minute(rows: list[tuple[datetime, datetime, int]]) -> Counter[datetime]:
    """The brute-force model: how many spaces are in use at each minute."""
    used: Counter[datetime] = Counter()
    for start, end, n in rows:
        for minute in range(int((end - start) / MINUTE)):
            used[start + minute * MINUTE] += n
    return used


@pytest.mark.rule(1)
@pytest.mark.rule(4)
@pytest.mark.rule(48)
@pytest.mark.parametrize("seed", [1, 2])
def test_never_above_capacity_at_any_minute_and_no_refusal_without_need(seed: int) -> None:
    """Random overlapping intervals, standard permits, blocks and lapsing holds, over the hour that comes twice."""
    chance, now = random.Random(seed), datetime(2027, 11, 6, 16, tzinfo=UTC)
    lot = make_lot(spaces=4)
    kind, limited = make_temporary_type(lot), make_temporary_type(lot, allocation=1)
    window = make_window(lot, at=now)
    make_permit(make_user(), window, at=now)
    block = make_block(lot, 1, starts_at=now + 9 * HOUR, ends_at=now + 13 * HOUR)
    fixed = [(now, now + 72 * HOUR, 1), (block.starts_at, block.ends_at, 1)]
    taken: list[tuple[datetime, datetime, PermitType]] = []
    for _ in range(40):
        permit_type = chance.choice([kind, kind, limited])
        start = now + chance.randrange(1, 96) * 15 * MINUTE
        wanted = Period(start, start + chance.randrange(1, 24) * 15 * MINUTE)
        before = use_by_minute(fixed + [(first, last, 1) for first, last, _type in taken])
        own = use_by_minute([(first, last, 1) for first, last, its in taken if its == limited])
        minutes = [wanted.start + n * MINUTE for n in range(int((wanted.end - wanted.start) / MINUTE))]
        free = max(before[minute] for minute in minutes) < 4 and (  # type: ignore[index]
            permit_type == kind or max(own[minute] for minute in minutes) < 1  # type: ignore[index]
        )
        user = make_user()
        hours = Decimal((wanted.end - wanted.start) / HOUR)
        cost = min(2 * hours, Decimal(10))
        try:
            reserve_temporary(
                user, permit_type=permit_type, vehicle=make_vehicle(user), period=wanted, expected=cost, at=now
            )
        except LotFull:
            assert not free
        else:
            assert free
            taken.append((wanted.start, wanted.end, permit_type))  # type: ignore[arg-type]
    assert 5 < len(taken) < 40


@pytest.mark.rule(6)
def test_late_money_takes_the_place_again_only_while_something_is_left_of_it(bank: Books) -> None:
    now = datetime(2027, 6, 1, 12, tzinfo=UTC)
    user = make_user()
    permit = make_temporary(user, make_temporary_type(make_lot(spaces=1)), start=now + HOUR, hours=2, at=now)
    make_temporary(user, start=now + 9 * HOUR, at=now)  # another one, at another time and place, is no obstacle
    release_lapsed_holds(at=now + 30 * MINUTE)
    answers = [PermitPayable().recover(permit.charge, at) for at in (now + 3 * HOUR, now + 2 * HOUR)]
    assert answers == [False, True]
    permit.refresh_from_db()
    assert permit.state == Permit.State.HELD


def test_the_same_reservation_again_is_the_same_hold_and_another_one_for_the_vehicle_is_refused() -> None:
    now, user, kind = datetime(2027, 6, 1, 12, tzinfo=UTC), make_user(), make_temporary_type()
    vehicle = make_vehicle(user)
    first = make_temporary(user, kind, start=now + HOUR, at=now, vehicle=vehicle)
    assert make_temporary(user, kind, start=now + HOUR, at=now, vehicle=vehicle) == first
    with pytest.raises(PermitRefused) as refusal:
        make_temporary(user, make_temporary_type(), start=now + 2 * HOUR, at=now, vehicle=vehicle)
    assert refusal.value.code == "clash"
    assert make_temporary(user, kind, start=now + 3 * HOUR, at=now, vehicle=vehicle) != first


@pytest.mark.rule(40)
def test_all_comes_back_until_it_begins_and_nothing_afterwards(bank: Books, resident_client: object) -> None:
    user = make_user()
    start = start_of_day(today() + timedelta(days=1))
    permit = make_temporary(user, start=start)
    paid_by_card([permit.charge], user)
    permit.refresh_from_db()
    assert [quote_cancellation(permit, at=at).amount for at in (start - MINUTE, start)] == [Decimal("4.00"), Decimal(0)]
    with pytest.raises(PermitRefused) as refusal:
        quote_cancellation(permit, at=start + 2 * HOUR)
    assert refusal.value.code == "over"
    cancel_permit(permit, expected=Decimal("4.00"), by=user, at=start - MINUTE)
    permit.refresh_from_db()
    assert permit.state == Permit.State.CANCELLED


def test_its_holder_is_reminded_once_before_it_ends() -> None:
    start = start_of_day(today()) + 9 * HOUR
    long, short = (make_temporary(start=start, hours=hours, at=start - HOUR) for hours in (3, 1))
    Permit.objects.update(state=Permit.State.ACTIVE)
    assert [remind_of_temporary_endings(at=start + n * HOUR) for n in (0, 1, 2, 2.5, 3)] == [0, 0, 1, 0, 0]
    (mail,) = Mail.objects.filter(kind="permit_expires")
    assert (mail.to, f"Your temporary permit {long.number} in" in mail.text, "noon" in mail.subject) == (
        long.holder.email,
        True,
        True,
    )
    Permit.objects.filter(pk=long.pk).update(reminded_of=None)
    change_office(temporary_reminder=0)
    assert remind_of_temporary_endings(at=start + 2 * HOUR) == 0
    assert short.reminded_of is None


@pytest.mark.parametrize(("buffer", "fits"), [(0, True), (30, False)])
def test_the_office_decides_how_long_and_how_soon_after_another(buffer: int, fits: bool) -> None:
    now = datetime(2027, 6, 1, 12, tzinfo=UTC)
    kind = make_temporary_type(make_lot(spaces=1), buffer_minutes=buffer, most_days=1)
    make_temporary(make_user(), kind, start=now + HOUR, hours=2, at=now)
    with pytest.raises(PermitRefused) as refusal:
        make_temporary(make_user(), kind, start=now + 3 * HOUR, hours=25, at=now)
    assert refusal.value.code == "long"
    if fits:
        assert make_temporary(make_user(), kind, start=now + 3 * HOUR, at=now).starts_at == now + 3 * HOUR
    else:
        with pytest.raises(LotFull):
            make_temporary(make_user(), kind, start=now + 3 * HOUR, at=now)


def test_time_that_costs_nothing_needs_no_permit_and_beside_paid_hours_it_is_free(resident: User) -> None:
    noon = datetime(2026, 11, 21, 17, tzinfo=UTC)  # in Toronto
    permit_type = make_temporary_type(hourly=Decimal("0.00"), daily=None)
    period = Period(noon, noon + timedelta(hours=2))
    with pytest.raises(PermitRefused) as refused:
        check_availability(resident, permit_type=permit_type, period=period, at=noon)
    assert refused.value.code == "free"
    nights = {"name": "Nights", "amount": "0.00", "from_hour": 13, "until_hour": 24}
    days = {"name": "Days", "amount": "3.00", "from_hour": 0, "until_hour": 13}
    for row in (nights, days):
        HourPrice.objects.create(permit_type=permit_type, weekdays=[1, 2, 3, 4, 5, 6, 7], **row)
    found = check_availability(resident, permit_type=permit_type, period=period, at=noon)
    assert found.priced.total == Decimal("3.00")
