"""A merge while the duplicate is busy, on PostgreSQL."""

import threading
import time
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum

from accounts.models import User
from opscom.office.people import merging
from opscom.office.people.merging import Balance, NotMerged, balance_of, follow_merges, merge_users
from payments.models import Charge, LedgerEntry, Payment
from payments.services.attempts import resolve_payment
from payments.services.checkouts import start_checkout
from tests.factories import make_user
from tests.office.people.test_merging import left_behind
from tests.payments.conftest import begin, pay_at_provider
from tests.together import all_at_once
from tests.views.test_history import fine

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


@pytest.mark.parametrize("turn", range(6))
def test_merge_while_the_duplicate_pays_keeps_all_money(turn: int) -> None:
    keeper, duplicate, staff = make_user(), make_user(), make_user(is_staff=True)
    charges = [fine(duplicate).charge for _ in range(2)]
    assert charges[0] is not None

    def pay() -> str:
        attempt = begin(start_checkout([Charge.objects.get(pk=charges[0].pk)], user=duplicate, language="en"))  # type: ignore[union-attr]
        pay_at_provider(attempt)
        return str(resolve_payment(attempt).state)

    def merge() -> str:
        return merge_users(keeper, duplicate, by=staff).email

    assert all_at_once([pay, merge]) == ["confirmed", keeper.email]
    follow_merges()
    assert left_behind(duplicate) == []
    assert balance_of(keeper) == Balance(Decimal("50.00"), Decimal("30.00"), Decimal("0.00"), 1)
    assert LedgerEntry.objects.aggregate(sum=Sum("amount"))["sum"] == 0
    assert Payment.objects.get().checkout.user == keeper


def test_two_merges_of_one_duplicate_are_one() -> None:
    keepers, duplicate, staff = [make_user(), make_user()], make_user(), make_user(is_staff=True)
    fine(duplicate)
    results = all_at_once([lambda keeper=keeper: merge_users(keeper, duplicate, by=staff) for keeper in keepers])  # type: ignore[misc]
    winners = [result for result in results if isinstance(result, User)]
    assert len(winners) == 1
    assert balance_of(winners[0]).owed == Decimal("50.00")


def test_row_that_is_being_written_follows() -> None:
    keeper, duplicate, staff, written = make_user(), make_user(), make_user(is_staff=True), threading.Event()
    merged = threading.Event()

    def write_late() -> str:
        with transaction.atomic():
            Charge.objects.create(kind="violation", payer=duplicate, amount=Decimal("5.00"), description="Late")
            written.set()
            merged.wait(10)
        return "written"

    def merge() -> str:
        written.wait(10)
        done = merge_users(keeper, duplicate, by=staff).email
        merged.set()
        return done

    assert all_at_once([write_late, merge]) == ["written", keeper.email]
    assert left_behind(duplicate) == ["payments.Charge.payer"]
    assert (follow_merges(), left_behind(duplicate)) == (1, [])


def merge_of_a_locked_charge() -> str | Exception:
    """What a merge answers while somebody holds one of the duplicate's charges for a second."""
    keeper, duplicate, staff, locked = make_user(), make_user(), make_user(is_staff=True), threading.Event()
    fine(duplicate)

    def hold() -> str:
        with transaction.atomic():
            list(Charge.objects.select_for_update().filter(payer=duplicate))
            locked.set()
            time.sleep(1)
        return "held"

    def merge() -> str:
        locked.wait(10)
        return "merged" if merge_users(keeper, duplicate, by=staff) else ""

    [held, answer] = all_at_once([hold, merge])
    assert held == "held"
    return answer


def test_merge_tries_again_where_a_row_is_in_use() -> None:
    assert merge_of_a_locked_charge() == "merged"


def test_merge_that_tries_once_gives_up(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(merging, "TRIES", 1)
    answer = merge_of_a_locked_charge()
    assert isinstance(answer, NotMerged)
    assert answer.code == "busy"
