"""The release code: after all the money, once, by e-mail; or by staff."""

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import Mail
from accounts.services.mail import send_mail_now
from opscom.lib.sealed import unseal
from payments.models import Charge, LedgerCode, Payment
from payments.payables import taxable_choices
from payments.services.promises import promise_payment
from payments.services.settle import fulfil_payment
from tests.factories import change_office, fit, make_boot, make_checkout, make_user, make_vehicle, make_violation
from tests.payments.refunding import paid_at_the_desk, paid_by_card
from violations.errors import ViolationRefused
from violations.models import Boot, BootAssignment
from violations.services.boots.following import follow_boots
from violations.services.boots.owing import charges_to_pay, required_charges
from violations.services.boots.releasing import code_for_driver, release_if_paid, release_unpaid, show_to_staff
from violations.services.issue import spoil_violation

pytestmark = pytest.mark.django_db
CODE = "73519"


def parts(assignment: BootAssignment) -> list[Charge]:
    """Ticket, fee and deposit."""
    return list(required_charges(assignment).order_by("pk"))


def state(assignment: BootAssignment) -> str:
    return BootAssignment.objects.get(pk=assignment.pk).state


@pytest.mark.rule(33)
def test_code_is_given_with_the_last_of_three_payments_and_not_before(guest: str = "guest@example.test") -> None:
    assignment = fit(boot=make_boot(CODE))
    ticket, fee, deposit = parts(assignment)
    for charge in (ticket, fee):
        paid_by_card([charge], None)
        assert state(assignment) == "fitted"
        assert not Mail.objects.filter(kind="boot_code").exists()
    paid_by_card([deposit], None)
    assert state(assignment) == "released"
    assert [mail.to for mail in Mail.objects.filter(kind="boot_code")] == [guest]


@pytest.mark.rule(33)
def test_failed_deposit_leaves_the_ticket_paid_no_code_and_the_deposit_to_pay_again() -> None:
    assignment = fit()
    ticket, fee, deposit = parts(assignment)
    paid_by_card([ticket, fee], None)
    assignment.violation.refresh_from_db()
    assert (assignment.violation.state, state(assignment)) == ("paid", "fitted")
    assert code_for_driver(BootAssignment.objects.get()) == ""
    assert list(charges_to_pay(assignment)) == [deposit]


@pytest.mark.rule(33)
def test_promise_gives_no_code() -> None:
    assignment = fit()
    checkout = make_checkout(parts(assignment), make_user())
    promise_payment(checkout, email="a@example.test")
    assert state(assignment) == "fitted"


def test_code_is_given_once_however_often_the_payment_is_fulfilled() -> None:
    assignment = fit(boot=make_boot(CODE))
    payment = paid_by_card(parts(assignment), None)
    Payment.objects.update(fulfilled_at=None)
    fulfil_payment(payment)
    assert release_if_paid(assignment.pk, at=timezone.now()) is False
    assert Mail.objects.filter(kind="boot_code").count() == 1
    assert [event.to_state for event in assignment.events.all()] == ["fitted", "released"]
    assert Boot.objects.get().state == "out"


def test_code_has_its_time_from_the_moment_it_is_given() -> None:
    change_office(boot_hours=12)
    assignment, at = fit(), timezone.now()
    payment = paid_by_card(parts(assignment), None)
    assignment.refresh_from_db()
    assert assignment.due_at is not None and assignment.released_at is not None
    assert assignment.due_at - assignment.released_at == timedelta(hours=12)
    assert assignment.released_at >= at
    assert assignment.checkout == payment.checkout


def test_mail_with_the_code_lies_encrypted_in_the_database_and_goes_out_in_plain(mailoutbox: list[object]) -> None:
    assignment = fit(boot=make_boot(CODE))
    paid_by_card(parts(assignment), None)
    mail = Mail.objects.get(kind="boot_code")
    assert CODE not in mail.text + mail.html + mail.subject
    assert CODE in unseal(mail.text)
    assert (mail.is_secret, mail.shown_text) == (True, "")
    assert send_mail_now(mail.pk) is True
    [sent] = mailoutbox
    body = sent.body  # type: ignore[attr-defined]
    assert CODE in body
    for part in ("turn the handle", "return box", "Bring it back by", "deposit goes back"):
        assert part in body
    assert Mail.objects.filter(kind="receipt").count() == 1


