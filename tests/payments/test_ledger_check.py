"""Each invariant of the books, broken by hand, is named with its row; whole books are proved whole."""

from datetime import timedelta
from decimal import Decimal
from io import StringIO

import pytest
from django.core.management import call_command
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import Mail, User
from payments.models import Adjustment, Charge, LedgerCheck, LedgerEntry, Payment, Receipt, ReceiptSeries, Refund
from payments.services.attempts import resolve_payment
from payments.services.ledger import book
from payments.services.ledger_check import INVARIANTS, NAMED, Invariant, Problem, check_ledger, find_problems
from payments.tasks import check_books
from tests.factories import change_office, make_charge, make_checkout, make_payment
from tests.payments.conftest import pay_at_provider
from tests.together import all_at_once

pytestmark = pytest.mark.django_db


@pytest.fixture
def paid(payment: Payment) -> Payment:
    """$30 by card for a ticket of $50."""
    pay_at_provider(payment)
    return resolve_payment(payment)


@pytest.fixture
def credit(resident: User) -> Adjustment:
    """$10 of credit that the office has given."""
    adjustment = Adjustment.objects.create(user=resident, amount=Decimal("-10.00"))
    own = {"adjustment": adjustment}
    book(
        [
            LedgerEntry(account="office", amount=Decimal("10.00"), key="credit:office", **own),
            LedgerEntry(account="credit", amount=Decimal("-10.00"), key="credit:credit", **own),
        ]
    )
    return adjustment


def enter(amount: str, **fields: object) -> None:
    """An entry past the one door, so nothing balances it."""
    number = LedgerEntry.objects.count()
    LedgerEntry.objects.create(amount=Decimal(amount), key=f"wrong:{number}", **fields)


def give_back(payment: Payment, amount: str, state: str = "created", charge: Charge | None = None) -> Refund:
    """A refund with no entries."""
    return Refund.objects.create(payment=payment, charge=charge, amount=Decimal(amount), target="card", state=state)


def found() -> dict[str, list[str]]:
    """Each broken invariant with its rows."""
    return {problem.invariant.name: sorted(problem.rows) for problem in find_problems()}


def test_whole_books_are_proved_whole(paid: Payment, credit: Adjustment, resident: User) -> None:
    make_charge(resident)
    give_back(paid, "30.00", charge=paid.checkout.lines.get().charge)
    assert find_problems() == []


def test_payment_whose_entries_do_not_balance(paid: Payment) -> None:
    enter("0.01", payment=paid, account="card")
    assert found() == {"payments_balance": [f"{paid.code}: 1"]}


def test_adjustment_whose_entries_do_not_balance(credit: Adjustment) -> None:
    enter("0.01", adjustment=credit, account="office")
    assert found() == {"adjustments_balance": [f"{credit.code}: 1"]}


@pytest.mark.parametrize("state", ["open", "void"])
def test_charge_in_a_state_that_its_money_does_not_fit(paid: Payment, state: str) -> None:
    charge = paid.checkout.lines.get().charge
    Charge.objects.filter(pk=charge.pk).update(state=state)
    assert found() == {"charges_stand": [f"{charge.code} {state}: 5000 / 5000"]}


def test_settled_charge_that_nobody_paid(resident: User) -> None:
    charge = make_charge(resident)
    Charge.objects.update(state="settled")
    assert found() == {"charges_stand": [f"{charge.code} settled: 0 / 5000"]}


def test_charge_paid_twice(paid: Payment) -> None:
    charge = paid.checkout.lines.get().charge
    enter("-50.00", payment=paid, charge=charge, account="charge")
    enter("50.00", payment=paid, account="office")
    assert found() == {
        "charges_stand": [f"{charge.code} settled: 10000 / 5000"],
        "charges_paid_once": [f"{charge.code}: 10000 / 5000"],
    }


@pytest.mark.rule(34)
def test_refund_above_its_line(paid: Payment) -> None:
    charge = paid.checkout.lines.get().charge
    give_back(paid, "20.00", charge=charge)
    give_back(paid, "10.01", "transit", charge=charge)
    give_back(paid, "99.00", "failed", charge=charge)
    assert found() == {
        "refunds_within_lines": [f"{paid.code} {charge.code}: 3001 / 3000"],
        "refunds_within_payments": [f"{paid.code}: 3001 / 3000"],
    }


def test_refund_of_a_surplus_that_is_not_there(paid: Payment) -> None:
    give_back(paid, "5.00")
    assert found() == {"refunds_within_lines": [f"{paid.code} –: 500 / 0"]}


def test_refund_whose_entries_do_not_fit_its_state(paid: Payment) -> None:
    charge = paid.checkout.lines.get().charge
    done, failed = give_back(paid, "10.00", "done", charge), give_back(paid, "10.00", "failed", charge)
    enter("-10.00", payment=paid, account="card", refund=failed)
    enter("10.00", payment=paid, account="refund", charge=charge, refund=failed)
    assert found() == {"refunds_stand": sorted([f"{done.code} done: 0 / 1000", f"{failed.code} failed: 1000 / 1000"])}


