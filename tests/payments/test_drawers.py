"""The cash desk: drawers and the end-of-day sheet (RULES 45)."""

import csv
from datetime import timedelta
from decimal import Decimal
from importlib import import_module

import pytest
from bs4 import BeautifulSoup
from django.apps import apps
from django.contrib.auth.models import Group
from django.test import Client
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import today
from payments.errors import PaymentRefused
from payments.models import Adjustment, CashDrawer, Charge, LedgerCode, Payment, PaymentMethod, Refund
from payments.models.payment import ReceivedAs
from payments.models.refund import HandedAs
from payments.services.attempts import resolve_payment
from payments.services.cheques import bounce_cheque
from payments.services.drawers import close_drawer, expected_cash, open_drawer
from payments.services.promises import pay_by_credit, process_manually, promise_payment
from payments.services.refundable import Way
from payments.services.refunds import hand_out_refund, request_refund
from payments.services.sheet import day_sheet
from tests.conftest import sign_in
from tests.factories import make_checkout, make_tax, make_user
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.test_admin import CASHIERS, client_of, said
from tests.payments.test_credits import dec, give, owe

LIST = "/admin/payments/cashdrawer/"


@pytest.fixture
def cashier(db: None) -> User:
    user = make_user(is_staff=True)
    user.groups.add(Group.objects.get(name="Cashier"))
    return user


def receive(cashier: User, amount: str, kind: str = "cash") -> None:
    payer = make_user()
    checkout = make_checkout([owe(payer, amount=amount)], payer)
    payment = promise_payment(checkout, email=payer.email)
    process_manually(payment, received=dec(amount), received_as=ReceivedAs(kind), by=cashier)


def test_what_is_processed_belongs_to_the_cashiers_own_open_drawer(cashier: User, staff: User) -> None:
    receive(cashier, "9.00")
    drawer = open_drawer(cashier, float_amount=dec("100.00"))
    assert open_drawer(cashier, float_amount=dec("5.00")) == drawer
    receive(cashier, "20.00")
    receive(cashier, "30.00", "cheque")
    receive(staff, "40.00")
    give(make_user(), "7.00", by=cashier, method="cash", received_as="cash")
    give(make_user(), "6.00", by=cashier, method="cash", received_as="cheque")
    give(make_user(), "8.00", by=cashier, method="payroll")
    assert set(drawer.payments.values_list("received", flat=True)) == {dec("20.00"), dec("30.00")}
    assert expected_cash(drawer, drawer.opened_at + timedelta(days=1)) == dec("127.00")


def test_only_the_cash_of_a_payment_that_is_partly_credit_is_in_the_drawer_and_on_the_sheet(cashier: User) -> None:
    payer = make_user()
    drawer = open_drawer(cashier, float_amount=dec("100.00"))
    give(payer, "12.00", by=cashier, method="cash", received_as="cheque")
    checkout = make_checkout([owe(payer, amount="20.00")], payer)
    payment = promise_payment(checkout, email=payer.email, credit=dec("12.00"))
    process_manually(payment, received=dec("8.00"), received_as=ReceivedAs.CASH, by=cashier)
    assert expected_cash(drawer, timezone.now()) == dec("108.00")
    assert [(row.what, row.came_in) for row in day_sheet(today()).methods] == [
        ("Cash or Cheque (Cash)", dec("8.00")),
        ("Cash or Cheque (Cheque)", dec("12.00")),
    ]


@pytest.mark.parametrize(("method", "received_as"), [("cash", ""), ("payroll", "cash")])
def test_credit_says_what_was_brought_to_the_counter_and_only_that(
    cashier: User, method: str, received_as: str
) -> None:
    with pytest.raises(PaymentRefused) as refusal:
        give(make_user(), "7.00", by=cashier, method=method, received_as=received_as)
    assert refusal.value.code == "received-as"


def test_credit_that_was_taken_before_this_was_asked_is_counted_as_it_was(cashier: User) -> None:
    give(make_user(), "7.00", by=cashier, method="cash", received_as="cheque")
    give(make_user(), "8.00", by=cashier)
    Adjustment.objects.update(received_as="")
    import_module("payments.migrations.0027_credit_received_as").as_it_was_counted(apps, None)
    found = Adjustment.objects.values_list("method__code", "received_as").distinct()
    assert set(found) == {("cash", "cash"), ("payroll", "")}


def test_drawer_closes_with_what_was_counted(cashier: User) -> None:
    drawer = open_drawer(cashier, float_amount=dec("100.00"))
    receive(cashier, "20.25")
    drawer = close_drawer(drawer, counts={dec("20"): 6, dec("0.25"): 1})
    assert (drawer.counted, drawer.expected, drawer.difference) == (dec("120.25"), dec("120.25"), dec("0.00"))
    assert drawer.counts == {"20": 6, "0.25": 1}
    receive(cashier, "5.00")
    assert drawer.payments.count() == 1
    with pytest.raises(PaymentRefused) as refusal:
        close_drawer(drawer, counts={}, reason="Again")
    assert refusal.value.code == "closed"


