"""A holder gives a permit up: exactly what was quoted comes back, the space is free, everything balances (RULES 40, 41)."""

from collections.abc import Callable
from datetime import timedelta
from decimal import Decimal

import pytest

from accounts.models import Mail, User
from opscom.lib.dates import Period, start_of_day
from payments.models import Charge, LedgerEntry, Payment, Refund
from payments.models.payment import ReceivedAs
from payments.services.ledger_check import find_problems
from payments.services.promises import process_manually, promise_payment
from payments.services.refundable import standing_of
from payments.services.refunds import request_refund
from payments.tasks import send_refund
from permits.capacity import occupancy
from permits.errors import PermitRefused
from permits.models import Permit
from permits.services.cancel import cancel_permit, quote_cancellation
from permits.services.renewal import window_of
from permits.services.reserve import reserve_permit
from tests.factories import change_office, make_checkout, make_lot, make_permit, make_user, make_vehicle, make_window
from tests.payments.bank import Books
from tests.payments.conftest import begin
from tests.payments.refunding import paid_at_the_desk, paid_by_card

pytestmark = pytest.mark.django_db


@pytest.fixture
def permit(resident: User) -> Permit:
    """Held, for 30 days from today, for $60."""
    return make_permit(resident, make_window(make_lot(spaces=1), price="60.00"))


def paid(permit: Permit, pay: Callable[..., Payment] = paid_by_card, **kwargs: str) -> tuple[Permit, Payment]:
    payment = pay([permit.charge], permit.holder, **kwargs)
    return Permit.objects.get(pk=permit.pk), payment


def cancel(permit: Permit, amount: str, *, days: int = 0) -> None:
    at = start_of_day(permit.valid_from + timedelta(days=days)) + timedelta(hours=9)
    cancel_permit(permit, expected=Decimal(amount), by=permit.holder, at=at)
    permit.refresh_from_db()


@pytest.mark.rule(40)
def test_in_the_first_days_everything_comes_back(bank: Books, permit: Permit) -> None:
    permit, payment = paid(permit)
    cancel(permit, "60.00")
    refund = Refund.objects.get()
    assert (permit.state, refund.state, refund.target) == ("cancelled", "created", "card")
    send_refund(refund_id=refund.pk)
    charge = Charge.objects.get(pk=permit.charge_id)
    assert (charge.state, bank.given(), standing_of(payment).card) == ("settled", Decimal("60.00"), Decimal("0.00"))
    assert find_problems() == []


@pytest.mark.rule(40)
def test_later_the_days_left_come_back_less_the_fee(bank: Books, permit: Permit) -> None:
    change_office(cancel_fee=Decimal("4.50"))
    permit, _payment = paid(permit)
    at = start_of_day(permit.valid_from + timedelta(days=9))
    quote = quote_cancellation(permit, at=at)
    assert (quote.paid, quote.back.unused, quote.back.fee, quote.amount, quote.kept) == (
        Decimal("60.00"),
        Decimal("40.00"),
        Decimal("4.50"),
        Decimal("35.50"),
        Decimal("24.50"),
    )
    cancel(permit, "35.50", days=9)
    mail = Mail.objects.get(kind="permit_cancelled")
    assert "To the card: $35.50" in mail.text
    assert "The office keeps a fee of $4.50." in mail.text


def test_space_is_free_at_once(bank: Books, permit: Permit) -> None:
    permit, _payment = paid(permit)
    cancel(permit, "60.00")
    assert occupancy(permit.lot, Period(permit.valid_from, permit.valid_before)).free == 1
    other = make_user()
    assert reserve_permit(other, window=window_of(permit), vehicles=[make_vehicle(other)]).state == "held"


def test_provider_that_is_away_changes_nothing_of_it(bank: Books, permit: Permit) -> None:
    bank.silent = True
    permit, _payment = paid(permit)
    cancel(permit, "60.00")
    send_refund(refund_id=Refund.objects.get().pk)
    assert (permit.state, Refund.objects.get().state) == ("cancelled", "created")
    bank.silent = False
    send_refund(refund_id=Refund.objects.get().pk)
    assert Refund.objects.get().state == "done"


def test_cash_is_had_at_the_office(permit: Permit) -> None:
    permit, _payment = paid(permit, paid_at_the_desk, received="60.00")
    cancel(permit, "60.00")
    assert Refund.objects.values_list("target", "state").get() == ("office", "created")


