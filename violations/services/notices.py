"""Who hears of which step of an unpaid ticket, and when: once a ticket and step, whatever runs twice."""

import logging
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Q
from django.utils import timezone

from opscom.lib.dates import today
from opscom.lib.office import office
from violations.emails.tickets import send_ticket_notice
from violations.models import NoticeStep, TicketNotice, Violation
from violations.models.violation import ViolationQuerySet

logger = logging.getLogger(__name__)
SWITCHED_ON_LATE = timedelta(days=14)  # who switches a notice on floods nobody with what fell due long ago
AT_ONCE = 500


def send_all_due(*, at: datetime | None = None) -> int:
    """Mail every notice that is due and not sent yet. Answers how many; one that fails keeps no other from going out."""
    at, sent = at or timezone.now(), 0
    for step in NoticeStep:
        due = due_for(step, at=at).filter(recently(step, at), charge__payer__is_active=True)
        for pk in due.order_by("issued_at", "pk").values_list("pk", flat=True)[:AT_ONCE]:
            try:
                sent += send_notice(pk, step, at=at)
            except Exception:
                logger.exception("notice %s of ticket %s not sent", step, pk)
    return sent


@transaction.atomic
def send_notice(violation_id: int, step: NoticeStep, *, at: datetime) -> bool:
    """Write the e-mail of one step, if it is still due: the ticket's row is locked, so of two workers one does."""
    wanted = due_for(step, at=at).filter(pk=violation_id, charge__payer__is_active=True)
    if not Violation.objects.select_for_update(of=("self",)).filter(pk=violation_id).exists():
        return False
    violation = wanted.select_related("offence", "lot", "charge__payer").first()
    if violation is None:
        return False
    mail = send_ticket_notice(violation, step, at=at)
    TicketNotice.objects.create(violation=violation, step=step, at=at, mail=mail)
    state = violation.state
    violation.events.create(at=at, from_state=state, to_state=state, reason=f"notice by e-mail: {step}")
    return True


def due_for(step: NoticeStep, *, at: datetime) -> ViolationQuerySet:
    """The owed tickets for which that step is reached and was not told; none where the office has switched it off. What is
    under review or promised waits."""
    day, rules = today(at), office()
    reached = {
        NoticeStep.NEW: (rules.notice_new, Q(source="")),
        NoticeStep.DISCOUNT: (
            rules.notice_discount_days,
            Q(
                charge__reduced_through__gte=day,
                charge__reduced_through__lt=day + timedelta(days=rules.notice_discount_days),
                issued_at__lt=at - timedelta(days=1),
            ),
        ),
        NoticeStep.OVERDUE: (rules.notice_overdue, Q(charge__due_on__lt=day)),
        NoticeStep.LAST: (
            rules.notice_last_days,
            Q(charge__due_on__lt=day - timedelta(days=rules.notice_last_days)),
        ),
    }
    wanted, condition = reached[step]
    if not wanted:
        return Violation.objects.none()
    told = TicketNotice.objects.filter(step=step)
    owed = Violation.objects.unpaid().filter(condition, charge__state="open", charge__blocked="")
    return owed.exclude(pk__in=told.values("violation"))


def recently(step: NoticeStep, at: datetime) -> Q:
    """What an e-mail may still say: a step that was reached within the last days."""
    if step == NoticeStep.NEW:
        return Q(entered_at__gt=at - timedelta(days=3))
    if step == NoticeStep.DISCOUNT:
        return Q(charge__reduced_through__isnull=False)
    after = office().notice_last_days if step == NoticeStep.LAST else 0
    return Q(charge__due_on__gte=today(at) - timedelta(days=after) - SWITCHED_ON_LATE)
