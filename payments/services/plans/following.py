"""What the clock does with payment plans: people are told before and after a day, and plans end."""

import logging
from collections.abc import Iterator
from datetime import datetime, timedelta
from decimal import Decimal

from django.utils import timezone

from opscom.lib.dates import today
from opscom.lib.money import ZERO
from payments import plan_emails as emails
from payments.instalments import rests
from payments.models import Instalment, PaymentPlan
from payments.services.plans.ending import is_missed, judge_plan
from payments.services.plans.parts import can_be_paid, usable_card

REMIND_DAYS = 3
logger = logging.getLogger(__name__)


def follow_plans(*, at: datetime | None = None) -> int:
    """Tell people of instalments that are due soon or were missed, and end plans that are paid, not kept or not taken up.
    Answers how many ended; a plan that fails keeps no other from being followed."""
    at, ended = at or timezone.now(), 0
    for plan in list(_running(at)):
        try:
            _tell(plan, at)
            ended += _has_ended(plan, at)
        except Exception:
            logger.exception("payment plan %s not followed", plan.code)
    return ended


def _has_ended(plan: PaymentPlan, at: datetime) -> bool:
    if plan.state == PaymentPlan.State.STANDING and plan.left and not is_missed(plan, at=at):
        return False
    return judge_plan(plan.pk, at=at).state != plan.state


def _running(at: datetime) -> Iterator[PaymentPlan]:
    late = Instalment.objects.filter(nth=1, due_on__lt=today(at), plan__state=PaymentPlan.State.OFFERED)
    running = PaymentPlan.objects.standing() | PaymentPlan.objects.filter(pk__in=late.values("plan"))
    yield from running.with_left().select_related("user", "card").prefetch_related("instalments").order_by("pk")


def _tell(plan: PaymentPlan, at: datetime) -> None:
    """Some days before, and once it is late; not of what a card is still tried for, nor while all of it waits for a decision."""
    if plan.state != PaymentPlan.State.STANDING:
        return
    day, unpaid = today(at), ZERO
    instalments = list(plan.instalments.all())
    for instalment, rest in zip(instalments, rests(instalments, plan.left), strict=True):
        unpaid += rest
        late = instalment.due_on < day <= instalment.due_on + timedelta(days=plan.grace_days)
        if rest and day < instalment.due_on <= day + timedelta(days=REMIND_DAYS):
            _write(instalment, plan, unpaid, late=False)
        elif rest and late and not instalment.next_try_at and not instalment.problem:
            _write(instalment, plan, unpaid, late=True)


def _write(instalment: Instalment, plan: PaymentPlan, amount: Decimal, *, late: bool) -> None:
    instalment.plan = plan
    if can_be_paid(plan):
        card, _problem = usable_card(plan, on=instalment.due_on)
        emails.send_due(instalment, amount=amount, late=late, card=card)
