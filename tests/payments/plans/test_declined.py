"""A card that the bank declines for an instalment: tried again where that may help, else the person is asked, pays on the
provider's page, or the plan ends."""

from datetime import datetime, timedelta
from decimal import Decimal

import pytest
from django.urls import reverse
from django.utils import timezone
from pytest_django import Settings

from accounts.models import Mail, User
from payments.models import Charge, Instalment, Payment, PaymentPlan
from payments.providers.base import Decline
from payments.services.attempts import resolve_payment
from payments.services.ledger_check import find_problems
from payments.services.plans.collecting import collect_instalment, due_tries
from payments.services.plans.following import follow_plans
from payments.services.plans.paying import start_instalment
from tests.factories import change_office, make_plan, make_stored_card
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.vault import VISA, Machine

NOON = timezone.localtime().replace(hour=12)


@pytest.fixture
def plan(resident: User, vault: Machine) -> PaymentPlan:
    """$60 today and $60 in a month, of a stored card; a week of grace."""
    change_office(plan_first_percent=50, plan_grace_days=7)
    return make_plan(resident, count=2, card=make_stored_card(resident, provider="vault", token=VISA.token), at=NOON)


def after(days: float) -> datetime:
    """So many days from now."""
    return NOON + timedelta(days=days)


def sweep(at: datetime) -> int:
    """What the clock does at that moment; answers how often the card was tried."""
    before = Payment.objects.count()
    for pk in due_tries(at=at):
        collect_instalment(pk, at=at)
    follow_plans(at=at)
    return Payment.objects.count() - before


def first_of(plan: PaymentPlan) -> Instalment:
    return plan.instalments.get(nth=1)


def asked() -> list[str]:
    """Subjects of the e-mails about an instalment that is late, the oldest first."""
    late = Mail.objects.filter(kind="plan_due", key__contains=":late:")
    return list(late.order_by("pk").values_list("subject", flat=True))


def test_soft_decline_is_tried_again_after_1_3_and_5_days_and_then_the_person_is_asked(
    plan: PaymentPlan, vault: Machine
) -> None:
    vault.declines[VISA.token] = Decline.SOFT
    days = [hours / 24 for hours in range(0, 24 * 7, 6)]
    tried = [(day, len(asked())) for day in days if sweep(after(day))]
    assert tried == [(0, 0), (1, 0), (3, 0), (5, 1)]
    assert (vault.money, first_of(plan).problem, first_of(plan).next_try_at) == (Decimal(0), "soft", None)
    assert len(asked()) == 1


def test_try_that_succeeds_pays_the_instalment_and_asks_nobody(plan: PaymentPlan, vault: Machine) -> None:
    vault.declines[VISA.token] = Decline.SOFT
    assert sweep(NOON) == 1
    del vault.declines[VISA.token]
    assert [sweep(after(days)) for days in (0.9, 1, 2, 3, 8)] == [0, 1, 0, 0, 0]
    assert (vault.money, first_of(plan).problem, asked()) == (Decimal("60.00"), "", [])
    assert PaymentPlan.objects.with_left().get().left == Decimal("60.00")
    assert find_problems() == []


@pytest.mark.parametrize("decline", [Decline.HARD, Decline.AUTHENTICATE])
def test_hard_decline_asks_the_person_at_once_who_pays_on_the_page(
    plan: PaymentPlan, vault: Machine, decline: Decline, settings: Settings
) -> None:
    vault.declines[VISA.token] = decline
    assert [sweep(after(days)) for days in (0, 1, 3, 5)] == [1, 0, 0, 0]
    assert (first_of(plan).problem, len(asked())) == (decline.value, 1)
    mail = Mail.objects.get(kind="plan_due")
    assert "Your card could not be charged" in mail.text
    assert reverse("payments:plan", args=[plan.code]) in mail.text
    settings.CARD_PROVIDER = "sandbox"
    payment = begin(start_instalment(plan, language="en", at=after(5)))
    assert payment.amount == Decimal("60.00")
    pay_at_provider(payment)
    resolve_payment(payment)
    assert [sweep(after(days)) for days in (6, 8)] == [0, 0]
    assert (PaymentPlan.objects.get().state, len(asked())) == ("standing", 1)


def test_card_of_the_next_instalment_is_tried_whatever_became_of_the_last(
    plan: PaymentPlan, vault: Machine, settings: Settings
) -> None:
    vault.declines[VISA.token] = Decline.HARD
    sweep(NOON)
    settings.CARD_PROVIDER = "sandbox"
    payment = begin(start_instalment(plan, language="en", at=after(1)))
    pay_at_provider(payment)
    resolve_payment(payment)
    vault.declines.clear()
    due = plan.instalments.get(nth=2).due_on
    assert sweep(after((due - NOON.date()).days)) == 1
    assert (vault.money, PaymentPlan.objects.get().state) == (Decimal("60.00"), "kept")


def test_instalment_that_nobody_paid_ends_the_plan_after_its_grace(plan: PaymentPlan, vault: Machine) -> None:
    vault.declines[VISA.token] = Decline.HARD
    for days in range(8):
        sweep(after(days))
    assert (PaymentPlan.objects.get().state, len(asked())) == ("standing", 1)
    assert sweep(after(8)) == 0
    assert PaymentPlan.objects.get().state == "broken"
    assert "$120.00 is owed" in Mail.objects.get(kind="plan_ended").subject
    assert Charge.objects.for_user(plan.user).to_pay().count() == 2
    assert [sweep(after(days)) for days in (9, 31, 40)] == [0, 0, 0]
    assert vault.money == Decimal(0)
