"""A permit is exchanged for one in another lot: one step for both, or none at all; every order of events balances."""

import random
from datetime import timedelta
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.dates import start_of_day, today
from payments.models import Charge, Payment, Refund
from payments.models.payment import ReceivedAs
from payments.services.cheques import bounce_cheque
from payments.services.ledger_check import find_problems
from payments.services.promises import process_manually, promise_payment
from payments.services.refundable import standing_of
from payments.services.settle import fulfil_payment, record_money
from payments.tasks import send_refund
from permits.errors import PermitRefused
from permits.models import HouseholdStep, Lot, Permit, PermitType, SalesWindow
from permits.services.cancel import cancel_permit, quote_cancellation
from permits.services.exchange import exchange_permit, quote_exchange
from permits.services.offers import offers_instead_of
from permits.services.reserve import release_lapsed_holds, reserve_permit
from tests.factories import (
    change_office,
    make_ban,
    make_checkout,
    make_lot,
    make_payment,
    make_permit,
    make_tax,
    make_user,
    make_vehicle,
    make_window,
)
from tests.payments.bank import Books
from tests.payments.refunding import paid_by_card

pytestmark = pytest.mark.django_db
dec = Decimal


@pytest.fixture
def permit(bank: Books, resident: User) -> Permit:
    """Paid $60 by card, valid for 30 days of which this is the 15th: $30 are left, by days."""
    day = today()
    window = make_window(
        make_lot(spaces=1),
        price="60.00",
        valid_from=day - timedelta(days=14),
        valid_before=day + timedelta(days=16),
    )
    make_vehicle(resident, plate="CKRT418")
    permit = make_permit(resident, window)
    Permit.objects.filter(pk=permit.pk).update(valid_from=window.valid_from)
    paid_by_card([permit.charge], resident)
    return again(permit)


def other(price: str, **lot: object) -> SalesWindow:
    """A window of another lot."""
    return make_window(make_lot(**lot), price=price)


def again(permit: Permit) -> Permit:
    return Permit.objects.select_related("charge", "holder").get(pk=permit.pk)


def exchange(permit: Permit, window: SalesWindow, difference: str, **kwargs: object) -> Permit:
    new = exchange_permit(permit, window=window, expected=dec(difference), by=permit.holder, **kwargs)  # type: ignore[arg-type]
    return again(new)


def states(*permits: Permit) -> list[str]:
    return [again(permit).state for permit in permits]


def left(permit: Permit) -> Decimal:
    """What is left of the permit's charge in the books of all payments."""
    return sum(
        (standing_of(payment).charges.get(permit.charge_id, dec(0)) for payment in Payment.objects.all()), dec(0)
    )


def test_more_is_paid_and_both_change_then(permit: Permit) -> None:
    window = other("77.00")
    quote = quote_exchange(permit, window=window)
    assert (quote.price, quote.value, quote.difference, quote.parts) == (dec("77.00"), dec("30.00"), dec("47.00"), [])
    new = exchange(permit, window, "47.00")
    assert (states(permit, new), left(permit), left(new)) == (["active", "held"], dec("30.00"), dec("30.00"))
    payment = paid_by_card([new.charge], permit.holder)
    assert (payment.received, states(permit, new)) == (dec("47.00"), ["cancelled", "active"])
    assert [link.vehicle.plate for link in new.plates.all()] == ["CKRT418"]
    assert permit.events.latest("pk").reason == "exchanged"
    assert Mail.objects.get(kind="permit_exchanged").subject == (
        f"Permit {new.number} takes the place of {permit.number}"
    )
    assert find_problems() == []


def test_permit_that_is_given_up_counts_neither_for_the_person_nor_for_the_household(permit: Permit) -> None:
    window, third = other("77.00"), make_permit(permit.holder)
    change_office(permits_per_person=1)
    with pytest.raises(PermitRefused, match="A person may hold 1 permit at a time"):
        exchange(permit, window, "47.00")
    Permit.objects.filter(pk=third.pk).update(state="cancelled")
    PermitType.objects.filter(pk=window.permit_type_id).update(household_counts="all")
    HouseholdStep.objects.create(permit_type=window.permit_type, step=2, percent="150")
    offers = offers_instead_of(permit, permit.holder, keys={})
    new = exchange(permit, SalesWindow.objects.select_related("permit_type__lot").get(pk=window.pk), "47.00")
    assert ([offer.price for offer in offers if offer.window == window], new.step, new.charge.amount) == (
        [dec("77.00")],
        1,
        dec("77.00"),
    )


def test_less_comes_back_to_the_card_at_once(bank: Books, permit: Permit) -> None:
    new = exchange(permit, other("20.00"), "-10.00")
    assert (states(permit, new), Charge.objects.get(pk=new.charge_id).state) == (["cancelled", "active"], "settled")
    refund = Refund.objects.get()
    assert (refund.amount, refund.target, refund.charge_id) == (dec("10.00"), "card", permit.charge_id)
    send_refund(refund_id=refund.pk)
    assert (bank.given(), left(permit), left(new)) == (dec("10.00"), dec("30.00"), dec("20.00"))
    assert find_problems() == []


