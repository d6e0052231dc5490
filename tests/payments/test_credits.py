"""Office credits: linked pairs, spent once, whole, and given back where no money came (FLEX-2, RULES 42 to 44)."""

from collections.abc import Callable
from decimal import Decimal

import pytest
from django.utils import timezone

from accounts.models import Mail, User
from payments.errors import AlreadyPaid, PaymentRefused
from payments.models import Adjustment, Charge, Checkout, LedgerEntry, Payment, PaymentMethod, SandboxSession
from payments.models.payment import ReceivedAs
from payments.services.attempts import resolve_payment, start_card_payment
from payments.services.credits import add_credit, credit_for, rests_of, reverse_credit
from payments.services.promises import pay_by_credit, process_manually, promise_payment, withdraw_promise
from tests.factories import make_charge, make_checkout, make_company, make_manager, make_member, make_user
from tests.payments.conftest import begin, pay_at_provider

Ledger = Callable[[Payment], dict[str, Decimal]]


def dec(text: str) -> Decimal:
    return Decimal(text)


def owe(payer: User | None, *, amount: str = "50.00") -> Charge:
    """A fee that this person, or a guest, owes: nothing stands behind it."""
    return make_charge(payer, kind="fee", amount=amount)


def give(
    user: User, amount: str, *, by: User | None = None, method: str = "payroll", received_as: str = ""
) -> Adjustment:
    """Credit of that much, without items."""
    by, kind = by or make_user(is_staff=True), PaymentMethod.objects.get(code=method)
    as_ = ReceivedAs(received_as) if received_as else None
    return add_credit(user, charges=[], method=kind, amount=dec(amount), received_as=as_, by=by)


def standing(credit: Adjustment) -> Decimal:
    """What the ledger says is left of it."""
    return -sum((entry.amount for entry in credit.entries.filter(account="credit")), start=dec("0.00"))


def spendable(user: User) -> list[Decimal]:
    return [credit.amount for credit in Adjustment.objects.for_user(user).spendable()]


def start(checkout: Checkout, credit: str) -> Payment:
    start_card_payment(checkout, email="a@example.test", credit=dec(credit))
    return checkout.payments.in_flight().get()


def cash(checkout: Checkout, credit: str) -> Payment:
    return promise_payment(checkout, email="a@example.test", credit=dec(credit))


# Adding -------------------------------------------------------------------------------------------------------------


def test_credit_makes_a_linked_pair(resident: User, staff: User, charge: Charge) -> None:
    other = owe(resident)
    payroll = PaymentMethod.objects.get(code="payroll")
    credit = add_credit(
        resident, charges=[charge, other], method=payroll, amount=dec("45.00"), comment="Flex", by=staff
    )
    received = credit.counterpart
    assert received is not None
    assert received.counterpart == credit
    halves = [(half.amount, half.state, half.method_id, half.comment, half.user) for half in (received, credit)]
    assert halves == [
        (dec("45.00"), "processed", "payroll", "Flex", resident),
        (dec("-45.00"), "unprocessed", "payroll", "Flex", resident),
    ]
    assert [set(half.charges.all()) for half in (received, credit)] == [{charge, other}] * 2
    assert [half.events.get().by for half in (received, credit)] == [staff, staff]
    entries = LedgerEntry.objects.filter(payment=None).order_by("pk").values_list("account", "amount", "adjustment")
    assert list(entries) == [("office", dec("45.00"), credit.pk), ("credit", dec("-45.00"), credit.pk)]


@pytest.mark.parametrize("method", ["card", "credit", "eft"])
def test_what_the_office_is_not_given_makes_no_credit(resident: User, method: str) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        give(resident, "45.00", method=method)
    assert (refusal.value.code, Adjustment.objects.count()) == ("method", 0)


def test_method_for_other_items_makes_no_credit(resident: User, staff: User, charge: Charge) -> None:
    PaymentMethod.objects.filter(code="payroll").update(kinds=["permit"])
    payroll = PaymentMethod.objects.get(code="payroll")
    with pytest.raises(PaymentRefused):
        add_credit(resident, charges=[charge], method=payroll, amount=dec("5.00"), by=staff)


@pytest.mark.parametrize("amount", ["0.00", "-45.00"])
def test_no_amount_makes_no_credit(resident: User, amount: str) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        give(resident, amount)
    assert (refusal.value.code, LedgerEntry.objects.count()) == ("amount", 0)


