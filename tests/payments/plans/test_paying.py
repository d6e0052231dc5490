"""Instalments are paid by ordinary payments of parts of the charges, and the books stay whole."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from payments.errors import PaymentRefused
from payments.models import Charge, Checkout, Payment, PaymentPlan
from payments.models.payment import ReceivedAs
from payments.services.attempts import prepare_checkout
from payments.services.charges import void_charge
from payments.services.ledger_check import find_problems
from payments.services.plans.ending import cancel_plan, judge_plan
from payments.services.plans.following import follow_plans
from payments.services.plans.parts import due_of
from payments.services.plans.paying import start_instalment, start_rest
from payments.services.promises import process_manually, promise_payment
from tests.factories import change_office, make_plan, owe_fees

State = PaymentPlan.State
NOON = timezone.localtime().replace(hour=12)


def after(days: int) -> datetime:
    """So many days from now."""
    return NOON + timedelta(days=days)


def pay(checkout: Checkout, staff: User, received: str | None = None) -> Payment:
    """Bring the money to the office."""
    payment = promise_payment(checkout, email="", by=staff)
    amount = payment.amount if received is None else Decimal(received)
    return process_manually(payment, received=amount, received_as=ReceivedAs.CASH, by=staff)


def standing(plan: PaymentPlan, at: datetime = NOON) -> tuple[str, Decimal, Decimal | None]:
    """(state, what is left, what is due by then or next)."""
    plan = PaymentPlan.objects.with_left().prefetch_related("instalments").get(pk=plan.pk)
    due = due_of(plan, at=at)
    return plan.state, plan.left, due[1] if due else None


def test_instalments_pay_the_charges_part_by_part(resident: User, staff: User) -> None:
    owe_fees(resident, "50.00", "70.00")
    plan = make_plan(resident, at=NOON)
    first = start_instalment(plan, language="en")
    assert start_instalment(plan, language="en") == first  # a second tab is led to the same place
    pay(first, staff)
    assert standing(plan) == (State.STANDING, Decimal("80.00"), Decimal("40.00"))
    second = start_instalment(plan, language="en")
    assert [(line.charge.amount, line.amount) for line in second.lines.all()] == [
        (Decimal("50.00"), Decimal("10.00")), (Decimal("70.00"), Decimal("30.00")),
    ]  # fmt: skip
    pay(second, staff)
    assert [charge.state for charge in plan.charges] == ["settled", "open"]
    pay(start_rest(plan, language="en"), staff)
    assert judge_plan(plan.pk, at=NOON).state == State.KEPT
    assert (find_problems(), Payment.objects.needing_attention().count()) == ([], 0)
    assert Mail.objects.get(kind="plan_ended").subject == "Your payment plan is paid"


def test_less_and_more_than_an_instalment_count_as_what_they_are(resident: User, staff: User) -> None:
    plan = make_plan(resident, at=NOON)
    pay(start_instalment(plan, language="en"), staff, received="15.00")
    assert standing(plan)[1:] == (Decimal("105.00"), Decimal("25.00"))
    pay(start_instalment(plan, language="en"), staff, received="45.00")
    assert standing(plan)[1:] == (Decimal("60.00"), Decimal("20.00"))
    assert find_problems() == []


def test_what_is_let_go_lowers_the_next_instalments(resident: User) -> None:
    plan = make_plan(resident, at=NOON)
    void_charge(plan.charges[0], reason="forgiven")
    assert standing(plan)[1:] == (Decimal("60.00"), Decimal("20.00"))


def test_instalment_that_is_paid_elsewhere_meanwhile_is_not_paid_twice(resident: User, staff: User) -> None:
    plan = make_plan(resident, at=NOON)
    open_tab = start_instalment(plan, language="en")
    Checkout.objects.filter(pk=open_tab.pk).update(state=Checkout.State.EXPIRED)
    pay(start_instalment(plan, language="en"), staff)
    with pytest.raises(PaymentRefused) as refusal:
        prepare_checkout(open_tab, email="", at=NOON)
    assert refusal.value.code == "paid"


def test_missed_instalment_ends_the_plan_after_its_grace_and_not_while_it_is_paid(resident: User, staff: User) -> None:
    plan = make_plan(resident, at=NOON)
    due = plan.instalments.get(nth=1).due_on
    days = (due - NOON.date()).days
    for day in (days - 4, days - 3, days - 3, days, days + 1, days + 7):
        assert follow_plans(at=after(day)) == 0
    subjects = Mail.objects.filter(kind="plan_due").order_by("pk").values_list("subject", flat=True)
    assert [subject[:14] for subject in subjects] == ["Payment plan: ", "Pay $40.00 by "]
    promise = promise_payment(start_instalment(plan, language="en"), email="", by=staff)
    assert follow_plans(at=after(days + 8)) == 0
    Payment.objects.filter(pk=promise.pk).update(state=Payment.State.EXPIRED)
    assert follow_plans(at=after(days + 8)) == 1
    assert standing(plan)[0] == State.BROKEN
    assert Charge.objects.for_user(resident).to_pay().count() == 2
    assert "$120.00 is owed" in Mail.objects.get(kind="plan_ended").subject
    with pytest.raises(PaymentRefused) as refusal:
        make_plan(resident)
    assert refusal.value.code == "broken"


def test_plan_does_not_end_while_a_part_of_it_is_under_review(resident: User) -> None:
    plan = make_plan(resident, at=NOON)
    Charge.objects.filter(pk=plan.charges[0].pk).update(blocked="Under review")
    assert judge_plan(plan.pk, at=after(60)).state == State.STANDING
    checkout = start_instalment(plan, language="en", at=after(60))
    assert [line.amount for line in checkout.lines.all()] == [Decimal("40.00")]  # of the other charge


def test_cancelled_plan_says_why_and_its_page_pays_no_more(resident: User, staff: User) -> None:
    plan = make_plan(resident, at=NOON)
    checkout = start_instalment(plan, language="en")
    cancel_plan(plan, reason="You asked for it", by=staff)
    assert "You asked for it" in Mail.objects.get(kind="plan_ended").text
    with pytest.raises(PaymentRefused) as refusal:
        prepare_checkout(checkout, email="", at=NOON)
    assert refusal.value.code == "ended"
    with pytest.raises(PaymentRefused):
        cancel_plan(plan, reason="again", by=staff)


def test_plans_go_on_where_the_office_switches_them_off(resident: User, staff: User) -> None:
    plan = make_plan(resident, at=NOON)
    change_office(payment_plans=False)
    pay(start_rest(plan, language="en"), staff)
    assert follow_plans(at=NOON) == 1