def test_difference_wants_a_reason(cashier: User) -> None:
    drawer = open_drawer(cashier, float_amount=dec("100.00"))
    with pytest.raises(PaymentRefused) as refusal:
        close_drawer(drawer, counts={dec("20"): 4})
    assert refusal.value.message == ("Counted $80.00, expected $100.00. Count again, or say why $20.00 differ.")
    drawer = close_drawer(drawer, counts={dec("20"): 4}, reason="Gave too much change")
    assert (drawer.difference, drawer.reason) == (dec("-20.00"), "Gave too much change")


@pytest.fixture
def handed_out(cashier: User, staff: User) -> dict[User, CashDrawer]:
    """Of a payment by card, one in cash and one by cheque, 1.00 each in cash, 2.00 by a cheque of the office and 4.00 in
    another way; the drawers that were open meanwhile."""
    payer = make_user()
    card = begin(make_checkout([owe(payer, amount="30.00")], payer))
    pay_at_provider(card)
    resolve_payment(card)
    receive(staff, "40.00")
    receive(staff, "50.00", "cheque")
    drawers = {user: open_drawer(user, float_amount=dec("100.00")) for user in (cashier, staff)}
    for payment in Payment.objects.order_by("pk"):
        charge = payment.checkout.lines.get().charge
        for handed_as, amount in ((HandedAs.CASH, "1.00"), (HandedAs.CHEQUE, "2.00"), (HandedAs.OTHER, "4.00")):
            (refund,) = request_refund(
                payment, amount=dec(amount), reason="Moved away", by=staff, charge=charge, way=Way.OFFICE
            )
            hand_out_refund(refund, handed_as=handed_as, by=cashier)
    return drawers


def test_only_cash_leaves_the_drawer_of_whoever_hands_it_out(
    handed_out: dict[User, CashDrawer], cashier: User, staff: User
) -> None:
    later = timezone.now() + timedelta(minutes=1)
    assert {user: expected_cash(drawer, later) for user, drawer in handed_out.items()} == {
        cashier: dec("97.00"),
        staff: dec("100.00"),
    }


def test_sheet_says_how_refunds_were_handed_out(handed_out: dict[User, CashDrawer]) -> None:
    PaymentMethod.objects.filter(code="cash").update(ledger_code="1010")
    LedgerCode.objects.filter(key="handed_out").update(ledger_code="1090")
    sheet = day_sheet(today())
    assert [(row.what, row.code, row.went_out) for row in sheet.methods if row.went_out] == [
        ("Cash or Cheque (Cash)", "1010", dec("3.00")),
        ("Cash or Cheque (Cheque)", "1010", dec("6.00")),
        ("Cash or Cheque (Another way)", "1010", dec("8.00")),
        ("Handed out by the office (Another way)", "1090", dec("4.00")),
    ]
    assert {
        (row.code, row.account): row.credit
        for row in sheet.codes
        if row.account in ("Cash or Cheque", "Without an account", "Handed out by the office")
    } == {
        ("1010", "Cash or Cheque"): dec("17.00"),
        ("1090", "Handed out by the office"): dec("4.00"),
    }


def test_what_was_handed_out_before_this_was_asked_is_counted_as_it_was(handed_out: dict[User, CashDrawer]) -> None:
    Refund.objects.update(handed_as="")
    import_module("payments.migrations.0023_refund_handed_as").as_it_was_counted(apps, None)
    found = Refund.objects.values_list("payment__received_as", "handed_as").distinct()
    assert set(found) == {("", "cash"), ("cash", "cash"), ("cheque", "cheque")}


def a_day(cashier: User, resident: User, charge: Charge) -> None:
    """A card payment, cash, a cheque that bounces, and credit."""
    payment = begin(make_checkout([charge], resident))
    pay_at_provider(payment)
    resolve_payment(payment)
    open_drawer(cashier, float_amount=dec("50.00"))
    receive(cashier, "20.00")
    payer = make_user()
    cheque = promise_payment(make_checkout([owe(payer, amount="15.00")], payer), email=payer.email)
    bounce_cheque(
        process_manually(cheque, received=dec("15.00"), received_as=ReceivedAs.CHEQUE, by=cashier), by=cashier
    )
    give(payer, "60.00", by=cashier)
    pay_by_credit(make_checkout([owe(payer, amount="45.00")], payer), email=payer.email, credit=dec("60.00"))


