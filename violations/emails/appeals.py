"""The messages of appeals (APP-4)."""

from collections.abc import Mapping
from datetime import datetime
from typing import TYPE_CHECKING, Any

from django.conf import settings
from django.urls import reverse

from accounts.models import User
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail, queue_mail_to
from opscom.lib.dates import today
from opscom.lib.office import office
from violations.appeal_links import page_of
from violations.models import Appeal, Association, BootAssignment, Violation
from violations.services.stopping import is_stopped

if TYPE_CHECKING:
    from violations.services.appeals.money import DecisionQuote


def send_appeal_received(appeal: Appeal) -> None:
    """It is handed in; what happens next."""
    by = appeal.decide_by(office().appeal_answer_days)
    booted = BootAssignment.objects.filter(violation=appeal.violation, state=BootAssignment.State.FITTED).exists()
    context = {"decide_by": today(by) if by else None, "booted": booted, "phone": office().phone}
    _send(appeal, MailKind.APPEAL_RECEIVED, "received", context)


def send_appeal_question(appeal: Appeal, *, at: datetime) -> None:
    """The office wants to know more."""
    _send(appeal, MailKind.APPEAL_QUESTION, f"question:{at:%Y%m%d%H%M%S}", {})


def send_appeal_decided(appeal: Appeal, violation: Violation, quote: "DecisionQuote") -> None:
    """What was decided and why, what is owed now, and what comes back."""
    lines = [(part.where, part.amount) for part in quote.where]
    context = {"quote": quote, "lines": lines, "total": quote.back, "charge": violation.charge}
    context["planned"] = is_stopped(violation)
    _send(appeal, MailKind.APPEAL_DECIDED, "decided", context)


def send_vehicle_associated(association: Association) -> None:
    """Its owner learns that somebody appeals for their vehicle; who, they do not."""
    violation = association.violation
    owner = violation.charge.payer if violation.charge else None
    if owner and owner.pk != association.user_id:
        queue_mail_to(
            owner,
            MailKind.VEHICLE_ASSOCIATED,
            key=f"associated:{association.pk}",
            context={
                "violation": violation,
                "shows_others": office().association_shows_others,
                "days": office().association_days,
                "action_url": settings.BASE_URL + reverse("violations:ticket", args=[violation.number]),
            },
        )


def send_association_answered(association: Association) -> None:
    """The office allows it, or not."""
    queue_mail_to(
        association.user,
        MailKind.ASSOCIATION_ANSWERED,
        key=f"association:{association.pk}",
        context={
            "violation": association.violation,
            "allowed": association.began_at is not None,
            "action_url": settings.BASE_URL + reverse("violations:appeals"),
        },
    )


def _send(appeal: Appeal, kind: MailKind, what: str, context: Mapping[str, Any]) -> None:
    """To whoever appealed, with an account or without."""
    around = {"appeal": appeal, "number": appeal.violation.number, "action_url": page_of(appeal), **context}
    key = f"appeal:{appeal.code}:{what}"
    user: User | None = appeal.user
    if user:
        queue_mail_to(user, kind, key=key, context=around)
    else:
        around = {"name": appeal.name, **around}
        queue_mail(kind, to=appeal.email, language=appeal.language, key=key, context=around)