# Spending -----------------------------------------------------------------------------------------------------------


def test_credit_lowers_what_the_card_pays(resident: User, checkout: Checkout, charge: Charge, ledger: Ledger) -> None:
    credit = give(resident, "12.00")
    payment = start(checkout, "12.00")
    assert (payment.amount, spendable(resident)) == (dec("18.00"), [])
    assert SandboxSession.objects.get().lines == [[charge.description, "18.00"]]
    pay_at_provider(payment)
    payment = resolve_payment(payment)
    assert ledger(payment) == {
        "card": dec("18.00"),
        "credit": dec("12.00"),
        "charge": dec("-50.00"),
        "discount": dec("20.00"),
    }
    credit.refresh_from_db()
    charge.refresh_from_db()
    assert (credit.state, credit.payment, standing(credit)) == ("processed", payment, dec("0.00"))
    assert (charge.state, payment.attention, payment.received) == ("settled", "", dec("18.00"))


def test_credit_lowers_what_is_brought_in_cash(resident: User, checkout: Checkout, staff: User, ledger: Ledger) -> None:
    give(resident, "12.00")
    payment = cash(checkout, "12.00")
    assert (payment.amount, payment.method_id) == (dec("18.00"), "cash")
    process_manually(payment, received=dec("18.00"), received_as=ReceivedAs.CASH, by=staff)
    assert (ledger(payment)["office"], ledger(payment)["credit"]) == (dec("18.00"), dec("12.00"))


@pytest.mark.rule(44)
def test_credit_covering_everything_needs_no_provider(
    resident: User, checkout: Checkout, charge: Charge, ledger: Ledger
) -> None:
    give(resident, "30.00")
    payment = pay_by_credit(checkout, email="a@example.test", credit=dec("30.00"))
    charge.refresh_from_db()
    assert (payment.state, payment.method_id, payment.amount, payment.received) == (
        "confirmed",
        "credit",
        dec("0.00"),
        dec("0.00"),
    )
    assert (charge.state, payment.receipt.number[:2], SandboxSession.objects.count()) == ("settled", "R-", 0)
    assert ledger(payment) == {"credit": dec("30.00"), "charge": dec("-50.00"), "discount": dec("20.00")}
    mail = Mail.objects.get(kind="receipt")
    assert mail.subject == f"Receipt {payment.receipt.number}: $30.00 paid by office credit"
    with pytest.raises(AlreadyPaid):
        pay_by_credit(checkout, email="a@example.test", credit=dec("30.00"))


@pytest.mark.rule(42)
def test_larger_credit_leaves_the_rest_as_new_linked_credit(resident: User, checkout: Checkout) -> None:
    credit = give(resident, "100.00")
    payment = pay_by_credit(checkout, email="a@example.test", credit=dec("100.00"))
    rest = credit.rests.get()
    assert (rest.amount, rest.state, rest.method_id, rest.user) == (dec("-70.00"), "unprocessed", "payroll", resident)
    assert (standing(credit), standing(rest), spendable(resident)) == (dec("0.00"), dec("70.00"), [dec("-70.00")])
    entries = payment.entries.filter(account="credit").order_by("pk").values_list("amount", "adjustment")
    assert list(entries) == [(dec("100.00"), credit.pk), (dec("-70.00"), rest.pk)]


def test_several_credits_pay_several_items_the_oldest_first(resident: User, ledger: Ledger) -> None:
    old, middle, young = (give(resident, amount) for amount in ("20.00", "50.00", "9.00"))
    charges = [owe(resident, amount="25.00"), owe(resident, amount="15.00")]
    payment = pay_by_credit(make_checkout(charges, resident), email="a@example.test", credit=dec("79.00"))
    assert ledger(payment) == {"credit": dec("40.00"), "charge": dec("-40.00")}
    assert [standing(credit) for credit in (old, middle, young)] == [dec("0.00"), dec("0.00"), dec("9.00")]
    assert spendable(resident) == [dec("-9.00"), dec("-30.00")] or spendable(resident) == [dec("-30.00"), dec("-9.00")]
    assert set(Charge.objects.values_list("state", flat=True)) == {"settled"}


