"""Many at once for few places, on PostgreSQL; each with what happens without the lock."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable, Iterable
from datetime import timedelta
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import Mail
from payments.models import Charge
from permits import capacity
from permits.errors import LotFull
from permits.models import Permit, SalesWindow
from permits.services import creation, reserve
from permits.services.reserve import release_lapsed_holds, reserve_permit
from tests.factories import make_lot, make_permit, make_user, make_vehicle, make_window
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def kinds(answers: Iterable[object]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def reservations(window: SalesWindow, people: int) -> list[Callable[[], object]]:
    drivers = [(user, make_vehicle(user)) for user in (make_user() for _ in range(people))]
    return [partial(reserve_permit, user, window=window, vehicles=[vehicle]) for user, vehicle in drivers]


def test_fifty_people_for_five_places_are_five_holds() -> None:
    window = make_window(make_lot(spaces=5))
    answers = all_at_once(reservations(window, 50))
    assert kinds(answers) == {"Permit": 5, "LotFull": 45}
    assert sorted(Permit.objects.values_list("serial", flat=True)) == [20001, 20002, 20003, 20004, 20005]
    assert Charge.objects.count() == 5


def test_without_the_lock_places_are_oversold(monkeypatch: pytest.MonkeyPatch) -> None:
    """The control: everybody counts before anybody has written. Numbers come from elsewhere, or their uniqueness would hide it."""
    window, people = make_window(make_lot(spaces=5)), 20
    barrier, serials, count = threading.Barrier(people), itertools.count(1), capacity.occupancy

    def count_together(*args: object) -> object:
        shown = count(*args)  # type: ignore[arg-type]
        barrier.wait(20)
        return shown

    without_row_locks(monkeypatch)
    monkeypatch.setattr(reserve, "occupancy", count_together)
    monkeypatch.setattr(creation, "next_serial", lambda permit_type: next(serials))
    assert kinds(all_at_once(reservations(window, people))) == {"Permit": people}
    assert Permit.objects.count() == people > window.permit_type.lot.spaces


def test_one_person_reserving_twelve_times_at_once_is_one_permit() -> None:
    job = reservations(make_window(), 1)[0]
    answers = all_at_once([job] * 12)
    assert len({answer.pk for answer in answers if isinstance(answer, Permit)}) == 1
    assert kinds(answers) == {"Permit": 12}
    assert (Permit.objects.count(), Charge.objects.count()) == (1, 1)


def test_hold_released_and_reserved_at_once_goes_to_one_person() -> None:
    window = make_window(make_lot(spaces=1))
    lapsed = make_permit(window=window, at=timezone.now() - timedelta(hours=1))
    answers = all_at_once([*reservations(window, 6), *[release_lapsed_holds] * 6])
    held = [answer for answer in answers[:6] if isinstance(answer, Permit)]
    assert len(held) <= 1
    assert kinds(answers[:6]) + Counter() == Counter(Permit=len(held), LotFull=6 - len(held)) + Counter()
    assert [type(answer) for answer in answers[6:]] == [int] * 6
    lapsed.refresh_from_db()
    assert (lapsed.state, lapsed.charge.state, Mail.objects.count()) == ("released", "void", 1)
    assert Permit.objects.filter(state="held").count() == len(held)


def test_release_job_many_times_at_once_releases_each_hold_once() -> None:
    window = make_window()
    for _ in range(4):
        make_permit(window=window, at=timezone.now() - timedelta(hours=1))
    assert sum(answer for answer in all_at_once([release_lapsed_holds] * 8) if isinstance(answer, int)) == 4
    assert list(Permit.objects.values_list("state", flat=True)) == ["released"] * 4
    assert Mail.objects.count() == 4


def test_lapsed_hold_paid_and_wanted_at_once_is_never_sold_twice() -> None:
    """The money's booking locks the charge; whoever wants the place has to wait for it before the hold can be released."""
    from tests.factories import make_checkout, make_payment

    window = make_window(make_lot(spaces=1))
    permit = make_permit(window=window)
    payment = make_payment(make_checkout([permit.charge], permit.holder))
    Permit.objects.filter(pk=permit.pk).update(held_until=timezone.now() - timedelta(seconds=1))

    def pay() -> object:
        from payments.services.settle import fulfil_payment, record_money

        return fulfil_payment(record_money(payment, received=payment.amount, account="card", at=timezone.now()))

    answers = all_at_once([pay, *reservations(window, 5)])
    assert not [answer for answer in answers if isinstance(answer, Exception) and not isinstance(answer, LotFull)]
    assert Permit.objects.filter(state__in=["held", "active"]).count() == 1
