"""Two at one plan at the same moment, on PostgreSQL; with the control that both get through without the locks."""

import threading
from collections.abc import Callable
from contextlib import suppress
from decimal import Decimal
from functools import partial
from typing import Any

import pytest
from django.utils import timezone

from payments.models import PaymentPlan, PlanLine
from payments.services import stored
from payments.services.attempts import keep_charges
from payments.services.plans import agreeing
from payments.services.plans.agreeing import agree_offer, agree_plan, ask_plan
from payments.services.plans.collecting import collect_instalment
from payments.services.plans.paying import start_rest
from payments.services.plans.terms import Guest, check_allowed, rehearse
from payments.services.stored import charge_card
from tests.factories import (
    change_office,
    make_offence,
    make_plan,
    make_stored_card,
    make_user,
    make_violation,
    owe_fees,
)
from tests.payments.vault import Machine
from tests.together import all_at_once, without_row_locks

pytestmark = [pytest.mark.race, pytest.mark.django_db(transaction=True)]


def meet(both: threading.Barrier) -> None:
    """Go on when the other is here, too; where a lock holds it back, without it."""
    with suppress(threading.BrokenBarrierError):
        both.wait(2)


def agree_twice(monkeypatch: pytest.MonkeyPatch) -> tuple[int, int]:
    """Two tabs agree to the same plan; answers (plans, charges in standing ones)."""
    user = make_user()
    owe_fees(user)

    both = threading.Barrier(2)

    def slowly(*args: Any, **kwargs: Any) -> object:
        found = rehearse(*args, **kwargs)
        meet(both)
        return found

    monkeypatch.setattr(agreeing, "rehearse", slowly)
    all_at_once([partial(agree_plan, user, count=3, shown=Decimal("120.00"), by=user)] * 2)
    return PaymentPlan.objects.count(), PlanLine.objects.filter(standing=True).count()


def test_two_tabs_agree_to_one_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    assert agree_twice(monkeypatch) == (1, 2)


def test_control_without_locks_only_the_constraint_is_between_them(monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    monkeypatch.setattr(
        PaymentPlan, "lines", property(lambda plan: PlanLine.objects.none())
    )  # which sets the constraint's mark
    assert agree_twice(monkeypatch) == (2, 0)


def charge_from_both_sides(vault: Machine, monkeypatch: pytest.MonkeyPatch) -> Decimal:
    """The sweep charges the card for an instalment of $60 while the person pays all $120 with it; answers what was taken."""
    change_office(plan_first_percent=50)
    user = make_user()
    card = make_stored_card(user, provider="vault", primary=True)
    plan = make_plan(user, count=2, card=card)
    checkout = start_rest(plan, language="en")

    both = threading.Barrier(2)

    def slowly(*args: object) -> None:
        meet(both)
        keep_charges(*args)  # type: ignore[arg-type]

    monkeypatch.setattr(stored, "keep_charges", slowly)
    jobs: list[Callable[[], object]] = [
        partial(collect_instalment, plan.instalments.get(nth=1).pk, at=timezone.now()),
        partial(charge_card, checkout, card=card),
    ]
    all_at_once(jobs)
    return vault.money


def test_sweep_and_person_charge_an_instalment_once(vault: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    assert charge_from_both_sides(vault, monkeypatch) in (Decimal("60.00"), Decimal("120.00"))


def test_control_without_locks_both_charge_it(vault: Machine, monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    assert charge_from_both_sides(vault, monkeypatch) == Decimal("180.00")


def agree_for_one_plate(monkeypatch: pytest.MonkeyPatch) -> int:
    """Two guests with a ticket each of the same plate agree to their offers; answers how many plans stand."""
    change_office(payment_plans=True)
    fines = [make_violation(offence=make_offence(amount=Decimal(120), reduced_amount=None)).charge for _n in range(2)]
    asked = {"count": 3, "shown": Decimal("120.00"), "language": "en"}
    offers = [
        ask_plan(Guest((fine.pk,)), email=f"{fine.pk}@example.test", **asked)  # type: ignore[union-attr,arg-type]
        for fine in fines
    ]
    both = threading.Barrier(2)

    def slowly(*args: Any, **kwargs: Any) -> None:
        check_allowed(*args, **kwargs)
        meet(both)

    monkeypatch.setattr(agreeing, "check_allowed", slowly)
    all_at_once([partial(agree_offer, offer, by=None) for offer in offers])
    return PaymentPlan.objects.standing().count()


def test_two_guests_of_one_plate_get_one_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    assert agree_for_one_plate(monkeypatch) == 1


def test_control_without_locks_each_of_two_guests_gets_a_plan(monkeypatch: pytest.MonkeyPatch) -> None:
    without_row_locks(monkeypatch)
    assert agree_for_one_plate(monkeypatch) == 2
