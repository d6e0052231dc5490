"""Opening balances of an earlier system: each row whole or not at all, and once."""

import csv
from datetime import timedelta
from decimal import Decimal
from io import StringIO
from pathlib import Path
from typing import Any

import pytest
from django.core.management import CommandError, call_command

from accounts.models import User
from opscom.lib.dates import start_of_day, today
from payments.models import Adjustment, Charge, LedgerEntry, OpeningBalance
from payments.services import opening
from payments.services.attempts import resolve_payment
from payments.services.books import lock_books
from payments.services.ledger_check import find_problems
from tests.factories import make_checkout
from tests.payments.conftest import begin, pay_at_provider

pytestmark = pytest.mark.django_db
OWED = "A1,resident@example.test,125.50,Balance of the old system,2026-08-31"
CREDIT = "A2,Resident@Example.Test,-40,Credit of the old system,2026-08-31"


@pytest.fixture
def file(tmp_path: Path, resident: User) -> Path:
    """Where the file of an earlier system is written."""
    return tmp_path / "balances.csv"


def bring_in(file: Path, *rows: str, heading: str = "key,email,amount,description,date", **options: Any) -> str:
    """Import these rows; answers what the command says."""
    file.write_text("\n".join([heading, *rows, ""]), encoding="utf-8")
    out = StringIO()
    call_command("import_balances", file, stdout=out, **options)
    return out.getvalue()


def refusals(file: Path, *rows: str, **options: Any) -> list[list[str]]:
    """The rows of the errors' file, without its heading."""
    errors = file.with_name("errors.csv")
    with pytest.raises(SystemExit) as end:
        bring_in(file, *rows, errors=errors, **options)
    assert end.value.code == 1
    with errors.open(encoding="utf-8", newline="") as stream:
        return list(csv.reader(stream))[1:]


def test_what_is_owed_becomes_a_charge_that_can_be_paid(file: Path, resident: User) -> None:
    assert bring_in(file, OWED) == "1 imported, 0 there already, 0 refused\n"
    charge = Charge.objects.get()
    assert (charge.payer, charge.amount, charge.description) == (
        resident,
        Decimal("125.50"),
        "Balance of the old system",
    )
    payment = begin(make_checkout([charge], resident))
    pay_at_provider(payment)
    assert resolve_payment(payment).fulfilled_at is not None
    charge.refresh_from_db()
    assert (charge.state, find_problems()) == ("settled", [])


def test_credit_becomes_an_adjustment_with_balanced_entries_of_its_day(file: Path, resident: User) -> None:
    bring_in(file, CREDIT)
    credit = Adjustment.objects.spendable().get()
    assert (credit.user, credit.amount, credit.comment) == (resident, Decimal("-40.00"), "Credit of the old system")
    assert list(LedgerEntry.objects.values_list("account", "amount", "adjustment").order_by("amount")) == [
        ("credit", Decimal("-40.00"), credit.pk),
        ("opening", Decimal("40.00"), credit.pk),
    ]
    assert {today(at).isoformat() for at in LedgerEntry.objects.values_list("at", flat=True)} == {"2026-08-31"}
    assert find_problems() == []


def test_second_run_changes_nothing(file: Path) -> None:
    bring_in(file, OWED, CREDIT)
    assert bring_in(file, OWED, CREDIT) == "0 imported, 2 there already, 0 refused\n"
    assert (Charge.objects.count(), Adjustment.objects.count(), OpeningBalance.objects.count()) == (1, 1, 2)


def test_dry_run_judges_and_writes_nothing(file: Path) -> None:
    assert bring_in(file, OWED, CREDIT, dry_run=True) == (
        "2 imported, 0 there already, 0 refused\nnothing was written\n"
    )
    assert (Charge.objects.count(), Adjustment.objects.count(), LedgerEntry.objects.count()) == (0, 0, 0)


def test_key_with_another_amount_is_refused(file: Path) -> None:
    bring_in(file, OWED)
    [[line, key, problem]] = refusals(file, OWED.replace("125.50", "99.00"))
    assert (line, key) == ("2", "A1")
    assert problem == "The key A1 was imported before for another person or amount ($125.50)."


