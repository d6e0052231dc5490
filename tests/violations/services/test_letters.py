"""Batches of letters, from locked to sent."""

import shutil
from datetime import timedelta

import pytest
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Mail, User
from tests.factories import make_address, make_user, make_vehicle, make_violation
from tests.payments.test_pdf import text_of
from violations.errors import ViolationRefused
from violations.models import LetterBatch, LetterItem, NoticeAddress, NoticeStep, TicketNotice, Violation
from violations.services.letters import (
    draw_again,
    draw_letters,
    drop_letters,
    forget_letters,
    make_letters,
    mark_sent,
    read_letters,
)
from violations.services.notices import send_all_due

NOW = timezone.localtime().replace(hour=12)
LATE = NOW + timedelta(days=31)


@pytest.fixture
def ticket(db: None) -> Violation:
    """Of a plate whose owner a registry named."""
    ticket = make_violation(number="TT-10133", pin="3K", issued_at=NOW)
    NoticeAddress.objects.create(violation=ticket, name="Jo Poe", address="1 Main St\nTown ON")
    return ticket


def refused(step: NoticeStep, by: User, **kwargs: object) -> bool:
    with pytest.raises(ViolationRefused):
        make_letters(step, by=by, **kwargs)  # type: ignore[arg-type]
    return True


def test_batch_locks_its_tickets_until_it_is_sent(ticket: Violation, staff: User) -> None:
    assert refused(NoticeStep.OVERDUE, staff, at=NOW)
    batch = make_letters(NoticeStep.OVERDUE, by=staff, at=LATE)
    item = batch.items.get()
    assert (item.violation, item.name, item.address) == (ticket, "Jo Poe", "1 Main St\nTown ON")
    assert refused(NoticeStep.OVERDUE, staff, at=LATE)
    with pytest.raises(ViolationRefused):
        mark_sent(batch, by=staff, at=LATE)
    assert draw_letters(batch.pk, at=LATE)
    mark_sent(batch, by=staff, at=LATE)
    assert ticket.notices.values_list("step", "batch").get() == ("overdue", batch.pk)
    assert ticket.events.latest("pk").reason == f"notice by letter: overdue, batch {batch.pk}"
    assert refused(NoticeStep.OVERDUE, staff, at=LATE)
    assert make_letters(NoticeStep.LAST, by=staff, at=LATE + timedelta(days=30)).items.get().violation == ticket
    with pytest.raises(ViolationRefused):
        mark_sent(batch, by=staff, at=LATE)


def test_batch_taken_back_frees_its_tickets(ticket: Violation, staff: User) -> None:
    drop_letters(make_letters(NoticeStep.OVERDUE, by=staff, at=LATE), by=staff, at=LATE)
    assert make_letters(NoticeStep.OVERDUE, by=staff, at=LATE).items.get().violation == ticket
    assert TicketNotice.objects.count() == 0


def test_database_holds_a_ticket_in_one_open_batch(ticket: Violation, staff: User) -> None:
    make_letters(NoticeStep.OVERDUE, by=staff, at=LATE)
    other = LetterBatch.objects.create(step="overdue", by=staff)
    with pytest.raises(IntegrityError), transaction.atomic():
        LetterItem.objects.create(batch=other, violation=ticket, name="Jo", address="1", language="en")


def test_person_whose_mail_comes_back_gets_a_letter(staff: User, db: None) -> None:
    ada = make_user(first_name="Ada", last_name="Reyes", language="fr")
    ticket = make_violation(make_vehicle(ada), issued_at=NOW)
    assert send_all_due(at=LATE) == 1
    Mail.objects.update(state=Mail.State.FAILED)
    assert refused(NoticeStep.OVERDUE, staff, at=LATE)
    make_address(ada)
    batch = make_letters(NoticeStep.OVERDUE, by=staff, at=LATE)
    item = batch.items.get()
    assert (item.name, item.language, item.address.split("\n")[0]) == ("Ada Reyes", "fr", "17 Trent Lane")
    draw_letters(batch.pk, at=LATE)
    mark_sent(batch, by=staff, at=LATE)
    assert [notice.batch for notice in ticket.notices.all()] == [batch]


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs poppler-utils")
def test_letters_are_drawn_sealed_printed_again_and_forgotten(ticket: Violation, staff: User) -> None:
    batch = make_letters(NoticeStep.OVERDUE, by=staff, at=LATE)
    assert [draw_letters(batch.pk, at=LATE) for _twice in range(2)] == [True, False]
    batch.refresh_from_db()
    text = " ".join(text_of(read_letters(batch)).split())
    said = ["Jo Poe", "TT-10133-3K", "Your parking ticket is overdue", "$50.00", "/pay-ticket/"]
    assert [part in text for part in said] == [True] * 5
    with batch.file.open("rb") as stored:
        assert stored.read(4) != b"%PDF"
    draw_again(batch)
    assert draw_letters(batch.pk, at=LATE)
    forget_letters(at=LATE + timedelta(days=7))
    batch.refresh_from_db()
    assert (batch.file.name, batch.drawn) == ("", 1)