def test_credit_of_others_and_a_companys_invoice_are_left_alone(resident: User) -> None:
    company = make_company()
    manager, member = make_manager(company).user, make_member(company, resident).user
    give(manager, "40.00")
    give(member, "40.00")
    checkout = make_checkout([owe(member, amount="40.00")], manager, company=company)
    assert credit_for(checkout) == []
    with pytest.raises(PaymentRefused):
        start(checkout, "40.00")
    assert credit_for(make_checkout([owe(None)], None)) == []
    assert start_card_payment(checkout, email="a@example.test").url
    assert checkout.payments.get().amount == dec("40.00")


def test_another_credit_than_was_shown_is_refused_and_charges_nothing(resident: User, checkout: Checkout) -> None:
    give(resident, "12.00")
    for pay in (start, cash):
        with pytest.raises(PaymentRefused) as refusal:
            pay(checkout, "11.00")
        assert (refusal.value.code, Payment.objects.count()) == ("credit", 0)
    with pytest.raises(PaymentRefused):
        pay_by_credit(checkout, email="a@example.test", credit=dec("12.00"))
    assert (Payment.objects.count(), spendable(resident)) == (0, [dec("-12.00")])


def test_credit_that_is_switched_off_is_not_spent(resident: User, checkout: Checkout) -> None:
    give(resident, "30.00")
    PaymentMethod.objects.filter(code="credit").update(active=False)
    assert credit_for(checkout) == []
    with pytest.raises(PaymentRefused):
        pay_by_credit(checkout, email="a@example.test", credit=dec("30.00"))


def test_second_click_with_the_same_credit_is_the_same_page(resident: User, checkout: Checkout) -> None:
    give(resident, "12.00")
    first, second = start(checkout, "12.00"), start(checkout, "12.00")
    assert first == second


def test_credit_added_while_the_card_page_is_open_makes_a_new_page(resident: User, checkout: Checkout) -> None:
    first = start(checkout, "0.00")
    give(resident, "12.00")
    second = start(checkout, "12.00")
    first.refresh_from_db()
    assert (first.state, second.amount) == ("expired", dec("18.00"))


def test_credit_of_an_attempt_moves_to_the_promise_that_replaces_it(resident: User, checkout: Checkout) -> None:
    credit = give(resident, "12.00")
    start(checkout, "12.00")
    assert credit_for(checkout) == [credit]
    payment = cash(checkout, "12.00")
    credit.refresh_from_db()
    assert (credit.payment, payment.amount) == (payment, dec("18.00"))


# Payments that end without money, or late ---------------------------------------------------------------------------


def test_payment_that_ends_without_money_gives_the_credit_back(resident: User, checkout: Checkout) -> None:
    give(resident, "12.00")
    payment = start(checkout, "12.00")
    SandboxSession.objects.update(state="expired")
    assert resolve_payment(payment).state == "expired"
    assert spendable(resident) == [dec("-12.00")]


def test_withdrawn_promise_gives_the_credit_back(resident: User, checkout: Checkout) -> None:
    give(resident, "30.00")
    payment = cash(checkout, "30.00")
    assert (payment.method_id, payment.amount, spendable(resident)) == ("credit", dec("0.00"), [])
    withdraw_promise(payment)
    assert spendable(resident) == [dec("-30.00")]
    with pytest.raises(PaymentRefused) as refusal:
        process_manually(payment, received=dec("0.00"), by=make_user(is_staff=True))
    assert refusal.value.code == "credit"


def test_late_money_finds_its_credit_still_there(resident: User, payment: Payment, charge: Charge) -> None:
    give(resident, "12.00")
    payment = start(payment.checkout, "12.00")
    SandboxSession.objects.update(state="expired")
    resolve_payment(payment)
    SandboxSession.objects.update(state="paid")
    payment = resolve_payment(payment)
    charge.refresh_from_db()
    assert (payment.state, payment.attention, charge.state) == ("confirmed", "", "settled")


