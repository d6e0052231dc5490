"""Statements agree with the ledger, whatever happened and wherever a period is cut."""

from datetime import date, timedelta
from decimal import Decimal

import pytest
from django.db import transaction
from django.db.models import Sum
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.models import User
from opscom.lib.dates import end_of_day, start_of_day, today
from opscom.lib.money import ZERO
from payments.models import Adjustment, Charge, LedgerEntry, Payment, Refund
from payments.models.payment import ReceivedAs
from payments.services.attempts import resolve_payment
from payments.services.charges import applied_to, create_free_charge, lock_charges, void_charge
from payments.services.ledger import book
from payments.services.promises import process_manually, promise_payment
from payments.services.statements import Column, of_company, of_person, write_statement
from tests.factories import make_charge, make_checkout, make_company, make_manager, make_member, make_user
from tests.payments.conftest import begin, pay_at_provider

pytestmark = pytest.mark.django_db
Account = LedgerEntry.Account
START = start_of_day(date(2026, 3, 1)) + timedelta(hours=9)  # daylight saving begins a week later
STEPS = st.lists(
    st.tuples(st.sampled_from(["charge", "early", "pay", "void", "refund", "credit"]), st.integers(1, 9000)),
    max_size=12,
)


class Life:
    """One person to whom things happen, some hours apart."""

    def __init__(self) -> None:
        self.user, self.staff, self.at = make_user(), make_user(is_staff=True), START

    def step(self, what: str, cents: int) -> None:
        self.at += timedelta(hours=7)
        getattr(self, what)(Decimal(cents) / 100)

    def charge(self, amount: Decimal) -> None:
        make_charge(self.user, amount=str(amount), at=self.at)

    def early(self, amount: Decimal) -> None:
        day = today(self.at) + timedelta(days=2)
        make_charge(self.user, amount=str(amount + 5), reduced_amount=amount, reduced_through=day, at=self.at)

    def pay(self, received: Decimal) -> None:
        charge = Charge.objects.for_user(self.user).open().first()
        if charge:
            checkout = make_checkout([charge], self.user, at=self.at)
            promise = promise_payment(checkout, email="a@example.test", at=self.at)
            process_manually(promise, received=received, received_as=ReceivedAs.CASH, by=self.staff, at=self.at)

    def void(self, _amount: Decimal) -> None:
        charge = Charge.objects.for_user(self.user).open().last()
        if charge:
            with transaction.atomic():
                void_charge(lock_charges([charge.pk])[charge.pk], at=self.at, reason="mistake")

    def refund(self, amount: Decimal) -> None:
        payment = Payment.objects.filter(checkout__user=self.user, state="confirmed").first()
        charge = Charge.objects.for_user(self.user).filter(state="settled").first()
        if payment and charge:
            refund = Refund.objects.create(payment=payment, charge=charge, amount=amount, target="office", reason="x")
            self._book(payment, charge, refund, amount)

    def _book(self, payment: Payment, charge: Charge, refund: Refund, amount: Decimal) -> None:
        common = {"at": self.at, "payment": payment, "refund": refund}
        book(
            [
                LedgerEntry(**common, charge=charge, account=Account.REFUND, amount=amount, key=f"{refund.code}:1"),
                LedgerEntry(**common, account=Account.OFFICE, amount=ZERO - amount, key=f"{refund.code}:2"),
            ]
        )

    def credit(self, amount: Decimal) -> None:
        adjustment = Adjustment.objects.create(user=self.user, amount=ZERO - amount, created_at=self.at)
        common = {"at": self.at, "adjustment": adjustment}
        book(
            [
                LedgerEntry(**common, account=Account.OFFICE, amount=amount, key=f"{adjustment.code}:1"),
                LedgerEntry(**common, account=Account.CREDIT, amount=ZERO - amount, key=f"{adjustment.code}:2"),
            ]
        )

    def owes(self) -> Decimal:
        """From the rows themselves: open debts less surplus and credit."""
        charges = list(Charge.objects.for_user(self.user).exclude(state="void"))
        entries = LedgerEntry.objects.filter(account=Account.SURPLUS, payment__checkout__user=self.user)
        credit = LedgerEntry.objects.filter(account=Account.CREDIT, adjustment__user=self.user)
        return (
            sum((charge.amount for charge in charges), start=ZERO)
            - sum(applied_to(charges).values(), start=ZERO)
            + sum((rows.aggregate(sum=Sum("amount"))["sum"] or ZERO for rows in (entries, credit)), start=ZERO)
        )


@settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS, cut=st.integers(0, 5))
def test_balances_agree_with_the_ledger(db: None, steps: list[tuple[str, int]], cut: int) -> None:
    life = Life()
    for what, cents in steps:
        life.step(what, cents)
    first, last, middle = today(START), today(life.at), today(START) + timedelta(days=cut)
    whole = write_statement(of_person(life.user), first=first, last=max(last, middle))
    before = write_statement(of_person(life.user), first=first, last=middle)
    after = write_statement(of_person(life.user), first=middle + timedelta(days=1), last=max(last, middle))
    assert (whole.opening, whole.closing) == (ZERO, life.owes())
    assert (after.opening, after.closing) == (before.closing, whole.closing)
    assert [*before.lines, *after.lines] == whole.lines
    assert whole.closing == whole.opening + sum(line.amount for line in whole.lines)


def test_early_payment_and_refund_stand_in_their_columns(resident: User) -> None:
    life = Life()
    life.user = resident
    life.early(Decimal("30.00"))
    life.pay(Decimal("30.00"))
    life.refund(Decimal("10.00"))
    statement = write_statement(of_person(resident), first=today(START), last=today(START))
    number = Payment.objects.get().receipt.number
    assert [(line.column, line.what, line.amount) for line in statement.lines] == [
        (Column.CHARGES, "Ticket", Decimal("35.00")),
        (Column.PAYMENTS, f"Cash or Cheque, receipt {number}", Decimal("-30.00")),
        (Column.CHARGES, "Early payment discount: Ticket", Decimal("-5.00")),
        (Column.CHARGES, "Given back: Ticket", Decimal("-10.00")),
        (Column.REFUNDS, "Refund", Decimal("10.00")),
    ]
    assert statement.closing == ZERO


def test_period_begins_and_ends_at_the_offices_midnight(resident: User) -> None:
    night = end_of_day(date(2026, 3, 1)) - timedelta(minutes=1)
    make_charge(resident, amount="1.00", at=night)
    make_charge(resident, amount="2.00", at=night + timedelta(minutes=1))
    days = [today(night), today(night) + timedelta(days=1)]
    statements = [write_statement(of_person(resident), first=day, last=day) for day in days]
    assert [(one.opening, one.closing) for one in statements] == [
        (ZERO, Decimal("1.00")),
        (Decimal("1.00"), Decimal("3.00")),
    ]


def test_what_was_given_for_nothing_stands_in_none() -> None:
    user = make_user()
    create_free_charge("permit", payer=user, description="Permit", reason="free of charge", at=START)
    assert write_statement(of_person(user), first=today(START), last=today(START)).lines == []


def test_company_pays_for_its_people() -> None:
    company = make_company()
    manager, member = make_manager(company).user, make_member(company).user
    charges = [make_charge(member), make_charge(manager, amount="20.00")]
    payment = begin(make_checkout([charges[0]], manager, company=company))
    pay_at_provider(payment)
    number = resolve_payment(payment).receipt.number
    own = begin(make_checkout([charges[1]], manager))
    pay_at_provider(own)
    resolve_payment(own)
    day = today()
    company_lines = write_statement(of_company(company), first=day, last=day).lines
    assert [(line.what, line.amount) for line in company_lines] == [
        (f"Ticket ({member.get_full_name()})", Decimal("50.00")),
        (f"Ticket ({manager.get_full_name()})", Decimal("20.00")),
        (f"Credit Card, receipt {number}", Decimal("-50.00")),
        ("Paid by somebody else", Decimal("-20.00")),
    ]
    members = write_statement(of_person(member), first=day, last=day)
    assert [line.what for line in members.lines] == ["Ticket", "Paid by Northfield Labs"]


def test_what_a_company_paid_for_who_has_left_stays_on_its_statement() -> None:
    company = make_company()
    manager, membership = make_manager(company).user, make_member(company)
    paid, own = make_charge(membership.user), make_charge(membership.user, amount="20.00")
    payment = begin(make_checkout([paid], manager, company=company))
    pay_at_provider(payment)
    number = resolve_payment(payment).receipt.number
    before = write_statement(of_company(company), first=today(), last=today())
    assert before.closing == own.amount
    membership.active = False
    membership.save()
    after = write_statement(of_company(company), first=today(), last=today())
    assert [(line.what, line.amount) for line in after.lines] == [
        (f"Ticket ({membership.user.get_full_name()})", Decimal("50.00")),
        (f"Credit Card, receipt {number}", Decimal("-50.00")),
    ]
    assert after.closing == ZERO
    assert write_statement(of_company(make_company(code="other")), first=today(), last=today()).lines == []


def test_what_an_earlier_company_paid_is_somebody_elses_to_the_next() -> None:
    first, second = make_company(), make_company(name="Glasshouse Works")
    membership = make_member(first)
    payment = begin(make_checkout([make_charge(membership.user)], make_manager(first).user, company=first))
    pay_at_provider(payment)
    code = resolve_payment(payment).receipt.code
    membership.company = second
    membership.save()
    here, there = (write_statement(of_company(one), first=today(), last=today()) for one in (first, second))
    assert [line.receipt for line in here.lines] == ["", code]
    assert [(line.what, line.receipt) for line in there.lines][1] == ("Paid by somebody else", "")
