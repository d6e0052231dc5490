"""Money is confirmed once, booked in full, and never lost (RULES 6, 9, 18 to 21, 26 to 29)."""

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from decimal import Decimal

import pytest
from django.db.models import Sum
from django.utils import timezone

from accounts.models import Mail, User
from opscom.lib.office import office, settings_once
from payments.models import Charge, Checkout, LedgerEntry, Payment, Receipt
from payments.providers.base import Outcome, Result
from payments.services.attempts import resolve_payment
from payments.services.settle import fulfil_payment, record_money, settle_payment
from permits.services.reserve import release_lapsed_holds, reserve_permit
from tests.accounts.office import SETTINGS_READ
from tests.factories import (
    change_office,
    make_block,
    make_charge,
    make_checkout,
    make_lot,
    make_permit,
    make_user,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.views.counting import queries
from violations.models import Violation
from violations.payables import ViolationPayable
from violations.services.issue import spoil_violation

Ledger = Callable[[Payment], dict[str, Decimal]]


def approved(payment: Payment) -> Outcome:
    """The provider's word that it was paid as asked."""
    return Outcome(Result.APPROVED, payment.provider_ref, payment.code, payment.amount, payment.currency)


def test_settling_books_the_money_and_gives_what_was_bought(payment: Payment, charge: Charge, ledger: Ledger) -> None:
    payment = settle_payment(payment, approved(payment))
    charge.refresh_from_db()
    assert (payment.state, charge.state) == ("confirmed", "settled")
    assert ledger(payment) == {"card": Decimal("30.00"), "charge": Decimal("-50.00"), "discount": Decimal("20.00")}
    assert payment.fulfilled_at is not None
    assert payment.checkout.lines.get().charge.state == "settled"


@pytest.mark.parametrize("permits", [1, 3])
def test_settling_costs_three_statements_for_each_further_permit(resident: User, permits: int) -> None:
    held = [make_permit(resident, make_window()) for _ in range(permits)]
    payment = begin(make_checkout([permit.charge for permit in held], resident))
    office()
    with settings_once(), queries(15 + SETTINGS_READ + 3 * permits):
        settle_payment(payment, approved(payment))


@pytest.mark.parametrize("tickets", [1, 3])
def test_settling_costs_six_statements_for_each_further_ticket(resident: User, tickets: int) -> None:
    vehicle = make_vehicle(resident)
    owed = [make_violation(vehicle).charge for _ in range(tickets)]
    payment = begin(make_checkout(owed, resident))
    office()
    with settings_once(), queries(15 + SETTINGS_READ + 6 * tickets):
        settle_payment(payment, approved(payment))


@pytest.mark.rule(18)
def test_settling_twice_changes_nothing(payment: Payment) -> None:
    for _ in range(3):
        settle_payment(payment, approved(payment))
        payment.refresh_from_db()
    assert LedgerEntry.objects.count() == 3
    assert Receipt.objects.count() == 1
    assert Mail.objects.filter(kind="receipt").count() == 1
    assert payment.events.filter(to_state="confirmed").count() == 1


@pytest.mark.parametrize(
    "wrong",
    [
        {"amount": Decimal("29.99")},
        {"amount": Decimal("30.01")},
        {"currency": "USD"},
        {"reference": "SOMEBODYELSES"},
        {"provider_ref": "sbx_other"},
    ],
)
@pytest.mark.rule(20)
def test_outcome_that_is_not_ours_pays_nothing_and_is_shown_to_staff(
    payment: Payment, wrong: dict[str, object]
) -> None:
    change_office(staff_email="desk@example.test")
    settle_payment(payment, replace(approved(payment), **wrong))  # type: ignore[arg-type]
    payment.refresh_from_db()
    assert (payment.state, payment.attention) == ("redirected", "mismatch")
    assert payment.note.startswith(f"ours 30.00 CAD for {payment.code} ({payment.provider_ref}); theirs ")
    assert LedgerEntry.objects.count() == 0
    assert list(Mail.objects.values_list("kind", "to")) == [("attention", "desk@example.test")]


def test_price_of_the_checkout_counts_even_if_it_changed_since(payment: Payment, charge: Charge) -> None:
    Charge.objects.update(reduced_through=timezone.localdate() - timedelta(days=1))
    payment = settle_payment(payment, approved(payment))
    charge.refresh_from_db()
    assert (payment.attention, charge.state) == ("", "settled")


def test_receipt_numbers_run_without_gaps(resident: User) -> None:
    for _ in range(3):
        payment = begin(make_checkout([make_violation().charge], resident))
        settle_payment(payment, approved(payment))
    year = timezone.localdate().year
    assert list(Receipt.objects.order_by("pk").values_list("number", flat=True)) == [
        f"R-{year}-{n:05d}" for n in (1, 2, 3)
    ]


@pytest.mark.rule(26, 28)
def test_money_for_a_void_ticket_is_surplus_and_the_ticket_stays_void(
    payment: Payment, staff: User, ledger: Ledger
) -> None:
    violation = violation_of(payment)
    spoil_violation(violation, by=staff, reason="wrong plate")
    payment = settle_payment(payment, approved(payment))
    violation.refresh_from_db()
    assert violation.state == "void"
    assert (payment.state, payment.attention) == ("confirmed", "surplus")
    assert ledger(payment) == {"card": Decimal("30.00"), "surplus": Decimal("-30.00")}


@pytest.mark.rule(27)
def test_two_payers_of_one_ticket_pay_it_once(payment: Payment, charge: Charge, ledger: Ledger) -> None:
    guest = begin(make_checkout([charge]))
    settle_payment(guest, approved(guest))
    owner = settle_payment(payment, approved(payment))
    guest.refresh_from_db()
    assert (guest.attention, owner.attention) == ("", "surplus")
    assert ledger(owner) == {"card": Decimal("30.00"), "surplus": Decimal("-30.00")}
    assert LedgerEntry.objects.filter(charge=charge, account="charge").aggregate(s=Sum("amount"))["s"] == Decimal(
        "-50.00"
    )


@pytest.mark.rule(29)
def test_partly_paid_charge_that_ends_turns_into_surplus(resident: User, staff: User, ledger: Ledger) -> None:
    violation = make_violation()
    checkout = make_checkout([violation.charge], resident)
    payment = begin(checkout)
    record_money(payment, received=Decimal("10.00"), account="office", at=timezone.now())
    spoil_violation(violation, by=staff, reason="wrong plate")
    payment.refresh_from_db()
    assert payment.attention == "surplus"
    assert ledger(payment) == {"office": Decimal("10.00"), "charge": Decimal("0.00"), "surplus": Decimal("-10.00")}


def test_paid_after_the_hold_lapsed_takes_the_place_again_if_one_is_left(resident: User) -> None:
    permit = make_permit(resident)
    payment = begin(make_checkout([permit.charge], resident))
    late = timezone.now() + timedelta(hours=2)
    assert release_lapsed_holds(at=late) == 1
    pay_at_provider(payment)
    payment = resolve_payment(payment)
    permit.refresh_from_db()
    assert (permit.state, payment.attention) == ("active", "")


def test_paid_after_the_hold_lapsed_and_the_lot_filled_is_recorded_and_not_activated(
    resident: User, ledger: Ledger
) -> None:
    lot = make_lot(spaces=1)
    window = make_window(lot)
    permit = make_permit(resident, window)
    payment = begin(make_checkout([permit.charge], resident))
    release_lapsed_holds(at=timezone.now() + timedelta(hours=2))
    other = make_user()
    reserve_permit(other, window=window, vehicles=[make_vehicle(other)])
    pay_at_provider(payment)
    payment = resolve_payment(payment)
    permit.refresh_from_db()
    assert (permit.state, payment.state, payment.attention) == ("released", "confirmed", "surplus")
    assert ledger(payment) == {"card": Decimal("77.00"), "surplus": Decimal("-77.00")}


def test_late_money_does_not_give_a_second_permit(resident: User) -> None:
    window = make_window()
    permit = make_permit(resident, window)
    payment = begin(make_checkout([permit.charge], resident))
    release_lapsed_holds(at=timezone.now() + timedelta(hours=2))
    make_permit(resident, window)
    pay_at_provider(payment)
    assert resolve_payment(payment).attention == "surplus"


def test_office_block_counts_when_late_money_comes(resident: User) -> None:
    lot = make_lot(spaces=1)
    permit = make_permit(resident, make_window(lot))
    payment = begin(make_checkout([permit.charge], resident))
    release_lapsed_holds(at=timezone.now() + timedelta(hours=2))
    make_block(lot, 1)
    pay_at_provider(payment)
    assert resolve_payment(payment).attention == "surplus"


@pytest.mark.rule(18)
def test_failed_fulfilment_keeps_the_money_and_is_repeated(
    payment: Payment, charge: Charge, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(*_args: object) -> None:
        raise RuntimeError("printer on fire")

    with monkeypatch.context() as patch:
        patch.setattr(ViolationPayable, "on_settled", broken)
        payment = settle_payment(payment, approved(payment))
    assert (payment.state, payment.attention, payment.fulfilled_at) == ("confirmed", "fulfilment", None)
    assert LedgerEntry.objects.count() == 3
    assert Mail.objects.filter(kind="receipt").count() == 0
    payment = fulfil_payment(payment)
    assert (payment.attention, payment.fulfilled_at is not None) == ("", True)
    assert violation_of(payment).state == "paid"


def test_every_payment_sums_to_zero_in_the_books(payment: Payment, resident: User) -> None:
    settle_payment(payment, approved(payment))
    other = begin(make_checkout([make_violation().charge, make_charge(resident, kind="violation")], resident))
    record_money(other, received=Decimal("200.00"), account="office", at=timezone.now())
    sums = (
        LedgerEntry.objects.order_by().values("payment").annotate(total=Sum("amount")).values_list("total", flat=True)
    )
    assert [Decimal(total) for total in sums] == [Decimal("0"), Decimal("0")]


def violation_of(payment: Payment) -> Violation:
    """The ticket that a payment is for."""
    return Violation.objects.get(charge=payment.checkout.lines.get().charge)


def test_checkout_is_done_once_paid(payment: Payment) -> None:
    settle_payment(payment, approved(payment))
    assert Checkout.objects.get().state == "done"