def test_two_payments_give_back_each_its_share(bank: Books, permit: Permit, staff: User) -> None:
    promise = promise_payment(make_checkout([permit.charge], permit.holder), email="a@example.test")
    process_manually(promise, received=Decimal("20.00"), received_as=ReceivedAs.CASH, by=staff)
    permit, card = paid(permit)
    assert card.received == Decimal("40.00")
    cancel(permit, "60.00")
    assert list(Refund.objects.order_by("amount").values_list("target", "amount")) == [
        ("office", Decimal("20.00")),
        ("card", Decimal("40.00")),
    ]


def test_what_was_given_back_before_is_not_given_again(bank: Books, permit: Permit, desk: User) -> None:
    permit, payment = paid(permit)
    request_refund(payment, amount=Decimal("45.00"), charge=permit.charge, reason="works", by=desk)
    assert quote_cancellation(permit).amount == Decimal("15.00")


@pytest.mark.rule(41)
def test_others_of_the_bundle_keep_their_price(bank: Books, permit: Permit) -> None:
    other = make_permit(permit.holder, make_window(price="33.00"))
    payment = paid_by_card([permit.charge, other.charge], permit.holder)
    cancel(Permit.objects.get(pk=permit.pk), "60.00")
    other.refresh_from_db()
    assert (other.state, standing_of(payment).charges[other.charge_id]) == ("active", Decimal("33.00"))


@pytest.mark.rule(40)
def test_rules_that_give_nothing_cancel_all_the_same(bank: Books, permit: Permit) -> None:
    change_office(cancel_refund="nothing", cancel_full_days=0)
    permit, _payment = paid(permit)
    cancel(permit, "0.00")
    assert (permit.state, Refund.objects.count()) == ("cancelled", 0)
    assert "nothing of what you paid comes back" in Mail.objects.get(kind="permit_cancelled").text


def test_unpaid_one_is_no_longer_owed(permit: Permit) -> None:
    cancel(permit, "0.00")
    charge = Charge.objects.get(pk=permit.charge_id)
    assert (permit.state, charge.state, LedgerEntry.objects.count()) == ("cancelled", "void", 0)
    assert "nothing is owed any more" in Mail.objects.get(kind="permit_cancelled").text


def test_part_paid_turns_into_surplus(permit: Permit, staff: User) -> None:
    promise = promise_payment(make_checkout([permit.charge], permit.holder), email="a@example.test")
    process_manually(promise, received=Decimal("20.00"), received_as=ReceivedAs.CASH, by=staff)
    cancel(permit, "0.00")
    assert standing_of(promise).surplus == Decimal("20.00")
    assert find_problems() == []


@pytest.mark.parametrize("way", ["card", "promise"])
def test_not_while_it_is_being_paid(permit: Permit, way: str) -> None:
    checkout = make_checkout([permit.charge], permit.holder)
    begin(checkout) if way == "card" else promise_payment(checkout, email="a@example.test")
    with pytest.raises(PermitRefused) as refusal:
        cancel(permit, "0.00")
    assert (refusal.value.code, Permit.objects.get().state) == ("under-way", "held")


def test_another_amount_than_was_seen_cancels_nothing(bank: Books, permit: Permit) -> None:
    permit, _payment = paid(permit)
    with pytest.raises(PermitRefused) as refusal:
        cancel(permit, "60.00", days=3)
    permit.refresh_from_db()
    assert (refusal.value.code, permit.state, Refund.objects.count()) == ("changed", "active", 0)


def test_second_time_there_is_nothing_to_cancel(bank: Books, permit: Permit) -> None:
    permit, _payment = paid(permit)
    cancel(permit, "60.00")
    with pytest.raises(PermitRefused) as refusal:
        cancel(permit, "60.00")
    assert (refusal.value.code, Refund.objects.count()) == ("over", 1)


def test_nothing_comes_back_of_a_disputed_payment(bank: Books, permit: Permit) -> None:
    permit, payment = paid(permit)
    payment.disputes.create(provider_ref="dp_1", amount=Decimal("60.00"))
    with pytest.raises(PermitRefused) as refusal:
        quote_cancellation(permit)
    assert refusal.value.code == "disputed"
