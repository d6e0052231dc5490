"""The export: every cent under its code, taxes apart, debits equal to credits, in constant memory and queries."""

import csv
import io
from decimal import Decimal
from typing import Any

import pytest
from django.test import Client
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from pytest_django import Settings

from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.money import ZERO
from payments.models import LedgerCode, LedgerEntry, PaymentMethod, Refund, Tax
from payments.models.payment import ReceivedAs
from payments.services.bookkeeping import Booking, read_bookings, sum_bookings
from payments.services.ledger import book
from payments.services.promises import process_manually, promise_payment
from tests.factories import make_charge, make_checkout, make_tax
from tests.lib.test_xlsx import read_rows
from tests.payments.test_statements import START, STEPS, Life
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db
URL = "/admin/payments/ledgerentry/export/"
TODAY = f"first={today()}&last={today()}"


@pytest.fixture
def codes() -> None:
    """A code for all that is booked here."""
    PaymentMethod.objects.filter(code="cash").update(ledger_code="1000")
    for key, code in (("violation", "4100"), ("discount", "4900"), ("surplus", "2300")):
        LedgerCode.objects.filter(key=key).update(ledger_code=code)
    make_tax("GST", "5", kinds=["violation"], ledger_code="2100")
    make_tax("PST", "7", kinds=["violation"], ledger_code="2200")


def pay(charge_payer: User, staff: User, *amounts: str, **fields: Any) -> None:
    """A charge of the price $100.00, paid in parts at the counter."""
    charge = make_charge(charge_payer, amount="100.00", **fields)
    for amount in amounts:
        promise = promise_payment(make_checkout([charge], charge_payer), email="a@example.test")
        process_manually(promise, received=Decimal(amount), received_as=ReceivedAs.CASH, by=staff)


def all_of_today() -> list[Booking]:
    return list(read_bookings(first=today(), last=today()))


def sums() -> dict[str, Decimal]:
    return {row.code: row.debit - row.credit for row in sum_bookings(all_of_today())}


def test_payment_is_split_into_net_and_taxes(codes: None, resident: User, staff: User) -> None:
    pay(resident, staff, "112.00")
    assert sums() == {
        "1000": Decimal("112.00"),
        "2100": Decimal("-5.00"),
        "2200": Decimal("-7.00"),
        "4100": Decimal("-100.00"),
    }


def test_parts_add_up_to_each_tax(codes: None, resident: User, staff: User) -> None:
    pay(resident, staff, "33.33", "33.33", "50.00")
    assert sums() == {
        "1000": Decimal("116.66"),
        "2100": Decimal("-5.00"),
        "2200": Decimal("-7.00"),
        "2300": Decimal("-4.66"),
        "4100": Decimal("-100.00"),
    }


def test_discount_takes_its_taxes_back(codes: None, resident: User, staff: User) -> None:
    pay(resident, staff, "56.00", reduced_amount=Decimal("50.00"), reduced_through=today())
    assert sums() == {
        "1000": Decimal("56.00"),
        "2100": Decimal("-2.50"),
        "2200": Decimal("-3.50"),
        "4100": Decimal("-100.00"),
        "4900": Decimal("50.00"),
    }


@pytest.mark.parametrize("early", [True, False])
@pytest.mark.rule(36)
def test_refund_keeps_the_rate_of_its_line(codes: None, resident: User, staff: User, early: bool) -> None:
    fields = {"reduced_amount": Decimal("50.00"), "reduced_through": today()} if early else {}
    pay(resident, staff, "56.00" if early else "112.00", **fields)
    Tax.objects.update(rate=Decimal(50))
    entry = LedgerEntry.objects.get(account="charge")
    assert entry.payment
    for number, amount in enumerate((Decimal("22.40"), Decimal("33.60"))):
        refund = Refund.objects.create(
            payment=entry.payment, charge=entry.charge, amount=amount, target="office", reason="x"
        )
        common = {"payment": entry.payment, "refund": refund}
        book(
            [
                LedgerEntry(**common, charge=entry.charge, account="refund", amount=amount, key=f"{number}:refund"),
                LedgerEntry(**common, account="office", amount=-amount, key=f"{number}:office"),
            ]
        )
    left = {} if early else {"2100": Decimal("-2.50"), "2200": Decimal("-3.50")}
    found = sums()
    assert {code: found[code] for code in ("2100", "2200")} == {"2100": ZERO, "2200": ZERO} | left


