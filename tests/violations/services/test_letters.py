"""Batches of letters, from locked to sent."""

import shutil
from datetime import timedelta
from io import BytesIO

import pikepdf
import pytest
from django.core.files.storage import default_storage
from django.db import IntegrityError, transaction
from django.utils import timezone

from accounts.models import Mail, User
from tests.factories import change_office, make_address, make_plan, make_user, make_vehicle, make_violation
from tests.payments.test_pdf import text_of
from violations.errors import ViolationRefused
from violations.models import LetterBatch, LetterItem, NoticeAddress, NoticeStep, TicketNotice, Violation
from violations.services.letters import (
    draw_again,
    draw_letters,
    drop_letters,
    envelopes_of,
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
    posted = LATE + timedelta(days=20)
    mark_sent(batch, by=staff, at=posted)
    assert [(notice.batch, notice.at) for notice in ticket.notices.all()] == [(batch, posted)]


@pytest.mark.skipif(not shutil.which("pdftotext"), reason="needs poppler-utils")
def test_tickets_of_one_owner_share_a_letter_with_one_total(ticket: Violation, staff: User) -> None:
    for number, name in (("TT-10140", "Jo Poe"), ("TT-10141", "Al Poe")):
        other = make_violation(number=number, pin="7Q", issued_at=NOW + timedelta(minutes=1))
        NoticeAddress.objects.create(violation=other, name=name, address="1 Main St\nTown ON")
    batch = make_letters(NoticeStep.OVERDUE, by=staff, at=LATE)
    letters = [[item.violation.number for item in items] for items in envelopes_of(batch)]
    assert letters == [["TT-10133", "TT-10140"], ["TT-10141"]]
    draw_letters(batch.pk, at=LATE)
    batch.refresh_from_db()
    drawn = read_letters(batch)
    text = text_of(drawn)
    said = ("TT-10133-3K", "TT-10140-7Q", "Total $100.00", "Your parking tickets are overdue", "TT-10141-7Q")
    assert [text.count(part) for part in said] == [1, 1, 1, 1, 2]
    with pikepdf.open(BytesIO(drawn)) as pdf:
        assert (len(pdf.pages), batch.drawn) == (2, 3)


def test_people_of_one_name_and_address_get_a_letter_each(staff: User, db: None) -> None:
    for _n in range(2):
        person = make_user(first_name="Ada", last_name="Reyes")
        make_address(person)
        make_violation(make_vehicle(person), issued_at=NOW)
    send_all_due(at=LATE)
    Mail.objects.update(state=Mail.State.FAILED)
    assert [len(items) for items in envelopes_of(make_letters(NoticeStep.OVERDUE, by=staff, at=LATE))] == [1, 1]


def test_file_that_cannot_be_deleted_keeps_no_other(
    ticket: Violation, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    batch = make_letters(NoticeStep.OVERDUE, by=staff, at=LATE)
    draw_letters(batch.pk, at=LATE)
    LetterBatch.objects.create(step="new", by=staff, expires_at=LATE, file="letters/gone.sealed")
    stuck, delete = "letters/gone.sealed", default_storage.delete

    def delete_others(name: str) -> None:
        if name == stuck:
            raise OSError("read-only")
        delete(name)

    monkeypatch.setattr(default_storage, "delete", delete_others)
    forget_letters(at=LATE + timedelta(days=7))
    assert sorted(LetterBatch.objects.values_list("file", flat=True)) == ["", stuck]


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


def test_ticket_in_a_payment_plan_waits_for_no_letter(staff: User) -> None:
    change_office(payment_plans=True, plan_least=1)
    person = make_user()
    make_address(person)
    make_violation(make_vehicle(person), issued_at=NOW)
    send_all_due(at=LATE)
    Mail.objects.update(state=Mail.State.FAILED)
    make_plan(person, at=LATE)
    assert refused(NoticeStep.OVERDUE, staff, at=LATE)
