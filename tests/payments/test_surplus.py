"""What was paid too much is the payer's for the asking, once (RULES 26 to 29)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Mail, User
from payments.errors import RefundRefused
from payments.models import Payment, Refund
from payments.providers.base import RefundResult
from payments.services.charges import void_charge
from payments.services.refundable import Way, standing_of
from payments.services.refunds import request_refund
from payments.services.settle import record_money
from payments.services.surplus import claim_surplus, payments_with_surplus
from payments.tasks import send_refund
from tests.factories import make_checkout, make_payment
from tests.payments.bank import Books
from tests.payments.refunding import paid_at_the_desk, paid_by_card, tickets

pytestmark = pytest.mark.django_db
Ledger = Callable[[Payment], dict[str, Decimal]]


def test_payer_is_told_once_how_to_get_it(bank: Books, resident: User) -> None:
    payment = paid_by_card(tickets(resident, "50.00"), resident, received="80.00")
    mail = Mail.objects.get(kind="surplus")
    assert (mail.to, mail.subject) == (resident.email, "You paid $30.00 more than was owed")
    assert f"/receipts/{payment.receipt.code}/" in mail.text


def test_payer_of_a_voided_item_is_told_too(resident: User) -> None:
    [charge] = tickets(resident, "50.00")
    paid_at_the_desk([charge], resident, "20.00")
    charge.refresh_from_db()
    void_charge(charge)
    assert Mail.objects.get(kind="surplus").subject == "You paid $20.00 more than was owed"


def test_claim_gives_all_of_it_back_to_the_card_once(bank: Books, resident: User, ledger: Ledger) -> None:
    payment = paid_by_card(tickets(resident, "50.00"), resident, received="80.00")
    [refund] = claim_surplus(payment, way=Way.ORIGINAL, by=resident)
    with pytest.raises(RefundRefused) as refusal:
        claim_surplus(payment, way=Way.CREDIT, by=resident)
    send_refund(refund_id=refund.pk)
    payment.refresh_from_db()
    assert (refusal.value.code, payment.attention, bank.given()) == ("nothing", "", Decimal("30.00"))
    assert ledger(payment) == {"card": Decimal("50.00"), "charge": Decimal("-50.00"), "surplus": Decimal("0.00")}


def test_large_claim_waits_for_nobody(bank: Books, resident: User) -> None:
    payment = paid_by_card(tickets(resident, "50.00"), resident, received="950.00")
    assert claim_surplus(payment, way=Way.ORIGINAL, by=resident)[0].state == "created"


def test_claim_takes_only_what_the_office_has_left(bank: Books, resident: User, desk: User) -> None:
    payment = paid_by_card(tickets(resident, "50.00"), resident, received="80.00")
    request_refund(payment, amount=Decimal("12.00"), reason="part", by=desk)
    assert claim_surplus(payment, way=Way.ORIGINAL, by=resident)[0].amount == Decimal("18.00")


def test_kept_as_credit(bank: Books, resident: User) -> None:
    payment = paid_by_card(tickets(resident, "50.00"), resident, received="80.00")
    [refund] = claim_surplus(payment, way=Way.CREDIT, by=resident)
    assert refund.adjustment is not None
    assert (refund.state, refund.adjustment.user, refund.adjustment.credit) == ("done", resident, Decimal("30.00"))
    assert standing_of(payment).surplus == 0


def test_guest_claims_to_the_card_and_has_no_credit(bank: Books) -> None:
    payment = paid_by_card(tickets(None, "50.00"), None, received="80.00")
    with pytest.raises(RefundRefused):
        claim_surplus(payment, way=Way.CREDIT, by=None)
    assert claim_surplus(payment, way=Way.ORIGINAL, by=None)[0].amount == Decimal("30.00")


def test_claims_that_fail_may_be_made_again_but_not_for_ever(bank: Books, resident: User) -> None:
    bank.answer = RefundResult.FAILED
    payment = paid_by_card(tickets(resident, "50.00"), resident, received="80.00")
    for _try in range(3):
        [refund] = claim_surplus(payment, way=Way.ORIGINAL, by=resident)
        send_refund(refund_id=refund.pk)
    with pytest.raises(RefundRefused) as refusal:
        claim_surplus(payment, way=Way.ORIGINAL, by=resident)
    assert refusal.value.code == "throttled"
    claim_surplus(payment, way=Way.ORIGINAL, by=resident, at=timezone.now() + timedelta(days=2))
    assert Refund.objects.count() == 4


@pytest.mark.rule(28)
def test_list_holds_what_is_left_and_why(bank: Books, resident: User, desk: User) -> None:
    [charge] = tickets(resident, "50.00")
    first = paid_by_card([charge], resident)
    late = paid_by_card(tickets(resident, "40.00"), resident, received="60.00")
    request_refund(late, amount=Decimal("5.00"), reason="part", by=desk)
    voided = tickets(resident, "50.00")[0]
    cash = paid_at_the_desk([voided], resident, "20.00")
    voided.refresh_from_db()
    void_charge(voided)
    gone = paid_by_card(tickets(resident, "40.00"), resident, received="60.00")
    claim_surplus(gone, way=Way.CREDIT, by=resident)
    found = [(row.pk, row.left, row.voided, row.twice) for row in payments_with_surplus()]  # type: ignore[attr-defined]
    assert found == [(late.pk, Decimal("15.00"), False, False), (cash.pk, Decimal("20.00"), True, False)]
    assert first.pk not in [row[0] for row in found]


def test_twice_paid_is_said(bank: Books, resident: User) -> None:
    [charge] = tickets(resident, "50.00")
    checkouts = [make_checkout([charge], resident), make_checkout([charge], None)]
    payments = [make_payment(checkout) for checkout in checkouts]
    for payment in payments:
        record_money(payment, received=payment.amount, account="card", at=timezone.now())
    [found] = payments_with_surplus()
    assert (found.pk, found.left, found.twice) == (payments[1].pk, Decimal("50.00"), True)  # type: ignore[attr-defined]


def test_list_is_one_query(bank: Books, resident: User) -> None:
    for _payment in range(3):
        paid_by_card(tickets(resident, "40.00"), resident, received="60.00")
    with CaptureQueriesContext(connection) as captured:
        assert len(payments_with_surplus()) == 3
    assert len(captured) == 1
