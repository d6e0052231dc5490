"""Who may agree to a payment plan, for what, and what then holds."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.dates import today
from payments.errors import PaymentRefused
from payments.models import Charge, PaymentPlan
from payments.services.plans.agreeing import agree_offer, agree_plan, choose_card, offer_plan
from payments.services.plans.ending import cancel_plan, judge_plan
from payments.services.plans.terms import plannable, rehearse
from tests.factories import (
    change_office,
    make_charge,
    make_checkout,
    make_payment,
    make_plan,
    make_stored_card,
    make_user,
    owe_fees,
)

State = PaymentPlan.State
AT = timezone.now()


def refused(user: User, *, count: int = 3) -> str:
    """Why this person may not have a plan now."""
    with pytest.raises(PaymentRefused) as refusal:
        rehearse(user, count=count, at=AT)
    return refusal.value.code


def test_plan_covers_what_waits_for_money_alone(resident: User) -> None:
    fee, *_others = owe_fees(resident, "60.00")
    make_charge(resident, kind="permit", held_until=AT + timedelta(minutes=15))
    make_charge(make_user(), kind="fee")
    make_charge(resident, kind="fee", reduced_amount=Decimal(30), reduced_through=today(AT))
    for fields in ({"blocked": "Under review"}, {"lock": "It opens a boot"}, {"in_collections": True}):
        Charge.objects.filter(pk=make_charge(resident, kind="fee").pk).update(**fields)
    make_payment(make_checkout([make_charge(resident, kind="fee")], resident), state="promised")
    assert list(plannable(resident, at=AT)) == [fee]


def test_limits_of_the_office_hold_for_whoever_makes_one_alone(resident: User) -> None:
    owe_fees(resident, "60.00")
    seen = [refused(resident)]
    owe_fees(resident, "60.00")
    seen.append(refused(resident, count=7))
    for fields in ({"plan_most": Decimal(119)}, {"payment_plans": False}):
        change_office(**fields)
        seen.append(refused(resident))
    assert seen == ["least", "count", "most", "off"]


def test_agreed_plan_stands_and_its_charges_wait_no_longer(resident: User) -> None:
    change_office(plan_first_percent=25, plan_grace_days=5)
    owe_fees(resident)
    card = make_stored_card(resident)
    plan = agree_plan(resident, count=3, shown=Decimal("120.00"), card=card, by=resident, at=AT)
    assert (plan.state, plan.total, plan.grace_days, plan.agreed_at) == (State.STANDING, Decimal("120.00"), 5, AT)
    assert list(plan.instalments.values_list("amount", flat=True)) == [Decimal(30), Decimal(45), Decimal(45)]
    assert plan.instalments.get(nth=1).next_try_at == AT
    assert not Charge.objects.for_user(resident).to_pay().exists()
    assert [event.to_state for event in plan.events.all()] == ["standing"]
    mail = Mail.objects.get(kind="plan_agreed")
    assert (mail.to, mail.subject) == (resident.email, "Your payment plan for $120.00")
    assert "$45.00" in mail.text
    owe_fees(resident)
    assert refused(resident) == "standing"


def test_nothing_is_agreed_to_that_was_not_shown(resident: User) -> None:
    owe_fees(resident)
    with pytest.raises(PaymentRefused) as refusal:
        agree_plan(resident, count=3, shown=Decimal("110.00"), by=resident)
    make_payment(make_checkout([Charge.objects.first()], resident))
    with pytest.raises(PaymentRefused) as busy:
        make_plan(resident)
    assert (refusal.value.code, busy.value.code) == ("changed", "busy")
    assert not PaymentPlan.objects.exists()


def test_cards_of_others_are_not_charged(resident: User) -> None:
    plan = make_plan(resident)
    with pytest.raises(PaymentRefused) as refusal:
        choose_card(plan, card=make_stored_card(make_user()))
    assert refusal.value.code == "no-card"


def test_office_offers_beyond_its_limits_and_the_person_agrees(resident: User, staff: User) -> None:
    change_office(plan_most=Decimal(50))
    owe_fees(resident)
    older = offer_plan(resident, count=4, by=staff, at=AT)
    offer = offer_plan(resident, count=12, first_percent=10, by=staff, at=AT)
    older.refresh_from_db()
    assert (older.state, offer.state, offer.instalments.count()) == (State.CANCELLED, State.OFFERED, 12)
    assert Charge.objects.for_user(resident).to_pay().count() == 2  # until it is agreed to
    assert agree_offer(offer, by=resident, at=AT).state == State.STANDING
    assert agree_offer(offer, by=resident, at=AT).events.count() == 2  # twice agreed is once agreed
    assert Mail.objects.filter(kind="plan_offered").count() == 2


@pytest.mark.parametrize("what", ["paid", "late", "withdrawn"])
def test_offer_holds_for_what_was_owed_until_its_first_day_is_over(resident: User, staff: User, what: str) -> None:
    first, _second = owe_fees(resident)
    offer, at = offer_plan(resident, count=2, by=staff, at=AT), AT
    if what == "paid":
        make_payment(make_checkout([first], resident), state="promised")
    elif what == "late":
        at = AT + timedelta(days=32)
        assert judge_plan(offer.pk, at=at).state == State.CANCELLED
    else:
        cancel_plan(offer, reason="", by=staff)
    with pytest.raises(PaymentRefused) as refusal:
        agree_offer(offer, by=resident, at=at)
    assert refusal.value.code == ("changed" if what == "paid" else "over")
