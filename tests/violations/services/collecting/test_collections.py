"""Tickets at the collection agency: sent, blocked, paid in parts, recalled."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import DatabaseError, IntegrityError, transaction
from django.utils import timezone

from accounts.models import User
from opscom.lib.tables import TableRefused
from payments.errors import PaymentRefused, ProviderUnreachable
from payments.models import Charge, Payment
from payments.models.payment import ReceivedAs
from payments.services.attempts import start_card_payment
from payments.services.cheques import bounce_cheque
from payments.services.promises import process_manually, promise_payment
from payments.services.surplus import payments_with_surplus
from permits.errors import PermitRefused
from tests.factories import (
    change_office,
    make_checkout,
    make_offence,
    make_permit,
    make_user,
    make_vehicle,
    make_violation,
)
from violations.errors import AppealRefused, ViolationRefused
from violations.models import CollectionsCase, CollectionsPayment, TicketNotice, Violation
from violations.services.appeals.drafting import begin_appeal
from violations.services.collecting.paying import read_payments, take_payment
from violations.services.collecting.sending import ready_sum, recall_case, send_to_collections, write_file
from violations.services.verbs import reduce_violation, turn_into_warning, void_violation

NOW = timezone.localtime().replace(hour=12)
HEAD = "reference,ticket,amount,payment\n"


@pytest.fixture
def ada(db: None) -> User:
    change_office(collections_days=30)
    return make_user(first_name="Ada", last_name="Reyes", email="ada@example.test")


@pytest.fixture
def ticket(ada: User) -> Violation:
    """$50 since a hundred days, and its last notice is 31 days old."""
    return told(make_violation(make_vehicle(ada), number="TT-10133", issued_at=NOW - timedelta(days=100)))


def told(ticket: Violation, days: int = 31) -> Violation:
    TicketNotice.objects.create(violation=ticket, step="last", at=NOW - timedelta(days=days))
    return ticket


def case_of(ticket: Violation, staff: User) -> CollectionsCase:
    return send_to_collections(by=staff, at=NOW).cases.get(violation=ticket)


def fine(ticket: Violation) -> Charge:
    return Charge.objects.get(pk=ticket.charge_id or 0)


def test_ready_is_what_was_told_long_ago_and_is_worth_it(ticket: Violation, ada: User, staff: User) -> None:
    told(make_violation(make_vehicle(ada)), days=29)
    cheap = make_offence(amount=Decimal("20.00"), reduced_amount=None)
    told(make_violation(make_vehicle(ada), offence=cheap))
    assert ready_sum(at=NOW) == (1, Decimal("50.00"))
    change_office(collections_days=0)
    assert ready_sum(at=NOW) == (0, Decimal(0))
    with pytest.raises(ViolationRefused):
        send_to_collections(by=staff, at=NOW)


def test_file_names_ticket_person_and_sum_without_the_pin(ticket: Violation, staff: User) -> None:
    case = case_of(ticket, staff)
    lines = write_file(case.batch, at=NOW).splitlines()
    day = timezone.localtime(ticket.issued_at).date().isoformat()
    assert lines[0] == "reference,ticket,date,plate,region,offence,name,address,owed"
    assert lines[1] == (
        f"{case.pk},TT-10133,{day},{ticket.plate},CA-ON,No Valid Permit Displayed,Ada Reyes,ada@example.test,50.00"
    )
    assert ticket.events.latest("pk").reason == "sent to collections"


@pytest.mark.parametrize(("block_paying", "block_permits"), [(True, True), (False, False)])
def test_agency_blocks_what_the_office_says(
    ticket: Violation, ada: User, staff: User, block_paying: bool, block_permits: bool
) -> None:
    change_office(collections_block_paying=block_paying, collections_block_permits=block_permits)
    case_of(ticket, staff)
    for what, refused in ((block_paying, PaymentRefused), (block_permits, PermitRefused)):
        act = (lambda: make_checkout([fine(ticket)], ada)) if refused is PaymentRefused else lambda: make_permit(ada)
        if what:
            with pytest.raises(refused):
                act()
        else:
            act()


def test_amount_rises_no_more_at_the_agency_and_does_after_recall(ticket: Violation, staff: User) -> None:
    ticket.refresh_from_db()
    Violation.objects.filter(pk=ticket.pk).update(next_change_on=NOW.date())
    case = case_of(ticket, staff)
    ticket.refresh_from_db()
    assert (ticket.next_change_on, fine(ticket).in_collections) == (None, True)
    recall_case(case, by=staff, reason="Paid by error elsewhere", at=NOW)
    assert (fine(ticket).in_collections, fine(ticket).blocked) == (False, "")
    assert ticket.events.latest("pk").reason == "recalled from collections: Paid by error elsewhere"
    assert ready_sum(at=NOW) == (0, Decimal(0))
    with pytest.raises(ViolationRefused):
        recall_case(case, by=staff, reason="Twice", at=NOW)


def test_part_of_the_money_leaves_the_rest_at_the_agency(ticket: Violation, staff: User) -> None:
    case = case_of(ticket, staff)
    row = take_payment(case, amount=Decimal("20.00"), reference="A-1", by=staff)
    assert row.payment and (row.payment.method_id, row.payment.received) == ("collections", Decimal("20.00"))
    assert (fine(ticket).state, bool(fine(ticket).blocked)) == ("open", True)
    with pytest.raises(ViolationRefused) as known:
        take_payment(case, amount=Decimal("20.00"), reference="A-1", by=staff)
    assert known.value.code == "known"
    take_payment(case, amount=Decimal("35.00"), reference="A-2", by=staff)
    case.refresh_from_db()
    ticket.refresh_from_db()
    assert (case.state, ticket.state) == ("paid", "paid")
    assert [payment.attention for payment in Payment.objects.order_by("pk")] == ["", "surplus"]


def test_file_of_payments_is_booked_once_and_its_errors_are_said(ticket: Violation, staff: User) -> None:
    case = case_of(ticket, staff)
    text = f"{HEAD}{case.pk},TT-10133,50.00,A-1\n{case.pk},TT-9,5.00,A-2\n{case.pk},TT-10133,x,A-3\nZ,TT-10133,5,A-4\n"
    first, again = (read_payments(text, by=staff) for _twice in range(2))
    assert (first.payments, first.total, len(first.strange)) == (1, Decimal("50.00"), 3)
    assert (again.payments, again.strange[0]) == (
        0,
        "Line 2: Payment A-1 of the agency is booked already.",
    )
    with pytest.raises(TableRefused):
        read_payments("a,b\n1,2\n", by=staff)


def test_silent_card_provider_refuses_one_line_and_the_next_file_books_it(
    ticket: Violation, ada: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_given: object) -> None:
        raise ProviderUnreachable("silence")

    change_office(collections_block_paying=False)
    other = told(make_violation(make_vehicle(ada), number="TT-10134", issued_at=NOW - timedelta(days=90)))
    batch = send_to_collections(by=staff, at=NOW)
    start_card_payment(make_checkout([fine(ticket)], ada), email=ada.email)
    text = HEAD + "".join(
        f"{case.pk},{case.violation},50.00,A-{case.violation}\n" for case in batch.cases.order_by("violation__number")
    )
    with monkeypatch.context() as patch:
        patch.setattr("payments.providers.sandbox.SandboxProvider.resolve", silent)
        first = read_payments(text, by=staff)
    again = read_payments(text, by=staff)
    assert (first.payments, first.strange) == (
        1,
        ["Line 2: The card provider does not answer, and the person has a card page open. Try again."],
    )
    assert (again.payments, again.strange) == (1, ["Line 3: Payment A-TT-10134 of the agency is booked already."])
    assert (fine(ticket).state, fine(other).state) == ("settled", "settled")


def test_line_that_breaks_leaves_nothing_and_is_booked_by_the_next_file(
    ticket: Violation, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_given: object) -> str:
        raise DatabaseError("gone")

    case = case_of(ticket, staff)
    text = f"{HEAD}{case.pk},TT-10133,20.00,A-1\n"
    with monkeypatch.context() as patch:
        patch.setattr("payments.services.settle._next_receipt_number", broken)
        first = read_payments(text, by=staff)
    assert first.strange == ["Line 2: This could not be booked. Bring the file again."]
    assert (bool(fine(ticket).blocked), Payment.objects.count(), case.payments.count()) == (True, 0, 0)
    assert read_payments(text, by=staff).total == Decimal("20.00")


def test_reference_whose_money_was_never_booked_is_taken_up_again(ticket: Violation, staff: User) -> None:
    case = case_of(ticket, staff)
    row = CollectionsPayment.objects.create(case=case, reference="A-1", amount=Decimal(20), by=staff)
    assert take_payment(case, amount=Decimal("50.00"), reference="A-1", by=staff) == row
    row.refresh_from_db()
    assert (row.amount, row.payment and row.payment.received) == (Decimal("50.00"), Decimal("50.00"))


@pytest.mark.rule(26)
@pytest.mark.rule(27)
@pytest.mark.parametrize("ended", ["paid", "void"])
def test_money_for_a_ticket_that_is_not_owed_is_surplus(ticket: Violation, ada: User, staff: User, ended: str) -> None:
    change_office(collections_block_paying=False)
    case = case_of(ticket, staff)
    if ended == "paid":
        take_payment(case, amount=Decimal("50.00"), reference="A-1", by=staff)
    else:
        recall_case(case, by=staff, reason="Wrong plate", at=NOW)
        void_violation(ticket, by=staff, reason="Wrong plate")
    row = take_payment(case, amount=Decimal("35.00"), reference="A-2", by=staff)
    found = payments_with_surplus().get()
    ticket.refresh_from_db()
    assert (found, found.left, found.attention) == (row.payment, Decimal("35.00"), "surplus")  # type: ignore[attr-defined]
    assert (found.checkout.user, ticket.state) == (ada, ended)


def test_money_after_a_recall_pays_the_ticket(ticket: Violation, staff: User) -> None:
    case = case_of(ticket, staff)
    recall_case(case, by=staff, reason="Hardship", at=NOW)
    take_payment(case, amount=Decimal("20.00"), reference="A-1", by=staff)
    assert (fine(ticket).state, fine(ticket).blocked, Payment.objects.get().received) == ("open", "", Decimal("20.00"))


def test_paid_here_it_is_at_the_agency_no_longer(ticket: Violation, staff: User) -> None:
    change_office(collections_block_paying=False)
    case = case_of(ticket, staff)
    payment = promise_payment(make_checkout([fine(ticket)]), email="a@example.test")
    process_manually(payment, received=payment.amount, by=staff)
    case.refresh_from_db()
    assert case.state == "paid"


def test_office_decides_about_a_ticket_only_once_it_is_recalled(ticket: Violation, staff: User) -> None:
    case = case_of(ticket, staff)
    acts: list[Callable[[], Violation]] = [
        lambda: void_violation(ticket, by=staff, reason="Wrong plate"),
        lambda: turn_into_warning(ticket, by=staff, reason="First time"),
        lambda: reduce_violation(ticket, to=Decimal(10), by=staff, reason="Hardship"),
    ]
    for act in acts:
        with pytest.raises(ViolationRefused) as refusal:
            act()
        assert refusal.value.message == "Ticket TT-10133 is at the collection agency. Recall it first."
    recall_case(case, by=staff, reason="Wrong plate", at=NOW)
    assert void_violation(ticket, by=staff, reason="Wrong plate").state == "void"


def test_ticket_is_not_appealed_while_the_agency_has_it(ticket: Violation, ada: User, staff: User) -> None:
    Violation.objects.filter(pk=ticket.pk).update(offence=make_offence(appeal_days=365))
    Charge.objects.filter(pk=ticket.charge_id or 0).update(due_on=None)
    case = case_of(ticket, staff)
    with pytest.raises(AppealRefused) as refusal:
        begin_appeal(ticket, user=ada, language="en", at=NOW)
    assert refusal.value.code == "collections"
    recall_case(case, by=staff, reason="Hardship", at=NOW)
    Charge.objects.filter(pk=ticket.charge_id or 0).update(due_on=None)
    assert begin_appeal(ticket, user=ada, language="en", at=NOW).is_draft


def test_small_debts_do_not_keep_larger_ones_back(
    ticket: Violation, ada: User, staff: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    cheap = make_offence(amount=Decimal("20.00"), reduced_amount=None)
    for days in (120, 110):
        told(make_violation(make_vehicle(ada), offence=cheap, issued_at=NOW - timedelta(days=days)))
    monkeypatch.setattr("violations.services.collecting.sending.MOST", 1)
    assert ready_sum(at=NOW) == (1, Decimal("50.00"))
    assert case_of(ticket, staff).amount == Decimal("50.00")


def test_paid_ticket_whose_cheque_bounces_is_at_the_agency_no_longer(ticket: Violation, ada: User, staff: User) -> None:
    change_office(collections_block_paying=False, collections_block_permits=True)
    case_of(ticket, staff)
    payment = promise_payment(make_checkout([fine(ticket)], ada), email=ada.email)
    process_manually(payment, received=payment.amount, received_as=ReceivedAs.CHEQUE, by=staff)
    bounce_cheque(payment, by=staff)
    assert (fine(ticket).state, fine(ticket).in_collections, fine(ticket).blocked) == ("open", False, "")


def test_database_holds_a_ticket_at_the_agency_once(ticket: Violation, staff: User) -> None:
    case = case_of(ticket, staff)
    with pytest.raises(IntegrityError), transaction.atomic():
        CollectionsCase.objects.create(batch=case.batch, violation=ticket, amount=Decimal(1), name="A")
