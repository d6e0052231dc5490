"""What the clock does with plans and their cards: the right words, and one plan that fails keeps no other."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from payments.models import Charge, Instalment, PaymentPlan, StoredCard
from payments.services.plans import following
from payments.services.plans.collecting import collect_instalment, due_tries
from payments.services.plans.ending import judge_plan
from payments.services.plans.following import follow_plans
from tests.factories import change_office, make_plan, make_stored_card, owe_fees
from tests.payments.vault import Machine

NOON = timezone.localtime().replace(hour=12)


def with_card(user: User) -> Instalment:
    """The first instalment of $60 of two fees, which a card pays today."""
    change_office(plan_first_percent=50)
    plan = make_plan(user, count=2, card=make_stored_card(user, provider="vault"), at=NOON)
    return plan.instalments.get(nth=1)


def collect(instalment: Instalment, at: datetime = NOON) -> tuple[bool, str]:
    """One sweep; answers (is it tried again, what is wrong)."""
    assert due_tries(at=at) == [instalment.pk]
    collect_instalment(instalment.pk, at=at)
    instalment.refresh_from_db()
    return instalment.next_try_at is not None, instalment.problem


def test_plan_that_fails_keeps_no_other_from_ending(db: None, monkeypatch: pytest.MonkeyPatch) -> None:
    first, second = make_plan(at=NOON), make_plan(at=NOON)

    def fail_first(pk: int, *, at: datetime) -> PaymentPlan:
        if pk == first.pk:
            raise LookupError
        return judge_plan(pk, at=at)

    monkeypatch.setattr(following, "judge_plan", fail_first)
    assert follow_plans(at=NOON + timedelta(days=60)) == 1
    assert list(PaymentPlan.objects.standing()) == [first]
    assert PaymentPlan.objects.get(pk=second.pk).state == "broken"


@pytest.mark.parametrize("what", ["archived", "switched off"])
def test_card_that_may_not_be_charged_is_left_alone(vault: Machine, resident: User, what: str) -> None:
    instalment = with_card(resident)
    if what == "archived":
        User.objects.filter(pk=resident.pk).update(is_active=False)
    else:
        change_office(stored_cards=False)
    assert collect(instalment) == (False, "no-card")
    assert vault.money == 0
    if what == "switched off":
        assert "so you pay it yourself" in Mail.objects.get(kind="plan_due").text


def test_rest_of_an_instalment_is_charged_after_the_decision(vault: Machine, resident: User) -> None:
    small, _large = owe_fees(resident, "50.00", "70.00")
    instalment = with_card(resident)
    blocked = Charge.objects.filter(payer=resident).exclude(pk=small.pk)
    blocked.update(blocked="Under review")
    assert collect(instalment) == (True, "")
    assert collect(instalment, NOON + timedelta(hours=2)) == (True, "")
    assert vault.money == Decimal(50)
    blocked.update(blocked="")
    assert collect(instalment, NOON + timedelta(hours=4)) == (False, "")
    assert vault.money == Decimal(60)


@pytest.mark.parametrize(("card", "words"), [("stored", "We charge Visa"), ("expired", "is due on")])
def test_reminder_names_a_card_that_will_be_charged(resident: User, card: str, words: str) -> None:
    plan = make_plan(resident, card=make_stored_card(resident), at=NOON)
    if card == "expired":
        StoredCard.objects.update(exp_year=2020)
    due = plan.instalments.get(nth=1).due_on
    follow_plans(at=NOON + (due - NOON.date()) - timedelta(days=2))
    assert words in Mail.objects.get(kind="plan_due").text