def test_all_outstanding_tickets_are_asked_for_where_the_office_says_so() -> None:
    change_office(boot_policy="all")
    owner = make_user()
    assignment = fit(make_violation(make_vehicle(owner)))
    assert assignment.violation.charge is not None
    same_plate = make_violation(plate=assignment.plate, plate_region="CA-ON")
    same_owner = make_violation(make_vehicle(owner, plate="SECOND1"))
    make_violation(plate="OTHER1")
    needed = {charge.pk for charge in parts(assignment)}
    others = {ticket.charge_id or 0 for ticket in (same_plate, same_owner)}
    assert needed == {assignment.violation.charge_id, assignment.fee_id, assignment.deposit_id, *others}
    paid_by_card(list(Charge.objects.filter(pk__in=needed - others)), None)
    assert state(assignment) == "fitted"
    paid_by_card(list(Charge.objects.filter(pk__in=others)), owner)
    assert state(assignment) == "released"


def test_a_ticket_that_cannot_be_paid_now_keeps_no_boot_on() -> None:
    change_office(boot_policy="all")
    assignment = fit()
    other = make_violation(plate=assignment.plate, plate_region="CA-ON")
    Charge.objects.filter(pk=other.charge_id or 0).update(blocked="under appeal")
    paid_by_card(parts(assignment), None)
    assert state(assignment) == "released"


def test_staff_release_without_payment_with_a_reason() -> None:
    staff = make_user(is_staff=True)
    assignment = fit(make_violation(make_vehicle(make_user(email="owner@example.test"))))
    with pytest.raises(ViolationRefused) as refusal:
        release_unpaid(assignment, by=staff, reason=" ")
    assert refusal.value.code == "reason"
    release_unpaid(assignment, by=staff, reason="Child in the car")
    assert state(assignment) == "released"
    charges = [charge.state for charge in Charge.objects.order_by("pk")]
    assert charges == ["open", "open", "void"]
    assert not Charge.objects.exclude(lock="").exists()
    event = assignment.events.last()
    assert event is not None
    assert (event.by, event.reason) == (staff, "Child in the car")
    assert [mail.to for mail in Mail.objects.filter(kind="boot_code")] == ["owner@example.test"]
    with pytest.raises(ViolationRefused) as refusal:
        release_unpaid(assignment, by=staff, reason="again")
    assert refusal.value.code == "released"


def test_office_sees_the_code_once_after_it_was_given() -> None:
    staff, assignment = make_user(is_staff=True), fit(boot=make_boot(CODE))
    with pytest.raises(ViolationRefused) as refusal:
        show_to_staff(assignment, by=staff)
    assert refusal.value.code == "not-out"
    release_unpaid(assignment, by=staff, reason="No e-mail")
    assert show_to_staff(assignment, by=staff) == CODE
    with pytest.raises(ViolationRefused) as refusal:
        show_to_staff(assignment, by=staff)
    assert refusal.value.code == "seen"
    assert [event.reason for event in assignment.events.all()][-1] == "code shown in the office"


def test_cash_at_the_counter_gives_the_code_too() -> None:
    assignment = fit()
    paid_at_the_desk(parts(assignment), None, "205.00")  # the ticket's early price
    assert state(assignment) == "released"


def test_withdrawn_ticket_frees_its_boot_with_the_next_sweep() -> None:
    staff = make_user(is_staff=True)
    assignment = fit()
    spoil_violation(assignment.violation, by=staff, reason="wrong plate")
    follow_boots()
    assert state(assignment) == "released"
    assert {charge.state for charge in Charge.objects.all()} == {"void"}


def test_code_that_a_hook_missed_is_given_by_the_sweep() -> None:
    assignment = fit()
    charges = parts(assignment)
    Charge.objects.filter(pk__in=[charge.pk for charge in charges[1:]]).update(state="void")
    paid_by_card(charges[:1], None)
    BootAssignment.objects.filter(pk=assignment.pk).update(state="fitted", due_at=None)
    Boot.objects.update(state="vehicle")
    follow_boots()
    assert state(assignment) == "released"


def test_deposit_is_a_liability_under_a_ledger_code_of_its_own() -> None:

    rows = {row.key: row.source for row in LedgerCode.objects.filter(key__startswith="boot")}
    assert rows == {"boot": "kind", "boot_deposit": "held", "boot_penalty": "kind"}
    assert "boot_deposit" not in dict(taxable_choices())