def test_nothing_owed_changes_at_once_without_a_payment(permit: Permit) -> None:
    new = exchange(permit, other("30.00"), "0.00")
    assert (states(permit, new), Payment.objects.count(), Refund.objects.count()) == (["cancelled", "active"], 1, 0)
    assert find_problems() == []


def test_taxes_of_both_are_in_the_difference(resident: User, bank: Books) -> None:
    make_tax(rate="13")
    old = make_permit(resident, make_window(price="60.00"))
    paid_by_card([old.charge], resident)
    quote = quote_exchange(again(old), window=other("77.00"))
    assert (quote.price, quote.value, quote.difference) == (dec("87.01"), dec("65.54"), dec("21.47"))


def test_value_may_go_by_the_rules_of_a_cancellation(permit: Permit) -> None:
    change_office(exchange_value="cancel", cancel_refund="nothing", cancel_full_days=0)
    new = exchange(permit, other("77.00"), "77.00")
    assert (states(permit, new), left(permit), left(new)) == (["active", "held"], dec("60.00"), dec("0.00"))
    paid_by_card([new.charge], permit.holder)
    assert (states(permit, new), find_problems()) == (["cancelled", "active"], [])


def test_hold_that_lapses_leaves_the_old_permit_as_it_was(permit: Permit) -> None:
    new = exchange(permit, other("77.00"), "47.00")
    assert release_lapsed_holds(at=timezone.now() + timedelta(hours=1)) == 1
    assert (states(permit, new), left(permit), left(new)) == (["active", "released"], dec("60.00"), dec("0.00"))
    assert quote_cancellation(again(permit), at=start_of_day(today())).paid == dec("60.00")
    assert find_problems() == []
    assert exchange(permit, other("20.00"), "-10.00").state == "active"


def test_given_up_before_it_is_paid(permit: Permit) -> None:
    new = exchange(permit, other("77.00"), "47.00")
    with pytest.raises(PermitRefused) as refusal:
        cancel_permit(permit, expected=dec("30.00"), by=permit.holder)
    assert refusal.value.code == "exchange"
    cancel_permit(new, expected=dec("0.00"), by=permit.holder)
    assert (states(permit, new), left(permit)) == (["active", "cancelled"], dec("60.00"))
    assert find_problems() == []


def test_part_paid_and_lapsed_is_surplus_and_the_rest_goes_back(permit: Permit, staff: User) -> None:
    new = exchange(permit, other("77.00"), "47.00")
    promise = promise_payment(make_checkout([new.charge], permit.holder), email="a@example.test")
    process_manually(promise, received=dec("7.00"), received_as=ReceivedAs.CASH, by=staff)
    release_lapsed_holds(at=timezone.now() + timedelta(days=60))
    assert (states(permit, new), left(permit), standing_of(promise).surplus) == (
        ["active", "released"],
        dec("60.00"),
        dec("7.00"),
    )
    assert find_problems() == []


def late(permit: Permit, window: SalesWindow) -> tuple[Permit, Payment]:
    """An exchange whose payment was begun, whose hold lapsed."""
    new = exchange(permit, window, "47.00")
    checkout = make_checkout([new.charge], permit.holder)
    payment = make_payment(checkout, provider="bank", charge_ref="ch_2")
    release_lapsed_holds(at=timezone.now() + timedelta(hours=3))
    return new, payment


def money_comes(payment: Payment) -> Payment:
    record_money(payment, received=payment.amount, account="card", at=timezone.now())
    return fulfil_payment(payment)


@pytest.mark.rule(6)
def test_late_money_finds_the_place_still_free(permit: Permit) -> None:
    new, payment = late(permit, other("77.00"))
    payment = money_comes(payment)
    assert (states(permit, new), payment.attention, left(new)) == (["cancelled", "active"], "", dec("77.00"))
    assert find_problems() == []


@pytest.mark.rule(6)
@pytest.mark.parametrize("gone", ["place", "old permit", "privileges"])
def test_late_money_that_comes_too_late_is_surplus(permit: Permit, gone: str) -> None:
    window = other("77.00", spaces=1)
    new, payment = late(permit, window)
    if gone == "place":
        stranger = make_user()
        reserve_permit(stranger, window=window, vehicles=[make_vehicle(stranger)])
    elif gone == "privileges":
        make_ban(permit.holder)
    else:
        cancel_permit(permit, expected=quote_cancellation(again(permit)).amount, by=permit.holder)
    before = again(permit).state
    payment = money_comes(payment)
    assert (states(permit, new), payment.attention) == ([before, "released"], "surplus")
    assert standing_of(payment).surplus == dec("47.00")
    assert find_problems() == []


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"state": "suspended"}, "not-exchangeable"),
        ({"rollover": True}, "not-exchangeable"),
        ({"valid_before": today()}, "not-exchangeable"),
    ],
)
def test_permit_that_cannot_be_exchanged(permit: Permit, change: dict[str, object], code: str) -> None:
    Permit.objects.filter(pk=permit.pk).update(**change)
    with pytest.raises(PermitRefused) as refusal:
        exchange(again(permit), other("77.00"), "47.00")
    assert (refusal.value.code, Permit.objects.count()) == (code, 1)


