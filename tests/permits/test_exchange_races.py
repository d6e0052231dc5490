"""Exchanges at the same moment, on PostgreSQL; with what happens without the locks."""

import itertools
import threading
from collections import Counter
from collections.abc import Callable
from functools import partial

import pytest

from payments.services.ledger_check import find_problems
from permits import capacity
from permits.models import Lot, Permit, SalesWindow
from permits.services import creation, exchange
from permits.services.exchange import exchange_permit
from tests.factories import make_lot, make_permit, make_window
from tests.payments.refunding import paid_by_card
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def exchanges(window: SalesWindow, people: int) -> list[Callable[[], Permit]]:
    """So many holders of $58 that are left, each of another lot, who want a place for $77."""
    return [into(window, paid(make_window(make_lot(), price="60.00"))) for _ in range(people)]


def paid(window: SalesWindow) -> Permit:
    permit = make_permit(window=window)
    paid_by_card([permit.charge], permit.holder)
    return Permit.objects.get(pk=permit.pk)


def into(window: SalesWindow, permit: Permit) -> Callable[[], Permit]:
    difference = exchange.quote_exchange(permit, window=window).difference
    return partial(exchange_permit, permit, window=window, expected=difference, by=permit.holder)


def kinds(answers: list[Permit | Exception]) -> Counter[str]:
    return Counter(type(answer).__name__ for answer in answers)


def test_eight_exchanges_into_the_last_place_are_one() -> None:
    window = make_window(make_lot(spaces=1), price="77.00")
    answers = all_at_once(exchanges(window, 8))
    assert kinds(answers) == {"Permit": 1, "LotFull": 7}
    assert Permit.objects.filter(state="active").count() == 8
    assert find_problems() == []


def test_without_the_locks_the_last_place_goes_to_everybody(monkeypatch: pytest.MonkeyPatch) -> None:
    window, people = make_window(make_lot(spaces=1), price="77.00"), 8
    jobs = exchanges(window, people)
    barrier, serials, count = threading.Barrier(people), itertools.count(1), capacity.occupancy

    def count_together(*args: object) -> object:
        shown = count(*args)  # type: ignore[arg-type]
        barrier.wait(20)
        return shown

    without_row_locks(monkeypatch)
    monkeypatch.setattr(exchange, "occupancy", count_together)
    monkeypatch.setattr(creation, "next_serial", lambda permit_type: next(serials))
    assert kinds(all_at_once(jobs)) == {"Permit": people}
    assert (
        Permit.objects.filter(window=window, state="held").count()
        == people
        > Lot.objects.get(permit_types__windows=window).spaces
    )


@pytest.mark.rule(2)
def test_two_that_change_places_do_not_wait_for_each_other() -> None:
    first, second = (make_window(make_lot(), price="60.00") for _ in range(2))
    jobs = [into(second, paid(first)), into(first, paid(second))]
    answers = all_at_once(jobs)
    assert kinds(answers) == {"Permit": 2}
    assert find_problems() == []


def test_one_exchange_asked_for_twelve_times_moves_the_money_once() -> None:
    [job] = exchanges(make_window(price="77.00"), 1)
    answers = all_at_once([job] * 12)
    assert (kinds(answers), Permit.objects.filter(state="held").count()) == ({"Permit": 12}, 1)
    assert find_problems() == []


def test_paid_difference_and_cheaper_exchange_at_once_give_one_valid_permit() -> None:
    """Two tabs: one takes the dearer lot, one the cheaper one."""
    permit = paid(make_window(price="60.00"))
    jobs = [into(make_window(price=price), permit) for price in ("77.00", "20.00")]
    answers = all_at_once(jobs)
    assert kinds(answers) == {"Permit": 1, "PermitRefused": 1}
    assert Permit.objects.filter(state="active").count() == 1
    assert find_problems() == []
