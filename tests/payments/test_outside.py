"""Refunds and disputes that the provider tells of (RULES 37 to 39)."""

from decimal import Decimal

import pytest

from accounts.models import Mail, User
from payments.errors import RefundRefused
from payments.models import Charge, Dispute, LedgerEntry, Payment, ProviderEvent, Refund
from payments.providers.base import DisputeOutcome, DisputeResult, RefundOutcome, RefundResult
from payments.services.events import process_stored_event
from payments.services.refundable import standing_of
from payments.services.refunds import retry_refund
from payments.tasks import send_refund
from tests.factories import change_office
from tests.payments.bank import Books
from tests.payments.refunding import give_back, paid_by_card, tickets

pytestmark = pytest.mark.django_db


def tell(subject: str, provider_ref: str, *, our_ref: str = "", charge_ref: str = "ch_1") -> ProviderEvent:
    """A verified webhook, acted on."""
    event = ProviderEvent.objects.create(
        provider="bank",
        event_id=f"evt_{ProviderEvent.objects.count()}",
        kind=f"{subject}.updated",
        subject=subject,
        provider_ref=provider_ref,
        our_ref=our_ref,
        charge_ref=charge_ref,
        body="{}",
    )
    return process_stored_event(event)


def made_there(bank: Books, amount: str, result: RefundResult = RefundResult.DONE) -> None:
    """Somebody refunds on the provider's own page."""
    bank.refunds["there"] = RefundOutcome(result, "re_there", Decimal(amount), "CAD")


def disputed(bank: Books, result: DisputeResult, amount: str = "50.00") -> None:
    bank.disputes["dp_1"] = DisputeOutcome(result, "dp_1", "ch_1", Decimal(amount), "CAD")


@pytest.mark.rule(37)
def test_webhook_before_our_own_answer_is_our_refund(bank: Books, resident: User, desk: User) -> None:
    bank.dies_after = True
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    assert refund.state == "created"
    assert tell("refund", f"re_{refund.code}", our_ref=refund.code).outcome == "done"
    bank.dies_after = False
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert (refund.state, Refund.objects.count(), bank.given()) == ("done", 1, Decimal("50.00"))
    assert LedgerEntry.objects.filter(refund=refund).count() == 2