@pytest.mark.parametrize("wrong", ["full", "same-lot", "not-for-you", "not-on-sale", "changed"])
def test_lot_that_cannot_be_had_changes_nothing(permit: Permit, wrong: str) -> None:
    window, difference = other("77.00"), "47.00"
    if wrong == "full":
        window = other("77.00", spaces=0)
    elif wrong == "same-lot":
        window = make_window(permit.lot, price="77.00")
    elif wrong == "not-for-you":
        Lot.objects.filter(pk=window.permit_type.lot_id).update(visibility="hidden")
    elif wrong == "not-on-sale":
        SalesWindow.objects.filter(pk=window.pk).update(active=False)
    else:
        difference = "46.00"
    with pytest.raises(PermitRefused) as refusal:
        exchange(permit, window, difference)
    assert (refusal.value.code, states(permit), left(permit)) == (wrong, ["active"], dec("60.00"))


def test_second_exchange_waits_and_the_same_again_is_the_same(permit: Permit) -> None:
    window = other("77.00")
    new = exchange(permit, window, "47.00")
    assert exchange(permit, window, "47.00") == new
    with pytest.raises(PermitRefused) as refusal:
        exchange(permit, other("20.00"), "-10.00")
    assert refusal.value.code == "waiting"


@pytest.mark.rule(36)
def test_exchanged_permit_that_is_cancelled_gives_back_what_both_payments_paid(bank: Books, permit: Permit) -> None:
    new = exchange(permit, other("77.00"), "47.00")
    paid_by_card([new.charge], permit.holder)
    quote = quote_cancellation(again(new))
    assert (quote.paid, quote.amount) == (dec("77.00"), dec("77.00"))
    cancel_permit(again(new), expected=dec("77.00"), by=permit.holder)
    assert sorted(Refund.objects.values_list("amount", flat=True)) == [dec("30.00"), dec("47.00")]
    for refund in Refund.objects.all():
        send_refund(refund_id=refund.pk)
    assert (bank.given(), find_problems()) == (dec("77.00"), [])


@pytest.mark.rule(46)
def test_cheque_that_bounces_after_the_exchange_suspends_the_new_permit(resident: User, staff: User) -> None:
    old = make_permit(resident, make_window(price="60.00"))
    promise = promise_payment(make_checkout([old.charge], resident), email="a@example.test")
    cheque = process_manually(promise, received=dec("60.00"), received_as=ReceivedAs.CHEQUE, by=staff)
    new = exchange(old, other("77.00"), "19.00")
    paid_by_card([new.charge], resident)
    bounce_cheque(cheque, by=staff)
    assert states(old, new) == ["cancelled", "suspended"]
    paid_by_card([again(old).charge], resident)
    assert states(old, new) == ["cancelled", "active"]


@pytest.mark.parametrize("seed", range(4))
def test_whatever_happens_the_books_balance(bank: Books, resident: User, seed: int) -> None:
    """Exchanges, payments, lapses and cancellations in any order: money is never made, and one permit is valid at most."""
    chance = random.Random(seed)
    make_vehicle(resident)
    make_tax(rate="13")
    windows = [other(price, spaces=2) for price in ("20.00", "60.00", "33.33", "77.10")]
    permit = make_permit(resident, windows[0])
    paid_by_card([permit.charge], resident)
    for _step in range(14):
        live = Permit.objects.filter(state="active").first()
        held = Permit.objects.filter(state="held").first()
        act = chance.choice(["exchange", "exchange", "pay", "lapse", "give up"])
        try:
            if act == "exchange" and live:
                window = chance.choice(windows)
                exchange(live, window, str(quote_exchange(live, window=window).difference))
            elif act == "pay" and held:
                paid_by_card([held.charge], resident)
            elif act == "lapse":
                release_lapsed_holds(at=timezone.now() + timedelta(hours=1))
            elif act == "give up" and held:
                cancel_permit(held, expected=dec("0.00"), by=resident)
        except PermitRefused as refusal:
            assert refusal.code in {"same-lot", "waiting", "have-it"}
        assert find_problems() == []
        assert Permit.objects.filter(state="active").count() == 1
    for refund in Refund.objects.filter(state="created"):
        send_refund(refund_id=refund.pk)
    got = sum((payment.received or dec(0) for payment in Payment.objects.filter(state="confirmed")), dec(0))
    [live] = Permit.objects.filter(state="active")
    assert got - bank.given() >= left(live)
    assert find_problems() == []