@hypothesis_settings(max_examples=12, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(steps=STEPS)
def test_debits_equal_credits_whatever_happened(db: None, steps: list[tuple[str, int]]) -> None:
    make_tax("GST", "5", kinds=["violation"])
    life = Life()
    for what, cents in steps:
        life.step(what, cents)
    lines = list(read_bookings(first=today(START), last=today(life.at)))
    assert sum(line.debit for line in lines) == sum(line.credit for line in lines)


def test_guest_and_stranger_do_not_get_it(client: Client, resident_client: Client) -> None:
    for visitor in (client, resident_client):
        assert visitor.get(f"{URL}?{TODAY}").status_code == 302


def test_csv_and_xlsx_hold_the_same(codes: None, resident: User, staff: User, staff_client: Client) -> None:
    pay(resident, staff, "112.00")
    for lines in ("sums", "each"):
        plain = staff_client.get(f"{URL}?{TODAY}&lines={lines}&file=csv")
        text = b"".join(plain.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
        sheet = staff_client.get(f"{URL}?{TODAY}&lines={lines}&file=xlsx")
        rows = read_rows(b"".join(sheet.streaming_content))  # type: ignore[attr-defined]
        assert [[str(cell) for cell in row] for row in rows] == list(csv.reader(io.StringIO(text)))
        total = rows[-1]
        assert total[0] == "Total"
        assert [cell for cell in total if isinstance(cell, Decimal)] == [Decimal("112.00"), Decimal("112.00")]
    assert plain.headers["Content-Disposition"] == f'attachment; filename="books-{today()}-{today()}.csv"'


def test_no_formula_reaches_a_spreadsheet(resident: User, staff: User, staff_client: Client) -> None:
    PaymentMethod.objects.filter(code="cash").update(ledger_code="=cmd", name_en="@x")
    pay(resident, staff, "100.00")
    answer = staff_client.get(f"{URL}?{TODAY}")
    text = b"".join(answer.streaming_content).decode("utf-8-sig")  # type: ignore[attr-defined]
    assert "'=cmd,'@x,100.00,0.00" in text.splitlines()


@pytest.mark.parametrize("asked", ["first=2026-05-01&last=2026-04-01", "first=x&last=y"])
def test_impossible_days_show_the_page(staff_client: Client, asked: str) -> None:
    assert b'_error"' in staff_client.get(f"{URL}?{asked}").content


@pytest.mark.parametrize("rows", [1, 3])
def test_export_costs_the_same_at_any_length(
    codes: None, resident: User, staff: User, staff_client: Client, rows: int, settings: Settings
) -> None:
    settings.REDIS_URL = ""
    for _row in range(rows):
        pay(resident, staff, "112.00")
    with queries(8):  # one of them writes down who took it
        answer = staff_client.get(f"{URL}?{TODAY}&lines=each")
        text = b"".join(answer.streaming_content).decode()  # type: ignore[attr-defined]
    assert len(text.splitlines()) == 2 + 4 * rows


def test_codes_are_filled_in_by_the_office(staff_client: Client) -> None:
    rows = list(LedgerCode.objects.all())
    answer = staff_client.get("/admin/payments/ledgercode/")
    for words in ("Permits", "Violations", "Surplus of the payer"):
        assert words in answer.content.decode()
    form = {"form-TOTAL_FORMS": len(rows), "form-INITIAL_FORMS": len(rows), "_save": "Save"}
    form |= {f"form-{n}-id": row.pk for n, row in enumerate(rows)}
    form |= {f"form-{n}-ledger_code": f"4{n}" for n in range(len(rows))}
    staff_client.post("/admin/payments/ledgercode/", form)
    assert [row.ledger_code for row in LedgerCode.objects.all()] == [f"4{n}" for n in range(len(rows))]