@pytest.mark.rule(39)
def test_failure_days_later_comes_by_webhook(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    [refund] = give_back(payment, "50.00", desk, charge)
    bank.becomes(refund.code, RefundResult.FAILED, "account closed")
    for _twice in range(2):
        assert tell("refund", refund.provider_ref, our_ref=refund.code).outcome == "done"
    refund.refresh_from_db()
    assert (refund.state, refund.entries.count()) == ("failed", 4)
    assert standing_of(payment).charges == {charge.pk: Decimal("50.00")}


def test_failure_of_an_earlier_try_does_not_undo_the_next(bank: Books, resident: User, desk: User) -> None:
    bank.answer = RefundResult.FAILED
    [charge] = tickets(resident, "50.00")
    [refund] = give_back(paid_by_card([charge], resident), "50.00", desk, charge)
    bank.answer = RefundResult.DONE
    retry_refund(refund, by=desk, reason="again")
    send_refund(refund_id=refund.pk)
    tell("refund", f"re_{refund.code}", our_ref=refund.code)
    refund.refresh_from_db()
    assert (refund.state, Refund.objects.count()) == ("done", 1)


@pytest.mark.rule(38)
def test_refund_made_at_the_provider_is_recorded_and_shown(bank: Books, resident: User) -> None:
    change_office(staff_email="desk@example.test")
    first, second = tickets(resident, "50.00", "40.00")
    payment = paid_by_card([first, second], resident, received="100.00")
    made_there(bank, "65.00")
    for _twice in range(2):
        assert tell("refund", "re_there").outcome == "done"
    payment.refresh_from_db()
    first.refresh_from_db()
    assert list(Refund.objects.order_by("pk").values_list("charge", "amount", "state", "external", "provider_ref")) == [
        (None, Decimal("10.00"), "done", True, "re_there"),
        (first.pk, Decimal("50.00"), "done", True, "re_there/1"),
        (second.pk, Decimal("5.00"), "done", True, "re_there/2"),
    ]
    assert (payment.attention, first.state) == ("refund", "settled")
    assert standing_of(payment).charges == {first.pk: Decimal("0.00"), second.pk: Decimal("35.00")}
    assert Mail.objects.filter(kind="attention", key__contains="re_there").count() == 1
    with pytest.raises(RefundRefused):
        retry_refund(Refund.objects.earliest("pk"), by=resident, reason="no")


def test_refund_made_there_that_fails_comes_back_whole(bank: Books, resident: User) -> None:
    charges = tickets(resident, "50.00", "40.00")
    payment = paid_by_card(charges, resident)
    made_there(bank, "65.00", RefundResult.PENDING)
    tell("refund", "re_there")
    assert list(Refund.objects.values_list("state", flat=True)) == ["transit", "transit"]
    bank.becomes("there", RefundResult.FAILED)
    tell("refund", "re_there")
    assert list(Refund.objects.values_list("state", flat=True)) == ["failed", "failed"]
    assert sum(standing_of(payment).charges.values()) == Decimal("90.00")


def test_more_than_was_left_is_the_payers_debt(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    give_back(payment, "50.00", desk, charge)
    made_there(bank, "20.00")
    tell("refund", "re_there")
    standing = standing_of(payment)
    assert (standing.surplus, standing.card) == (Decimal("-20.00"), Decimal("-20.00"))


def test_failed_refund_that_we_never_heard_of_is_nothing(bank: Books, resident: User) -> None:
    paid_by_card(tickets(resident, "50.00"), resident)
    made_there(bank, "20.00", RefundResult.FAILED)
    assert (tell("refund", "re_there").outcome, Refund.objects.count()) == ("done", 0)


@pytest.mark.parametrize(("ref", "charge_ref"), [("re_there", "ch_unknown"), ("re_unknown", "ch_1"), ("re_there", "")])
def test_what_names_nothing_of_ours_is_set_aside(bank: Books, resident: User, ref: str, charge_ref: str) -> None:
    paid_by_card(tickets(resident, "50.00"), resident)
    made_there(bank, "20.00")
    assert (tell("refund", ref, charge_ref=charge_ref).outcome, Refund.objects.count()) == ("quarantined", 0)


def test_silent_provider_is_asked_again(bank: Books, resident: User) -> None:
    paid_by_card(tickets(resident, "50.00"), resident)
    bank.silent = True
    event = tell("refund", "re_there")
    assert (event.outcome, event.tries) == ("received", 1)


@pytest.mark.rule(39)
def test_open_dispute_is_shown_and_stops_refunds(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    disputed(bank, DisputeResult.OPEN)
    for _twice in range(2):
        assert tell("dispute", "dp_1").outcome == "done"
    payment.refresh_from_db()
    assert (payment.attention, Dispute.objects.get().state, payment.refunds.count()) == ("disputed", "open", 0)
    with pytest.raises(RefundRefused) as refusal:
        give_back(payment, "50.00", desk, charge)
    assert refusal.value.code == "disputed"


def test_refund_that_waits_is_skipped_once_its_payment_is_disputed(bank: Books, resident: User, desk: User) -> None:
    bank.silent = True
    [charge] = tickets(resident, "50.00")
    [refund] = give_back(paid_by_card([charge], resident), "50.00", desk, charge)
    bank.silent = False
    disputed(bank, DisputeResult.OPEN)
    tell("dispute", "dp_1")
    send_refund(refund_id=refund.pk)
    refund.refresh_from_db()
    assert (refund.state, bank.asked) == ("failed", [])


@pytest.mark.rule(38)
def test_lost_dispute_is_money_gone_and_the_item_stays(bank: Books, resident: User) -> None:
    [charge] = tickets(resident, "50.00")
    payment = paid_by_card([charge], resident)
    disputed(bank, DisputeResult.OPEN)
    tell("dispute", "dp_1")
    disputed(bank, DisputeResult.LOST)
    for _twice in range(2):
        tell("dispute", "dp_1")
    payment.refresh_from_db()
    charge.refresh_from_db()
    refund = Refund.objects.get()
    assert (refund.reason, refund.external, refund.state, refund.amount) == (
        "lost dispute",
        True,
        "done",
        Decimal("50.00"),
    )
    assert (charge.state, standing_of(payment).card, payment.attention) == ("settled", Decimal("0.00"), "disputed")


def test_won_dispute_leaves_everything_as_it_was(bank: Books, resident: User) -> None:
    payment = paid_by_card(tickets(resident, "50.00"), resident)
    for result in (DisputeResult.OPEN, DisputeResult.WON, DisputeResult.WON):
        disputed(bank, result)
        tell("dispute", "dp_1")
    payment.refresh_from_db()
    assert (payment.attention, Dispute.objects.get().state, payment.refunds.count()) == ("", "won", 0)


def test_dispute_won_after_it_was_lost_brings_the_money_back(bank: Books, resident: User) -> None:
    payment = paid_by_card(tickets(resident, "50.00"), resident)
    for result in (DisputeResult.LOST, DisputeResult.WON):
        disputed(bank, result)
        tell("dispute", "dp_1")
    assert (payment.refunds.get().state, standing_of(payment).card) == ("failed", Decimal("50.00"))


def test_dispute_of_somebody_elses_money_is_set_aside(bank: Books, resident: User, charge: Charge) -> None:
    disputed(bank, DisputeResult.OPEN)
    assert (tell("dispute", "dp_1").outcome, Dispute.objects.count(), Payment.objects.count()) == ("quarantined", 0, 0)