def test_late_money_after_the_credit_went_elsewhere_is_partial_and_flagged(
    resident: User, checkout: Checkout, charge: Charge, ledger: Ledger
) -> None:
    give(resident, "12.00")
    late = start(checkout, "12.00")
    SandboxSession.objects.update(state="expired")
    resolve_payment(late)
    other = make_checkout([owe(resident, amount="12.00")], resident)
    pay_by_credit(other, email="a@example.test", credit=dec("12.00"))
    SandboxSession.objects.update(state="paid")
    late = resolve_payment(late)
    charge = Charge.objects.with_standing().get(pk=charge.pk)
    assert (late.state, late.attention) == ("confirmed", "partial")
    assert ledger(late) == {"card": dec("18.00"), "charge": dec("-18.00")}
    assert (charge.state, charge.owed) == ("open", dec("32.00"))


def test_money_for_what_somebody_else_paid_is_surplus_and_the_credit_stays(
    resident: User, checkout: Checkout, charge: Charge, ledger: Ledger
) -> None:
    give(resident, "12.00")
    payment = start(checkout, "12.00")
    guest = begin(make_checkout([charge], None))
    for paid in (guest, payment):
        pay_at_provider(paid)
        resolve_payment(paid)
    payment.refresh_from_db()
    assert (payment.attention, ledger(payment)) == ("surplus", {"card": dec("18.00"), "surplus": dec("-18.00")})
    assert spendable(resident) == [dec("-12.00")]


def test_part_of_the_cash_spends_the_credit_and_leaves_the_rest_owed(
    resident: User, checkout: Checkout, charge: Charge, staff: User
) -> None:
    give(resident, "12.00")
    process_manually(cash(checkout, "12.00"), received=dec("10.00"), received_as=ReceivedAs.CASH, by=staff)
    charge = Charge.objects.with_standing().get(pk=charge.pk)
    assert (charge.owed, spendable(resident)) == (dec("28.00"), [])


def test_more_cash_than_promised_keeps_credit_instead(resident: User, checkout: Checkout, staff: User) -> None:
    give(resident, "12.00")
    payment = process_manually(cash(checkout, "12.00"), received=dec("25.00"), received_as=ReceivedAs.CASH, by=staff)
    assert (payment.attention, spendable(resident)) == ("", [dec("-7.00")])


# Reversing ----------------------------------------------------------------------------------------------------------


def test_reversing_takes_both_halves_back(resident: User, staff: User) -> None:
    credit = reverse_credit(give(resident, "45.00"), reason="Typed twice", by=staff)
    assert credit.counterpart is not None
    assert (credit.state, credit.counterpart.state, spendable(resident)) == ("reversed", "reversed", [])
    assert (standing(credit), sum(LedgerEntry.objects.values_list("amount", flat=True))) == (dec("0.00"), dec("0.00"))
    event = credit.events.get(to_state="reversed")
    assert (event.by, event.reason) == (staff, "Typed twice")
    with pytest.raises(PaymentRefused) as refusal:
        reverse_credit(credit, reason="Again", by=staff)
    assert refusal.value.code == "reversed"


@pytest.mark.rule(43)
def test_partly_spent_credit_is_refused_with_what_remains(resident: User, checkout: Checkout, staff: User) -> None:
    credit = give(resident, "100.00")
    pay_by_credit(checkout, email="a@example.test", credit=dec("100.00"))
    other = make_checkout([owe(resident, amount="30.00")], resident)
    pay_by_credit(other, email="a@example.test", credit=dec("70.00"))
    with pytest.raises(PaymentRefused) as refusal:
        reverse_credit(credit, reason="Mistake", by=staff)
    assert refusal.value.message == (
        "This credit is spent, and $40.00 of it remain. Reverse that rest, or refund the payment."
    )
    (rest,) = rests_of(credit)
    assert reverse_credit(rest, reason="Mistake", by=staff).state == "reversed"
    credit.refresh_from_db()
    assert (credit.state, spendable(resident)) == ("processed", [])


def test_held_credit_and_the_other_half_and_given_back_money_are_not_reversed(
    resident: User, checkout: Checkout, staff: User
) -> None:
    credit = give(resident, "12.00")
    payment = cash(checkout, "12.00")
    own = Adjustment.objects.create(user=resident, amount=dec("-5.00"))
    for refused, code in ((credit, "held"), (credit.counterpart, "half"), (own, "refund")):
        assert refused is not None
        with pytest.raises(PaymentRefused) as refusal:
            reverse_credit(refused, reason="Mistake", by=staff)
        assert refusal.value.code == code
    withdraw_promise(payment)
    assert reverse_credit(credit, reason="Mistake", by=staff, at=timezone.now()).state == "reversed"
