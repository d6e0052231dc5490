"""The newest ticket, appeal and boot, to try the office's texts on."""

from django.utils import timezone

from accounts.wordings.newest import newest
from violations.emails import appeals, boots, tickets
from violations.models import Appeal, BootAssignment, Violation


def _notice(violation: Violation) -> None:
    tickets.send_ticket_notice(violation, "overdue", at=timezone.now())


WRITERS = {
    "ticket_notice": newest(
        lambda: Violation.objects.exclude(charge__payer=None).select_related("charge__payer", "offence", "lot"), _notice
    ),
    "appeal_received": newest(
        lambda: Appeal.objects.select_related("user", "violation__charge"), appeals.send_appeal_received
    ),
    "appeal_question": newest(
        lambda: Appeal.objects.exclude(question="").select_related("user", "violation__charge"),
        lambda appeal: appeals.send_appeal_question(appeal, at=timezone.now()),
    ),
    "boot_due": newest(
        lambda: BootAssignment.objects.exclude(due_at=None).select_related(
            "violation__charge__payer", "checkout", "boot"
        ),
        lambda assignment: boots.send_due(assignment, late=False),
    ),
}
