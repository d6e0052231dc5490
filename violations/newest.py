"""The newest ticket, appeal and boot, to try the office's texts on."""

from collections.abc import Mapping
from typing import Any

from django.db.models import QuerySet
from django.utils import timezone

from accounts.wordings.newest import Paper, newest
from violations.emails import appeals, boots, tickets
from violations.models import Appeal, BootAssignment, LetterItem, Violation
from violations.papers.letters import appeal_context, appeal_letter, notice_context, notice_letter
from violations.services.postal import addresses_of, name_and_address


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


def _tickets() -> QuerySet[Violation]:
    return Violation.objects.exclude(charge=None).select_related("charge__payer", "offence", "lot", "notice_address")


def _envelope(violation: Violation, language: str) -> list[LetterItem]:
    """One ticket as if it were posted; whoever tries a text on it learns no PIN."""
    violation.pin = "**"
    name, address = name_and_address(violation, addresses_of([violation]))
    return [LetterItem(violation=violation, name=name, address=address, language=language)]


def _notice_paper(step: str) -> Paper:
    def tell(violation: Violation, language: str) -> Mapping[str, Any]:
        return notice_context(_envelope(violation, language), step, at=timezone.now())

    def draw(violation: Violation, language: str) -> bytes:
        return notice_letter(_envelope(violation, language), step, at=timezone.now())

    return Paper(_tickets, tell, draw, "violations.add_letterbatch")


def _appeals() -> QuerySet[Appeal]:
    decided = Appeal.objects.exclude(decided_at=None)
    return decided.select_related("user", "violation__charge", "violation__offence", "violation__lot")


PAPERS = {
    **{f"letter_{step}": _notice_paper(step) for step in ("new", "overdue", "last")},
    **{f"letter_{part}": _notice_paper("overdue") for part in ("pay", "check")},
    "letter_appeal": Paper(
        _appeals,
        lambda appeal, _language: appeal_context(appeal),
        lambda appeal, language: appeal_letter(appeal, language=language),
        "violations.view_appeal",
    ),
}
