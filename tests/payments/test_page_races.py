"""What two checkouts share is paid on one card page, on PostgreSQL; with the controls that both take the money without the
locks."""

import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest
from django.db.models import Sum

from accounts.models import User
from payments.models import Payment, SandboxSession
from payments.services import attempts, promises
from payments.services.attempts import keep_charges, resolve_payment, start_card_payment
from payments.services.promises import promise_payment
from tests.factories import make_charge, make_checkout, make_user
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]
Payers = Callable[[], tuple[User | None, User | None]]


def one_person() -> tuple[User, User]:
    """Two tabs of theirs."""
    user = make_user()
    return user, user


def owner_and_guest() -> tuple[User, None]:
    """Who owes it, and whoever found the paper."""
    return make_user(), None


def slow_down(monkeypatch: pytest.MonkeyPatch) -> None:
    """What was looked at is over before it is written."""

    def slowly(*args: object) -> None:
        time.sleep(0.3)
        keep_charges(*args)  # type: ignore[arg-type]

    for module in (attempts, promises):
        monkeypatch.setattr(module, "keep_charges", slowly)


def pay_all_pages() -> Decimal:
    """Everybody pays on every page that is still open; answers what the provider took."""
    SandboxSession.objects.filter(state=SandboxSession.State.OPEN).update(state=SandboxSession.State.PAID)
    for payment in Payment.objects.in_flight():
        resolve_payment(payment)
    paid = SandboxSession.objects.filter(state=SandboxSession.State.PAID)
    return paid.aggregate(total=Sum("amount"))["total"] or Decimal(0)


def open_two_pages(payers: Payers) -> Decimal:
    """One opens the page for [A], the other for [A, B], of $30 each; answers what was taken."""
    first, second = payers()
    shared, other = (make_charge(first, amount="30.00") for _ in range(2))
    checkouts = [make_checkout([shared], first), make_checkout([shared, other], second)]
    all_at_once([partial(start_card_payment, checkout, email="payer@example.test") for checkout in checkouts])
    return pay_all_pages()


@pytest.mark.rule(24, 27)
@pytest.mark.parametrize("payers", [one_person, owner_and_guest])
def test_two_pages_at_once_take_the_money_once(payers: Payers, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_down(monkeypatch)
    assert open_two_pages(payers) in (Decimal("30.00"), Decimal("60.00"))


@pytest.mark.parametrize("payers", [one_person, owner_and_guest])
def test_control_without_locks_both_pages_take_it(payers: Payers, monkeypatch: pytest.MonkeyPatch) -> None:
    slow_down(monkeypatch)
    without_row_locks(monkeypatch)
    assert open_two_pages(payers) == Decimal("90.00")


def promise_while_a_page_opens() -> tuple[int, Decimal]:
    """One tab promises cash for [A] while the other opens a page for [A, B]; answers (promises, what the page took)."""
    user = make_user()
    shared, other = (make_charge(user, amount="30.00") for _ in range(2))
    cash, card = make_checkout([shared], user), make_checkout([shared, other], user)
    jobs: list[Callable[[], object]] = [
        partial(promise_payment, cash, email=user.email),
        partial(start_card_payment, card, email=user.email),
    ]
    all_at_once(jobs)
    return Payment.objects.filter(state=Payment.State.PROMISED).count(), pay_all_pages()


def test_promise_and_page_at_once_are_one_of_the_two(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_down(monkeypatch)
    assert promise_while_a_page_opens() in ((1, Decimal(0)), (0, Decimal("60.00")))


def test_control_without_locks_it_is_promised_and_paid(monkeypatch: pytest.MonkeyPatch) -> None:
    slow_down(monkeypatch)
    without_row_locks(monkeypatch)
    assert promise_while_a_page_opens() == (1, Decimal("60.00"))