def test_credit_that_is_worth_something_else(credit: Adjustment) -> None:
    Adjustment.objects.update(state="processed")
    assert found() == {"credits_stand": [f"{credit.code} processed: -1000 / -1000"]}
    Adjustment.objects.update(state="unprocessed", amount=Decimal("-12.00"))
    assert found() == {"credits_stand": [f"{credit.code} unprocessed: -1000 / -1200"]}


def test_paid_without_a_receipt_and_a_receipt_without_money(paid: Payment, resident: User) -> None:
    other = make_payment(make_checkout([make_charge(resident)], resident))
    Receipt.objects.update(payment=other)
    assert found() == {"confirmed_has_receipt": sorted([f"{paid.code} confirmed", f"{other.code} redirected"])}


def test_paid_without_entries_and_entries_without_money(paid: Payment, resident: User) -> None:
    other = make_payment(make_checkout([make_charge(resident)], resident), state="confirmed")
    Receipt.objects.create(payment=other, number="R-1999-00001")
    ReceiptSeries.objects.create(year=1999, last=1)
    Payment.objects.filter(pk=paid.pk).update(state="failed")
    Receipt.objects.filter(payment=paid).delete()
    ReceiptSeries.objects.exclude(year=1999).delete()
    assert found() == {"confirmed_has_entries": sorted([f"{paid.code} failed", f"{other.code} confirmed"])}


def test_receipt_number_that_is_missing(paid: Payment) -> None:
    year = timezone.localdate().year
    Receipt.objects.update(number=f"R-{year}-00003")
    assert found() == {"receipt_numbers_run": [f"R-{year}-00001 … 00002", f"R-{year}-00003 > 1"]}
    ReceiptSeries.objects.update(last=5)
    assert found() == {"receipt_numbers_run": [f"R-{year}-00001 … 00002", f"R-{year}-00004 … 00005"]}


def test_every_invariant_is_broken_by_a_test_of_this_file() -> None:
    text = open(__file__, encoding="utf-8").read()  # noqa: PTH123, SIM115
    assert [invariant.name for invariant in INVARIANTS if f'"{invariant.name}"' not in text] == []


def test_all_rows_are_counted_and_the_first_are_named(resident: User) -> None:
    for _ in range(NAMED + 2):
        make_charge(resident)
    Charge.objects.update(state="settled")
    [problem] = find_problems()
    assert isinstance(problem, Problem)
    assert (problem.count, len(problem.rows)) == (NAMED + 2, NAMED)


@pytest.mark.parametrize("charges", [1, 3])
def test_question_is_the_same_however_many_rows_there_are(resident: User, charges: int) -> None:
    for _ in range(charges):
        make_charge(resident)
    with CaptureQueriesContext(connection) as queries:
        find_problems()
    assert len([query for query in queries if "SAVEPOINT" not in query["sql"]]) == 13


def test_command_says_ok_and_ends_well(paid: Payment) -> None:
    out = StringIO()
    call_command("ledger_check", stdout=out)
    assert out.getvalue().count("ok      ") == len(INVARIANTS)
    assert "BROKEN" not in out.getvalue()


def test_command_names_the_rows_and_ends_with_one(paid: Payment) -> None:
    enter("0.01", payment=paid, account="card")
    out = StringIO()
    with pytest.raises(SystemExit) as end:
        call_command("ledger_check", stdout=out)
    assert end.value.code == 1
    assert f"BROKEN  The entries of every payment add up to zero: 1\n        {paid.code}: 1\n" in out.getvalue()


def test_staff_are_told_of_wrong_books_and_not_of_right_ones(paid: Payment) -> None:
    change_office(staff_email="desk@example.test")
    check_ledger()
    assert Mail.objects.filter(kind="books").count() == 0
    enter("0.01", payment=paid, account="card")
    run = check_ledger()
    mail = Mail.objects.get(kind="books")
    assert (mail.to, mail.subject) == ("desk@example.test", "The books do not add up")
    assert "- The entries of every payment add up to zero (1)" in mail.text
    assert f"/admin/payments/ledgercheck/{run.pk}/change/" in mail.text


def test_books_are_checked_once_a_day(resident: User) -> None:
    check_books()
    check_books()
    assert LedgerCheck.objects.count() == 1
    LedgerCheck.objects.update(at=timezone.now() - timedelta(days=1))
    check_books()
    assert LedgerCheck.objects.count() == 2


@pytest.mark.race
@pytest.mark.django_db(transaction=True)
def test_everything_is_asked_of_one_moment(resident: User) -> None:
    """A charge that is settled while the questions are asked is not there for them."""
    charge = make_charge(resident)

    def meddle() -> list[str]:
        def settle() -> int:
            return Charge.objects.filter(pk=charge.pk).update(state="settled")

        assert all_at_once([settle]) == [1]
        return []

    first = Invariant("first", "first", lambda: [str(Charge.objects.count())][1:])
    assert find_problems([first, Invariant("meddle", "meddle", meddle), *INVARIANTS]) == []
    assert [problem.rows for problem in find_problems()] == [[f"{charge.code} settled: 0 / 5000"]]
