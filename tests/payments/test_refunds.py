"""Money goes back once, up to what was paid, the way it came (RULES 34 to 36, 39, 43)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal
from functools import partial

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from payments.errors import RefundRefused
from payments.models import Adjustment, Charge, LedgerEntry, Payment, Refund
from payments.models.refund import HandedAs
from payments.providers.base import RefundOutcome, RefundResult
from payments.services.charges import void_charge
from payments.services.ledger import book
from payments.services.refund_sending import apply_refund_outcome, reconcile_refund
from payments.services.refundable import Way, spread_refund, standing_of
from payments.services.refunds import (
    approve_refund,
    drop_refund,
    hand_out_refund,
    reject_refund,
    request_refund,
    retry_refund,
)
from payments.tasks import follow_refunds, reconcile_refunds, send_refund
from tests.factories import change_office, make_charge, make_violation
from tests.payments.bank import Books
from tests.payments.refunding import colleague, give_back, manager, paid_at_the_desk, paid_by_card, tickets

pytestmark = pytest.mark.django_db
Ledger = Callable[[Payment], dict[str, Decimal]]


def test_part_of_a_line_goes_back_to_the_card(bank: Books, resident: User, desk: User, ledger: Ledger) -> None:
    [charge, _other] = tickets(resident, "50.00", "40.00")
    payment = paid_by_card([charge, _other], resident)
    [refund] = give_back(payment, "20.00", desk, charge)
    charge.refresh_from_db()
    assert (refund.state, refund.target, refund.provider_ref) == ("done", "card", f"re_{refund.code}")
    assert (charge.state, bank.given()) == ("settled", Decimal("20.00"))
    assert ledger(payment) == {"card": Decimal("70.00"), "charge": Decimal("-90.00"), "refund": Decimal("20.00")}
    assert standing_of(payment).charges == {charge.pk: Decimal("30.00"), _other.pk: Decimal("40.00")}
    mail = Mail.objects.get(kind="refund")
    assert (mail.to, mail.subject) == (resident.email, "$20.00 goes back to you")


def test_early_payment_discount_does_not_go_back(bank: Books, resident: User, desk: User) -> None:
    charge = make_violation().charge
    assert charge is not None
    payment = paid_by_card([charge], resident)
    with pytest.raises(RefundRefused, match=r"Only \$30.00 can still be given back"):
        give_back(payment, "30.01", desk, charge)
    give_back(payment, "30.00", desk, charge)
    assert standing_of(payment).charges == {charge.pk: Decimal("0.00")}


@pytest.mark.parametrize("state", ["requested", "created", "transit", "done"])
@pytest.mark.rule(34)
def test_what_waits_and_what_is_done_counts(bank: Books, resident: User, desk: User, state: str) -> None:
    change_office(refund_limit=Decimal("0.00") if state == "requested" else Decimal("500.00"))
    bank.silent, bank.answer = state == "created", RefundResult.PENDING if state == "transit" else RefundResult.DONE
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "30.00", desk, charge)
    assert refund.state == state
    with pytest.raises(RefundRefused) as refusal:
        give_back(payment, "20.01", desk, charge)
    assert (refusal.value.code, standing_of(payment).charges) == ("too-much", {charge.pk: Decimal("20.00")})


@pytest.mark.parametrize("amount", ["0.00", "-1.00", "0.001", "1.005"])
@pytest.mark.rule(35)
def test_no_amount_that_is_no_money(bank: Books, resident: User, desk: User, amount: str) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    with pytest.raises(RefundRefused) as refusal:
        give_back(payment, amount, desk, charge)
    assert (refusal.value.code, Refund.objects.count()) == ("amount", 0)


@pytest.mark.rule(35)
def test_what_is_not_paid_is_not_refunded(payment: Payment, charge: Charge, desk: User) -> None:
    with pytest.raises(RefundRefused) as refusal:
        give_back(payment, "1.00", desk, charge)
    assert refusal.value.code == "not-paid"


def test_partly_paid_item_is_voided_first(resident: User, desk: User) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_at_the_desk([charge], resident, "20.00")
    with pytest.raises(RefundRefused) as refusal:
        give_back(payment, "20.00", desk, charge)
    assert refusal.value.code == "open"
    charge.refresh_from_db()
    void_charge(charge)
    [refund] = give_back(payment, "20.00", desk)
    assert (refund.target, refund.state, refund.charge) == ("office", "created", None)


def test_cash_is_handed_out_by_the_office(resident: User, desk: User, ledger: Ledger) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_at_the_desk([charge], resident, "50.00")
    [refund] = give_back(payment, "50.00", desk, charge)
    assert ledger(payment) == {"office": Decimal("50.00"), "charge": Decimal("-50.00")}
    refund = hand_out_refund(refund, handed_as=HandedAs.CASH, by=desk, note="change given")
    assert (refund.state, refund.handed_as, refund.note) == ("done", "cash", "change given")
    assert ledger(payment) == {
        "office": Decimal("0.00"),
        "charge": Decimal("-50.00"),
        "refund": Decimal("50.00"),
    }
    with pytest.raises(RefundRefused):
        hand_out_refund(refund, handed_as=HandedAs.CASH, by=desk, note="change given")


def test_card_money_can_be_given_as_credit(bank: Books, resident: User, desk: User, ledger: Ledger) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge, way=Way.CREDIT)
    assert (refund.state, refund.target, bank.asked) == ("done", "credit", [])
    assert refund.adjustment is not None
    assert (refund.adjustment.amount, refund.adjustment.user) == (Decimal("-50.00"), resident)
    assert list(Adjustment.objects.spendable()) == [refund.adjustment]
    assert ledger(payment)["credit"] == Decimal("-50.00")
    assert Mail.objects.get(kind="refund").subject == "$50.00 is your credit"


@pytest.mark.rule(36, 43)
def test_card_first_and_what_was_paid_by_credit_as_credit(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_by_credit_and_card(resident, charge, credit="30.00")
    refunds = give_back(payment, "35.00", desk, charge)
    assert [(refund.target, refund.amount, refund.state) for refund in refunds] == [
        ("card", Decimal("20.00"), "done"),
        ("credit", Decimal("15.00"), "done"),
    ]
    [last] = give_back(payment, "15.00", desk, charge)
    assert (last.target, standing_of(payment).charges) == ("credit", {charge.pk: Decimal("0.00")})


@pytest.mark.rule(36)
def test_card_takes_back_no_more_than_it_gave_for_two_charges_together(bank: Books, resident: User) -> None:
    charges = tickets(resident, "50.00", "25.00")
    payment = paid_by_credit_and_card(resident, *charges, credit="60.00")
    charges = list(Charge.objects.order_by("pk"))
    shares = spread_refund(charges, [payment], Decimal("75.00"))
    assert [(share.charge, [(part.target, part.amount) for part in share.parts]) for share in shares] == [
        (charges[0], [("card", Decimal("15.00")), ("credit", Decimal("35.00"))]),
        (charges[1], [("credit", Decimal("25.00"))]),
    ]


def paid_by_credit_and_card(user: User, *charges: Charge, credit: str) -> Payment:
    """The books of a payment whose larger part came from credit."""
    adjustment = Adjustment.objects.create(user=user, amount=-Decimal(credit))
    payment = paid_by_card(list(charges), user)
    book(
        [
            LedgerEntry(payment=payment, adjustment=adjustment, account="credit", amount=Decimal(credit), key="a"),
            LedgerEntry(payment=payment, account="card", amount=-Decimal(credit), key="b"),
        ]
    )
    return payment


def test_guest_gets_no_credit(bank: Books, desk: User) -> None:
    [charge] = tickets(None, "50.00")
    payment = paid_by_card([charge], None)
    with pytest.raises(RefundRefused) as refusal:
        give_back(payment, "50.00", desk, charge, way=Way.CREDIT)
    assert refusal.value.code == "no-account"
    assert give_back(payment, "50.00", desk, charge)[0].state == "done"


def test_provider_that_gives_nothing_back_leaves_it_to_the_office(resident: User, desk: User) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)  # its provider is none of this installation's
    [refund] = give_back(payment, "50.00", desk, charge)
    assert (refund.target, refund.state) == ("office", "created")


def test_reason_is_asked_for(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "50.00")
    with pytest.raises(RefundRefused) as refusal:
        request_refund(paid_by_card([charge], resident), amount=Decimal("1.00"), charge=charge, reason=" ", by=desk)
    assert refusal.value.code == "reason"


# Two people ---------------------------------------------------------------------------------------------------------


def test_above_the_limit_a_second_person_approves(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "150.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "100.01", desk, charge)
    assert (refund.state, bank.asked) == ("requested", [])
    second = manager()
    approve_refund(refund, by=second)
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert (refund.state, refund.by, refund.approved_by) == ("done", desk, second)
    assert list(refund.events.values_list("to_state", "by")) == [
        ("requested", desk.pk),
        ("created", second.pk),
        ("done", None),
    ]


def test_whoever_asked_cannot_approve_whatever_their_rights(bank: Books, resident: User) -> None:
    [charge] = tickets(resident, "150.00")
    boss = manager()
    [refund] = give_back(paid_by_card([charge], resident), "150.00", boss, charge)
    with pytest.raises(RefundRefused) as refusal:
        approve_refund(refund, by=boss)
    refund.refresh_from_db()
    assert (refusal.value.code, refund.state) == ("same-person", "requested")


def test_somebody_without_the_right_cannot_approve_or_reject(bank: Books, resident: User) -> None:
    cashier = colleague("Cashier")
    [charge] = tickets(resident, "150.00")
    [refund] = give_back(paid_by_card([charge], resident), "150.00", manager(), charge)
    for decide in (partial(approve_refund, by=cashier), partial(reject_refund, by=cashier, reason="no")):
        with pytest.raises(RefundRefused) as refusal:
            decide(refund)
        assert refusal.value.code == "no-right"


def test_limit_is_not_walked_around_in_small_steps(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "150.00")
    payment = paid_by_card([charge], resident)
    assert [give_back(payment, "60.00", desk, charge)[0].state for _ in range(2)] == ["done", "requested"]


def test_rejected_refund_can_be_asked_for_again(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "150.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "150.00", desk, charge)
    with pytest.raises(RefundRefused):
        reject_refund(refund, by=manager(), reason="")
    refund = reject_refund(refund, by=manager(), reason="wrong ticket")
    assert (refund.state, refund.note, bank.asked) == ("rejected", "wrong ticket", [])
    assert standing_of(payment).charges == {charge.pk: Decimal("150.00")}
    with pytest.raises(RefundRefused):
        approve_refund(refund, by=manager())


def test_own_request_may_be_taken_back(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "150.00")
    [refund] = give_back(paid_by_card([charge], resident), "150.00", desk, charge)
    assert reject_refund(refund, by=desk, reason="typing mistake").state == "rejected"


# The provider -------------------------------------------------------------------------------------------------------


def test_silent_provider_is_asked_again_by_the_sweep(bank: Books, resident: User, desk: User) -> None:
    bank.silent = True
    [charge] = tickets(resident, "50.00")
    [refund] = give_back(paid_by_card([charge], resident), "50.00", desk, charge)
    assert refund.state == "created"
    bank.silent = False
    Refund.objects.update(created_at=timezone.now() - timedelta(minutes=3))
    reconcile_refunds()
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert (refund.state, bank.given()) == ("done", Decimal("50.00"))


@pytest.mark.rule(35)
def test_worker_that_dies_after_the_call_never_pays_twice(bank: Books, resident: User, desk: User) -> None:
    bank.dies_after = True
    [charge] = tickets(resident, "50.00")
    [refund] = give_back(paid_by_card([charge], resident), "50.00", desk, charge)
    assert (refund.state, bank.given()) == ("created", Decimal("50.00"))
    bank.dies_after = False
    for _again in range(3):
        send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert (refund.state, bank.given(), len(bank.asked)) == ("done", Decimal("50.00"), 1)
    assert LedgerEntry.objects.filter(refund=refund).count() == 2
    assert Mail.objects.filter(kind="refund").count() == 1


def test_nobody_knows_for_a_day_and_staff_are_told(bank: Books, resident: User, desk: User) -> None:
    change_office(staff_email="desk@example.test")
    bank.silent = True
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    reconcile_refund(refund, at=timezone.now() + timedelta(hours=25))
    payment.refresh_from_db()
    assert payment.attention == "refund"
    assert Mail.objects.filter(kind="attention", to="desk@example.test").count() == 1


def test_refund_on_its_way_is_booked_once_and_ends_later(bank: Books, resident: User, desk: User) -> None:
    bank.answer = RefundResult.PENDING
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    assert (refund.state, refund.done_at, refund.entries.count()) == ("transit", None, 2)
    bank.becomes(refund.reference, RefundResult.DONE)
    follow_refunds()
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert (refund.state, refund.entries.count()) == ("done", 2)
    assert refund.done_at is not None


@pytest.mark.rule(39)
def test_refusal_opens_the_balance_and_tells_staff(bank: Books, resident: User, desk: User) -> None:
    change_office(staff_email="desk@example.test")
    bank.answer = RefundResult.FAILED
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    payment.refresh_from_db()
    assert (refund.state, payment.attention) == ("failed", "refund")
    assert (refund.entries.count(), standing_of(payment).charges) == (0, {charge.pk: Decimal("50.00")})
    assert Mail.objects.filter(kind="refund").count() == 0


@pytest.mark.parametrize("before", [RefundResult.DONE, RefundResult.PENDING])
@pytest.mark.rule(39)
def test_failure_days_later_restores_the_balance(
    bank: Books, resident: User, desk: User, ledger: Ledger, before: RefundResult
) -> None:
    bank.answer = before
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    failed = RefundOutcome(RefundResult.FAILED, refund.provider_ref, refund.amount, "CAD", "account closed")
    for _twice in range(2):
        refund = apply_refund_outcome(refund, failed)
    payment.refresh_from_db()
    assert (refund.state, refund.note, refund.entries.count()) == ("failed", "account closed", 4)
    assert (payment.attention, payment.note) == ("refund", "account closed")
    assert ledger(payment) == {"card": Decimal("50.00"), "charge": Decimal("-50.00"), "refund": Decimal("0.00")}
    assert standing_of(payment).charges == {charge.pk: Decimal("50.00")}


def test_failed_refund_is_tried_again_under_a_new_reference(bank: Books, resident: User, desk: User) -> None:
    bank.answer = RefundResult.FAILED
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    bank.answer = RefundResult.DONE
    with pytest.raises(RefundRefused):
        retry_refund(refund, by=desk, reason="")
    retry_refund(refund, by=desk, reason="the card works again")
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    payment.refresh_from_db()
    assert (refund.state, refund.provider_ref, payment.attention) == ("done", f"re_{refund.code}-2", "")
    assert [order.reference for order in bank.asked] == [refund.code, f"{refund.code}-2"]
    with pytest.raises(RefundRefused):
        retry_refund(refund, by=desk, reason="once more")


@pytest.mark.rule(36)
def test_failed_refund_is_handed_out_instead(bank: Books, resident: User, desk: User, ledger: Ledger) -> None:
    bank.answer = RefundResult.DONE
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    failed = RefundOutcome(RefundResult.FAILED, refund.provider_ref, refund.amount, "CAD", "account closed")
    apply_refund_outcome(refund, failed)
    refund = retry_refund(refund, by=desk, reason="card closed", way=Way.OFFICE)
    assert (refund.state, refund.target, standing_of(payment).charges) == ("created", "office", {charge.pk: Decimal(0)})
    refund = hand_out_refund(refund, handed_as=HandedAs.CHEQUE, by=desk)
    assert (refund.state, refund.handed_as, refund.entries.count()) == ("done", "cheque", 6)
    assert ledger(payment) == {
        "card": Decimal("50.00"),
        "charge": Decimal("-50.00"),
        "refund": Decimal("50.00"),
        "office": Decimal("-50.00"),
    }


@pytest.mark.rule(35)
def test_another_way_above_the_limit_waits_for_a_second_person(bank: Books, resident: User, desk: User) -> None:
    change_office(refund_limit="20.00")
    bank.answer = RefundResult.FAILED
    [charge] = tickets(resident, "50.00")
    payment, boss = paid_by_card([charge], resident), manager()
    [refund] = request_refund(payment, amount=Decimal("50.00"), charge=charge, reason="sold", by=desk)
    approve_refund(refund, by=boss)
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    refund = retry_refund(refund, by=boss, reason="card closed", way=Way.CREDIT)
    assert (refund.state, refund.by, refund.approved_by) == ("requested", boss, None)
    with pytest.raises(RefundRefused):
        approve_refund(refund, by=boss)
    refund = approve_refund(refund, by=manager())
    assert (refund.state, resident.adjustments.get().amount) == ("done", Decimal("-50.00"))


def test_failed_refund_that_is_dropped_can_be_given_anew(bank: Books, resident: User, desk: User) -> None:
    bank.answer = RefundResult.FAILED
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    with pytest.raises(RefundRefused):
        drop_refund(refund, by=desk, reason=" ")
    refund = drop_refund(refund, by=desk, reason="keeps the permit")
    payment.refresh_from_db()
    assert (refund.state, payment.attention) == ("rejected", "")
    with pytest.raises(RefundRefused):
        drop_refund(refund, by=desk, reason="again")
    bank.answer = RefundResult.DONE
    assert give_back(payment, "50.00", desk, charge)[0].state == "done"


def test_word_on_an_earlier_try_changes_nothing(bank: Books, resident: User, desk: User) -> None:
    bank.answer = RefundResult.FAILED
    [charge] = tickets(resident, "50.00")
    [refund] = give_back(paid_by_card([charge], resident), "50.00", desk, charge)
    old = Refund.objects.get(pk=refund.pk)
    retry_refund(refund, by=desk, reason="again")
    late = RefundOutcome(RefundResult.FAILED, f"re_{refund.code}", refund.amount, "CAD", "no")
    assert apply_refund_outcome(old, late).state == "created"


def test_failed_refund_that_was_given_otherwise_is_not_tried_again(bank: Books, resident: User, desk: User) -> None:
    bank.answer = RefundResult.FAILED
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    give_back(payment, "10.00", desk, charge, way=Way.CREDIT)
    with pytest.raises(RefundRefused) as refusal:
        retry_refund(refund, by=desk, reason="again")
    assert refusal.value.code == "too-much"


def test_other_amount_than_ours_is_shown_to_staff(bank: Books, resident: User, desk: User) -> None:
    bank.silent = True
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    apply_refund_outcome(refund, RefundOutcome(RefundResult.DONE, "re_1", Decimal("5.00"), "CAD"))
    payment.refresh_from_db()
    refund.refresh_from_db()
    assert (payment.attention, refund.state) == ("mismatch", "created")


def test_bare_surplus_goes_back_and_leaves_the_list(bank: Books, resident: User, desk: User, ledger: Ledger) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident, received="80.00")
    assert payment.attention == "surplus"
    give_back(payment, "10.00", desk)
    payment.refresh_from_db()
    assert payment.attention == "surplus"
    give_back(payment, "20.00", desk)
    payment.refresh_from_db()
    assert (payment.attention, ledger(payment)) == (
        "",
        {"card": Decimal("50.00"), "charge": Decimal("-50.00"), "surplus": Decimal("0.00")},
    )


def test_refund_of_a_charge_of_another_payment_is_refused(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "50.00")
    with pytest.raises(RefundRefused) as refusal:
        give_back(paid_by_card([charge], resident), "1.00", desk, make_charge(resident))
    assert refusal.value.code == "open"