def test_sheet_adds_the_day_up(cashier: User, resident: User, charge: Charge) -> None:
    PaymentMethod.objects.filter(code="cash").update(ledger_code="1010")
    a_day(cashier, resident, charge)
    sheet = day_sheet(today())
    parts = [
        [(row.what, row.code, row.count, row.came_in, row.went_out) for row in part]
        for part in (sheet.methods, sheet.items, sheet.others, [sheet.total])
    ]
    cents = Decimal
    assert parts == [
        [
            ("Credit Card", "", 1, cents("30.00"), cents("0.00")),
            ("Cash or Cheque (Cash)", "1010", 1, cents("20.00"), cents("0.00")),
            ("Cash or Cheque (Cheque)", "1010", 2, cents("15.00"), cents("15.00")),
            ("Payroll Deduction", "", 1, cents("60.00"), cents("0.00")),
        ],
        [
            ("Fees", "", 4, cents("80.00"), cents("15.00")),
            ("Violations", "", 1, cents("50.00"), cents("0.00")),
        ],
        [
            ("Credit of the payer", "", 3, cents("75.00"), cents("60.00")),
            ("Early payment discount", "", 1, cents("0.00"), cents("20.00")),
        ],
        [("All money", "", 5, cents("125.00"), cents("15.00"))],
    ]
    assert [drawer.cashier for drawer in sheet.drawers] == [cashier]
    debits, credited = ({row.account: getattr(row, side) for row in sheet.codes} for side in ("debit", "credit"))
    assert (debits["Cash or Cheque"], credited["Cash or Cheque"]) == (dec("35.00"), dec("15.00"))
    assert sum(debits.values()) == sum(credited.values())
    assert {row.code for row in sheet.codes if row.account == "Cash or Cheque"} == {"1010"}
    yesterday = day_sheet(today() - timedelta(days=1))
    assert (yesterday.methods, yesterday.drawers, yesterday.total.net) == ([], [], dec("0.00"))


def test_sheet_shows_the_taxes_within_what_was_paid(cashier: User) -> None:
    tax = make_tax("HST", "13", kinds=["fee"], inclusive=True)
    receive(cashier, "113.00")
    assert [(row.what, row.came_in, row.went_out) for row in day_sheet(today()).taxes] == [
        (tax.name, dec("13.00"), dec("0.00"))
    ]


def test_sheet_is_shown_and_written_as_csv(cashier: User, resident: User, charge: Charge) -> None:
    a_day(cashier, resident, charge)
    PaymentMethod.objects.filter(code="payroll").update(name_en="=cmd()")
    client = client_of("Finance")
    page = BeautifulSoup(client.get(f"{LIST}sheet/").content, "html.parser")
    total = page.find("strong", string="All money").find_parent("tr")  # type: ignore[union-attr]
    assert [cell.get_text() for cell in total.select("td.num")] == ["5", "$125.00", "$15.00", "$110.00"]  # type: ignore[union-attr]
    response = client.get(f"{LIST}sheet/?csv=1&day={today():%Y-%m-%d}")
    lines = list(csv.reader(response.content.decode().splitlines()))
    assert lines[0] == ["part", "what", "ledger code", "count", "in", "out", "net"]
    assert ["method", "'=cmd()", "", "1", "60.00", "0.00", "60.00"] in lines
    assert [[line[0], *line[2:]] for line in lines[-3:]] == [
        ["drawer: float", "", "", "", "", "50.00"],
        ["drawer: expected", "", "", "", "", ""],
        ["drawer: counted", "", "", "", "", ""],
    ]
    assert response["Content-Disposition"] == f'attachment; filename="day-{today():%Y-%m-%d}.csv"'


@pytest.mark.parametrize("day", ["", "2026-02-31", "yesterday", "2026-13-01"])
def test_day_that_is_none_is_today(db: None, day: str) -> None:
    response = client_of("Cashier").get(f"{LIST}sheet/", {"day": day})
    assert f'value="{today():%Y-%m-%d}"'.encode() in response.content


def test_cashier_opens_and_closes_in_the_office(cashier: User) -> None:
    client = sign_in(Client(), cashier)
    assert client.post(f"{LIST}open/", {"float_amount": "-1"}).status_code == 200
    response = client.post(f"{LIST}open/", {"float_amount": "100.00"}, follow=True)
    assert said(response) == ["Your drawer is open. What you process now belongs to it."]
    drawer = CashDrawer.objects.get()
    path = f"{LIST}{drawer.pk}/close/"
    shown = BeautifulSoup(client.get(path).content, "html.parser")
    assert [label.get_text() for label in shown.select("form.panel label")][:3] == ["$100.00:", "$50.00:", "$20.00:"]
    wrong = BeautifulSoup(client.post(path, {"n2000": "4"}).content, "html.parser")
    assert wrong.select_one("#id_reason_error p").get_text(strip=True) == (  # type: ignore[union-attr]
        "Counted $80.00, expected $100.00. Count again, or say why $20.00 differ."
    )
    for bad in ("-1", "1.5", "x", "999999999"):
        assert client.post(path, {"n2000": bad, "reason": "x"}).status_code == 200
    assert said(client.post(path, {"n2000": "5"}, follow=True)) == ["Your drawer is closed."]
    drawer.refresh_from_db()
    assert (drawer.counted, drawer.difference) == (dec("100.00"), dec("0.00"))


def test_nobody_closes_anothers_drawer(cashier: User) -> None:
    drawer = open_drawer(cashier, float_amount=dec("0.00"))
    assert client_of("Manager").post(f"{LIST}{drawer.pk}/close/", {}).status_code == 404
    assert client_of("Auditor").post(f"{LIST}open/", {"float_amount": "1"}).status_code == 403
    assert [client_of(role).get(f"{LIST}sheet/").status_code for role in (*CASHIERS, "Auditor")] == [200] * 4
    assert client_of("Appeals").get(f"{LIST}sheet/").status_code == 403
