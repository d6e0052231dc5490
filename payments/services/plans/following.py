"""What the clock does with payment plans: people are told before and after a day, and plans end."""

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

REMIND_DAYS = 3


def follow_plans(*, at: datetime | None = None) -> int:
    """Tell people of instalments that are due soon or were missed, and end plans that are paid, not kept or not taken up.
    Answers how many ended."""
    at = at or timezone.now()
    plans = list(_running(at))
    for plan in plans:
        _tell(plan, at)
    due = [plan for plan in plans if plan.state == PaymentPlan.State.OFFERED or not plan.left or is_missed(plan, at=at)]
    return sum(judge_plan(plan.pk, at=at).state != plan.state for plan in due)


def _running(at: datetime) -> Iterator[PaymentPlan]:
    late = Instalment.objects.filter(nth=1, due_on__lt=today(at), plan__state=PaymentPlan.State.OFFERED)
    running = PaymentPlan.objects.standing() | PaymentPlan.objects.filter(pk__in=late.values("plan"))
    yield from running.with_left().select_related("user", "card").prefetch_related("instalments").order_by("pk")


def _tell(plan: PaymentPlan, at: datetime) -> None:
    """Some days before, and once it is late; not of what a card is still tried for."""
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
    emails.send_due(instalment, amount=amount, late=late)
