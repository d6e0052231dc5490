"""The messages of payment plans."""

from datetime import date
from decimal import Decimal
from typing import Any

from django.utils.formats import date_format
from django.utils.translation import override

from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail, queue_mail_to
from payments.models import Instalment, PaymentPlan, StoredCard
from payments.plan_links import link_to


def send_offer(plan: PaymentPlan) -> None:
    """The office offers it: what is due when, and until when one may agree."""
    instalments = list(plan.instalments.all())
    _send(plan, MailKind.PLAN_OFFERED, key="offered", context=_schedule(plan) | {"until": instalments[0].due_on})


def send_agreed(plan: PaymentPlan) -> None:
    """It stands: what is due when, and what happens where an instalment is missed."""
    _send(plan, MailKind.PLAN_AGREED, key="agreed", context=_schedule(plan))


def send_due(
    instalment: Instalment, *, amount: Decimal, late: bool, problem: str = "", card: StoredCard | None = None
) -> bool:
    """An instalment is due soon, and `card` is charged for it, or it was not paid on its day: once each day on which it is
    due, and once a problem of the card. True where it was written now."""
    context = {"instalment": instalment, "amount": amount, "late": late, "problem": problem, "card": card}
    key = f"{'late' if late else 'due'}:{instalment.nth}:{instalment.due_on}:{problem}".rstrip(":")
    return _send(instalment.plan, MailKind.PLAN_DUE, key=key, context=context)


def send_ended(plan: PaymentPlan, *, reason: str = "") -> None:
    """All is paid, it was not kept, or the office cancelled it: what is owed now."""
    _send(plan, MailKind.PLAN_ENDED, key="ended", context={"left": plan.left, "reason": reason})


def _schedule(plan: PaymentPlan) -> dict[str, Any]:
    """The instalments as lines, with their sum."""
    with override(plan.reader_language):
        lines = [(_written(instalment.due_on), instalment.amount) for instalment in plan.instalments.all()]
    return {"lines": lines, "total": plan.total}


def _written(day: date) -> str:
    return date_format(day, "DATE_FORMAT")


def _send(plan: PaymentPlan, kind: str, *, key: str, context: dict[str, Any]) -> bool:
    """To whoever pays it, with an account or without."""
    key, around = f"plan:{plan.code}:{key}", {"plan": plan, "action_url": link_to(plan), **context}
    if plan.user:
        return queue_mail_to(plan.user, kind, key=key, context=around) is not None
    return queue_mail(kind, to=plan.email, language=plan.language, key=key, context=around) is not None