@pytest.mark.parametrize(
    "amount", ["1.005", "NaN", "Infinity", "1e5", "999999999.00", "0", "0.00", "", "=1+1", "$5", "1,000.00", "--1", "٣"]
)
def test_amount_that_is_none_is_refused(file: Path, amount: str) -> None:
    [[_line, _key, problem]] = refusals(file, f'A1,resident@example.test,"{amount}",Balance,2026-08-31')
    assert problem == f'"{amount}" is no amount. Write it like 1250.00, with a minus where it is credit.'
    assert Charge.objects.count() == 0


@pytest.mark.parametrize("day", ["31.08.2026", "2026-02-30", "1899-12-31", "9999-12-31", "", "TOMORROW"])
def test_day_that_is_none_is_refused(file: Path, day: str) -> None:
    day = (today() + timedelta(days=1)).isoformat() if day == "TOMORROW" else day
    [[_line, _key, problem]] = refusals(file, f"A1,resident@example.test,5,Balance,{day}")
    assert problem == f'"{day}" is no day of the past. Write it like 2026-08-31.'


@pytest.mark.parametrize(
    ("row", "problem"),
    [
        ("A1,nobody@example.test,5,B,2026-08-31", "Nobody here has the address nobody@example.test."),
        ("A1,,5,B,2026-08-31", "Nobody here has the address ."),
        (",resident@example.test,5,B,2026-08-31", "key must have from 1 to 60 characters."),
        ("A1,resident@example.test,5,,2026-08-31", "description must have from 1 to 120 characters."),
        (f"A1,resident@example.test,5,{'x' * 121},2026-08-31", "description must have from 1 to 120 characters."),
        ("A1,resident@example.test,5,a\0b,2026-08-31", "The row holds characters that cannot be printed."),
        ("A1,resident@example.test,5,B", "The row has not as many cells as the heading."),
        ("A1,resident@example.test,5,B,2026-08-31,more", "The row has not as many cells as the heading."),
    ],
)
def test_row_that_cannot_be_read_is_refused_and_the_next_one_goes_in(file: Path, row: str, problem: str) -> None:
    assert [found[2] for found in refusals(file, row, CREDIT)] == [problem]
    assert (Charge.objects.count(), Adjustment.objects.count()) == (0, 1)


def test_errors_hold_no_formula(file: Path) -> None:
    [[_line, key, _problem]] = refusals(file, "=cmd(),resident@example.test,NaN,B,2026-08-31")
    assert key == "'=cmd()"


def test_credit_in_a_locked_period_is_refused(file: Path, staff: User) -> None:
    lock_books(today() - timedelta(days=1), by=staff, reason="Year closed")
    [[_line, key, problem]] = refusals(file, CREDIT)
    assert (key, problem.startswith("The books are locked through")) == ("A2", True)
    assert Adjustment.objects.count() == 0


def test_row_that_fails_half_way_leaves_nothing(file: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def broken(_entries: object) -> None:
        raise RuntimeError("power cut")

    monkeypatch.setattr(opening, "book", broken)
    with pytest.raises(RuntimeError):
        bring_in(file, CREDIT)
    assert (Adjustment.objects.count(), OpeningBalance.objects.count()) == (0, 0)


@pytest.mark.parametrize(("heading", "words"), [("key,email,amount", "description"), ("", "amount")])
def test_file_without_a_column_is_refused(file: Path, heading: str, words: str) -> None:
    with pytest.raises(CommandError, match=words):
        bring_in(file, OWED, heading=heading)


@pytest.mark.parametrize("content", [b"\xff\xfe\x00", b'key,email,amount,description,date\n"A1'])
def test_file_that_is_no_csv_is_refused(file: Path, content: bytes) -> None:
    file.write_bytes(content)
    with pytest.raises(CommandError, match="cannot be read"):
        call_command("import_balances", file, stdout=StringIO())


def test_column_order_and_a_byte_order_mark_do_not_matter(file: Path) -> None:
    heading, row = "\ufeffdate,amount,email,description,key", "2026-08-31,5,resident@example.test,B,A9"
    assert bring_in(file, row, heading=heading).startswith("1 imported")
    assert Charge.objects.get().created_at == start_of_day(Charge.objects.get().due_on)  # type: ignore[arg-type]
