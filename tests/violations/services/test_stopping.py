"""While a payment plan stands, time adds nothing to the tickets that it covers."""

from decimal import Decimal

import pytest

from accounts.models import Mail, User
from opscom.lib.dates import today
from payments.errors import PaymentRefused
from payments.models import Charge, PaymentPlan
from payments.services.charges import lock_charges
from payments.services.ledger_check import find_problems
from payments.services.plans import ending
from payments.services.plans.agreeing import agree_offer, ask_plan, offer_plan
from payments.services.plans.ending import cancel_plan, judge_plan
from payments.services.plans.following import follow_plans
from payments.services.plans.terms import Guest
from permits.services.renewal import owes_fines
from tests.factories import change_office, make_appeal, make_plan, make_vehicle, make_violation
from tests.violations.services.test_escalate import after, amounts, escalating
from violations.models import LateFee, Violation
from violations.services.appeals.deciding import decide_appeal
from violations.services.appeals.drafting import submit_appeal
from violations.services.escalate import apply_all_due
from violations.services.verbs import reduce_violation

FEES = {"payment_plans": True, "plan_least": Decimal(10)}


def planned(resident: User, *, on: int = 10, **rules: object) -> tuple[Violation, PaymentPlan]:
    """A ticket of today, $50 and $25 more after 14 days, in a plan from its tenth day on."""
    change_office(**FEES | rules)
    violation = make_violation(make_vehicle(resident), offence=escalating())
    apply_all_due(at=after(on))
    return violation, make_plan(resident, count=2, at=after(on))


def test_no_fee_comes_and_nothing_is_overdue_while_it_stands(resident: User) -> None:
    violation, _plan = planned(resident)
    apply_all_due(at=after(40))
    violation.refresh_from_db()
    assert (amounts(violation), violation.next_change_on) == ([Decimal("50.00")], None)
    assert violation.charge is not None
    assert violation.charge.due_on is None
    assert owes_fines([resident.pk], today(after(90))) == set()


@pytest.mark.parametrize(("catch_up", "seen"), [(False, [0, 0, 25]), (True, [25, 25, 25])])
def test_days_count_again_from_its_end_or_as_if_it_had_never_been(
    resident: User, staff: User, *, catch_up: bool, seen: list[int]
) -> None:
    violation, plan = planned(resident, plan_catch_up=catch_up, plan_grace_days=0)
    broken = next(day for day in range(40, 44) if judge_plan(plan.pk, at=after(day)).state == "broken")
    found = []
    for days in (broken, broken + 4, broken + 5):
        apply_all_due(at=after(days))
        found.append(sum(int(fee.charge.amount) for fee in LateFee.objects.filter(violation=violation, after_days=14)))
    assert found == seen
    violation.refresh_from_db()
    assert violation.charge is not None
    assert violation.charge.due_on is not None
    assert find_problems() == []


def test_reduced_ticket_stays_in_its_plan(resident: User, staff: User) -> None:
    violation, plan = planned(resident)
    reduce_violation(violation, to=Decimal("20.00"), by=staff, reason="first offence", at=after(12))
    assert PaymentPlan.objects.with_left().get().left == Decimal("20.00")
    assert plan.charges.get().due_on is None
    cancel_plan(plan, reason="asked", by=staff, at=after(13))
    violation.refresh_from_db()
    assert (violation.stopped[-1][1], plan.charges.get().due_on) == (today(after(14)).isoformat(), today(after(13)))


@pytest.mark.parametrize("catch_up", [False, True])
def test_reduced_ticket_of_a_plan_that_was_not_kept_counts_as_owed(
    resident: User, staff: User, *, catch_up: bool
) -> None:
    violation, plan = planned(resident, plan_grace_days=0, plan_catch_up=catch_up)
    assert judge_plan(plan.pk, at=after(45)).state == "broken"
    reduce_violation(violation, to=Decimal("20.00"), by=staff, reason="first offence", at=after(46))
    assert [row.pk for row in PaymentPlan.objects.not_kept()] == [plan.pk]
    assert PaymentPlan.objects.with_left().get().left == Decimal("20.00")


def test_late_fees_in_it_are_not_overdue_either(resident: User, staff: User) -> None:
    violation, plan = planned(resident, on=20)
    fee = LateFee.objects.get().charge
    assert (plan.total, fee.due_on) == (Decimal("75.00"), None)
    cancel_plan(plan, reason="asked", by=staff, at=after(25))
    assert Charge.objects.get(pk=fee.pk).due_on == today(after(25))
    violation.refresh_from_db()
    assert violation.stopped == [[today(after(21)).isoformat(), today(after(26)).isoformat()]]


def test_decision_begins_the_grace_of_its_plan_anew(resident: User, staff: User) -> None:
    violation, plan = planned(resident, plan_grace_days=3)
    appeal = submit_appeal(make_appeal(resident, violation), by=resident, at=after(12))
    assert [follow_plans(at=after(day)) for day in (41, 60)] == [0, 0]
    assert not Mail.objects.filter(kind="plan_due").exists()
    expected = (Decimal("50.00"), Decimal("0.00"))
    decide_appeal(appeal, decision="upheld", response="Seen.", by=staff, expected=expected, at=after(60))
    assert "stays in its payment plan" in Mail.objects.get(kind="appeal_decided").text
    assert plan.instalments.get(nth=1).due_on == today(after(60))
    assert [follow_plans(at=after(day)) for day in (61, 63, 64)] == [0, 0, 1]
    assert Mail.objects.filter(kind="plan_due", subject__startswith="Pay $").count() == 1


def test_offer_is_refused_once_a_late_fee_is_due_beside_it(resident: User, staff: User) -> None:
    change_office(**FEES)
    violation = make_violation(make_vehicle(resident), offence=escalating())
    offer = offer_plan(resident, count=2, by=staff, at=after(10))
    for _twice in range(2):
        with pytest.raises(PaymentRefused) as refusal:
            agree_offer(offer, by=staff, at=after(20))
        assert refusal.value.code == "changed"
    assert LateFee.objects.filter(violation=violation).count() == 1


@pytest.mark.django_db
def test_guests_offer_is_refused_once_a_late_fee_is_due_beside_it() -> None:
    change_office(**FEES)
    violation = make_violation(offence=escalating())
    assert violation.charge_id
    guest = Guest((violation.charge_id,))
    asked = {"email": "lee@example.test", "count": 2, "language": "en"}
    offer = ask_plan(guest, **asked, shown=Decimal("50.00"), at=after(10))  # type: ignore[arg-type]
    for _twice in range(2):
        with pytest.raises(PaymentRefused) as refusal:
            agree_offer(offer, by=None, at=after(20))
        assert refusal.value.code == "changed"
    assert LateFee.objects.filter(violation=violation).count() == 1
    again = ask_plan(guest, **asked, shown=Decimal("75.00"), at=after(20))  # type: ignore[arg-type]
    assert agree_offer(again, by=None, at=after(20)).charges.count() == 2


def test_charge_that_takes_anothers_place_as_its_plan_ends_runs_again(
    resident: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    violation, plan = planned(resident)
    calls: list[list[int]] = []

    def reduced_before(pks: list[int]) -> dict[int, Charge]:
        calls.append(list(pks))
        if len(calls) == 1:
            reduce_violation(violation, to=Decimal("20.00"), by=staff, reason="first offence", at=after(12))
        return lock_charges(calls[-1])

    monkeypatch.setattr(ending, "lock_charges", reduced_before)
    cancel_plan(plan, reason="asked", by=staff, at=after(13))
    violation.refresh_from_db()
    assert violation.stopped[-1][1] == today(after(14)).isoformat()
