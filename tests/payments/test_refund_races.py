"""Refunds at the same moment, on PostgreSQL; each with a control (RULES 34, 37)."""

import time
from collections.abc import Callable
from decimal import Decimal
from functools import partial

import pytest

from accounts.models import User
from payments.models import LedgerEntry, Payment, Refund
from payments.providers.base import RefundOutcome, RefundResult
from payments.services import refunds, surplus
from payments.services.outside import note_refund
from payments.services.refund_sending import reconcile_refund
from payments.services.refundable import Standing, Way, standing_of
from payments.services.refunds import request_refund
from payments.services.surplus import claim_surplus
from tests.factories import make_user
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card, tickets
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def slowly(ask: Callable[[Payment], Standing]) -> Callable[[Payment], Standing]:
    """The same answer, after which others have time to ask."""

    def answer(payment: Payment) -> Standing:
        found = ask(payment)
        time.sleep(0.3)
        return found

    return answer


def refund_at_once(bank: Books) -> Decimal:
    """Four of the office give one line of $50 back in full; answers how much goes back."""
    user = make_user()
    [charge] = tickets(user, "50.00")
    payment = paid_by_card([charge], user)
    desk: list[User] = [make_user(is_staff=True) for _ in range(4)]
    ask = partial(request_refund, payment, amount=Decimal("50.00"), charge=charge, reason="sold")
    all_at_once([partial(ask, by=by) for by in desk])
    return sum(Refund.objects.filter(payment=payment).values_list("amount", flat=True), start=Decimal(0))


def test_four_of_the_office_give_a_line_back_once(bank: Books) -> None:
    assert [refund_at_once(bank) for _ in range(3)] == [Decimal("50.00")] * 3


def test_control_without_locks_it_goes_back_more_than_once(bank: Books, monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    monkeypatch.setattr(refunds, "standing_of", slowly(standing_of))
    assert refund_at_once(bank) > Decimal("50.00")


def claim_at_once(bank: Books) -> int:
    """Four clicks on "Keep it as credit"; answers how many credits they make."""
    user = make_user()
    payment = paid_by_card(tickets(user, "50.00"), user, received="80.00")
    all_at_once([partial(claim_surplus, payment, way=Way.CREDIT, by=user)] * 4)
    return user.adjustments.count()


def test_four_claims_are_one(bank: Books) -> None:
    assert [claim_at_once(bank) for _ in range(3)] == [1] * 3


def test_control_without_locks_a_surplus_is_claimed_more_than_once(
    bank: Books, monkeypatch: pytest.MonkeyPatch
) -> None:
    without_row_locks(monkeypatch)
    monkeypatch.setattr(surplus, "standing_of", slowly(standing_of))
    assert claim_at_once(bank) > 1


def test_worker_sweep_and_webhook_together_book_a_refund_once(bank: Books) -> None:
    user = make_user()
    [charge] = tickets(user, "50.00")
    payment = paid_by_card([charge], user)
    [refund] = request_refund(payment, amount=Decimal("50.00"), charge=charge, reason="sold", by=make_user())
    said = RefundOutcome(RefundResult.DONE, f"re_{refund.code}", Decimal("50.00"), "CAD")
    jobs: list[Callable[[], object]] = [
        *[lambda: reconcile_refund(Refund.objects.select_related("payment__checkout").get(pk=refund.pk))] * 4,
        *[lambda: note_refund(payment, said, ours=Refund.objects.get(pk=refund.pk))] * 4,
    ]
    all_at_once(jobs)
    refund.refresh_from_db()
    assert (refund.state, Refund.objects.count(), bank.given()) == ("done", 1, Decimal("50.00"))
    assert LedgerEntry.objects.filter(refund=refund).count() == 2
