"""Charge a plan's card for an instalment, once: a try is claimed under lock before the card is charged, what an earlier try
came to is looked at first, and where the person pays at that moment the card is left alone."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone

from opscom.lib.dates import end_of_day, today
from payments import plan_emails as emails
from payments.errors import AlreadyPaid, PaymentRefused
from payments.models import Instalment, Payment, PaymentPlan, StoredCard
from payments.services.plans.parts import can_be_paid, rest_of, usable_card
from payments.services.plans.paying import start_instalment
from payments.services.retries import LEASE, next_try
from payments.services.stored import charge_card


def due_tries(*, at: datetime | None = None, limit: int = 500) -> list[int]:
    """Keys of instalments whose next try is due."""
    due = Instalment.objects.filter(plan__state=PaymentPlan.State.STANDING, next_try_at__lte=at or timezone.now())
    return list(due.order_by("next_try_at").values_list("pk", flat=True)[:limit])


def collect_instalment(pk: int, *, at: datetime | None = None) -> None:
    """Charge the card for what is unpaid up to one instalment, if a try is due; later where all of it waits for a decision."""
    at = at or timezone.now()
    instalment = _claim(pk, at)
    if instalment is None:
        return
    tries = Payment.objects.filter(checkout__instalment=instalment, stored_card__isnull=False)
    last = tries.order_by("-pk").first()
    card, problem = usable_card(instalment.plan, on=today(at))
    if not rest_of(instalment):
        _stop(instalment, "")
    elif not can_be_paid(instalment.plan):
        return
    elif last and last.pk != instalment.judged_id and last.state == Payment.State.FAILED:
        _judge(instalment, last, at)
    elif card is None:
        _ask(instalment, problem)
    else:
        _charge(instalment, card, at)


def _charge(instalment: Instalment, card: StoredCard, at: datetime) -> None:
    """One try. Where somebody pays it just now, or a part of it waits for a decision, an hour later comes another one."""
    plan = instalment.plan
    try:
        checkout = start_instalment(plan, instalment=instalment, language=plan.reader_language, at=at)
        payment = charge_card(checkout, card=card, at=at)
    except (AlreadyPaid, PaymentRefused):
        return
    if payment.state == Payment.State.FAILED:
        _judge(instalment, payment, at)
    elif payment.state == Payment.State.CONFIRMED and not rest_of(instalment):
        _stop(instalment, "")


@transaction.atomic
def _claim(pk: int, at: datetime) -> Instalment | None:
    """The instalment, taken for one try: another worker finds its next try an hour later."""
    due = Instalment.objects.select_for_update(of=("self",), skip_locked=True).filter(
        pk=pk, next_try_at__lte=at, plan__state=PaymentPlan.State.STANDING
    )
    instalment = due.select_related("plan__user", "plan__card").first()
    if instalment:
        instalment.next_try_at = at + LEASE
        instalment.tried_at = instalment.tried_at or at
        instalment.save(update_fields=["next_try_at", "tried_at"])
    return instalment


def _judge(instalment: Instalment, payment: Payment, at: datetime) -> None:
    """The bank said no: another try within the grace, or the person is asked."""
    instalment.judged = payment
    instalment.save(update_fields=["judged"])
    grace = end_of_day(instalment.grace_ends_on)
    again = next_try(payment, first=instalment.tried_at or at, before=grace, at=at)
    if again is None:
        _ask(instalment, payment.decline or "declined")
        return
    instalment.next_try_at, instalment.problem = again, "declined"
    instalment.save(update_fields=["next_try_at", "problem"])


@transaction.atomic
def _ask(instalment: Instalment, problem: str) -> None:
    """No other try by itself: the person pays until the grace ends."""
    _stop(instalment, problem)
    emails.send_due(instalment, amount=rest_of(instalment), late=True, problem=problem)


def _stop(instalment: Instalment, problem: str) -> None:
    instalment.next_try_at, instalment.problem = None, problem
    instalment.save(update_fields=["next_try_at", "problem"])
