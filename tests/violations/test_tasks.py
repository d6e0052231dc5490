"""Background work of violations."""

from datetime import timedelta
from typing import Any

import pytest
from django.utils import timezone

from accounts.models import User
from opscom.lib.retention import apply_retention
from tests.factories import make_violation
from violations.models import LetterBatch, LetterItem, NoticeAddress, NoticeStep, TicketLookup
from violations.papers.letters import notice_letter
from violations.services.letters import make_letters
from violations.tasks import sweep_letters


def test_lookups_are_forgotten_after_a_month(db: None) -> None:
    now = timezone.now()
    for days in (29, 31):
        TicketLookup.objects.create(
            at=now - timedelta(days=days), number=f"TT-{days}", address="192.0.2.1", network="192.0.2.0/24", found=False
        )
    apply_retention(now)
    assert list(TicketLookup.objects.values_list("number", flat=True)) == ["TT-29"]


def test_letters_that_cannot_be_drawn_keep_no_other_batch_waiting(staff: User, monkeypatch: pytest.MonkeyPatch) -> None:
    batches = []
    for number in ("TT-1", "TT-2"):
        ticket = make_violation(number=number, issued_at=timezone.now() - timedelta(days=31))
        NoticeAddress.objects.create(violation=ticket, name="Jo Poe", address="1 Main St\nTown ON")
        batches.append(make_letters(NoticeStep.OVERDUE, by=staff))

    def letter(items: list[LetterItem], *given: Any, **named: Any) -> bytes:
        if items[0].violation.number == "TT-1":
            raise ValueError("this one cannot be drawn")
        return notice_letter(items, *given, **named)

    monkeypatch.setattr("violations.services.letters.notice_letter", letter)
    sweep_letters()
    drawn = LetterBatch.objects.exclude(drawn_at=None)
    assert list(drawn) == [batches[1]]
