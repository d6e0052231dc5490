"""Reports about money: exact figures, and the same as the end-of-day sheet and the ledger."""

from datetime import date, timedelta
from decimal import Decimal
from typing import Any

import pytest
from bs4 import BeautifulSoup
from django.test import Client
from django.utils import timezone

from accounts.models import User
from opscom.lib.dates import today
from payments.models import Charge, Comparison, Difference, LedgerEntry, PaymentMethod, ProviderEvent
from payments.models.payment import ReceivedAs
from payments.models.refund import HandedAs
from payments.services.bookkeeping import read_bookings, sum_bookings, sum_codes
from payments.services.credits import add_credit
from payments.services.refundable import Way
from payments.services.refunds import approve_refund, hand_out_refund
from payments.services.sheet import day_sheet
from tests.factories import change_office, make_charge, make_user, make_user_type
from tests.payments.bank import Books
from tests.payments.refunding import give_back, manager, paid_at_the_desk, paid_by_card, tickets
from tests.payments.test_bookkeeping import codes, pay
from tests.reporting import report_of

pytestmark = pytest.mark.django_db
__all__ = ["codes"]


def m(amount: str) -> Decimal:
    return Decimal(amount)


@pytest.fixture
def day(request: pytest.FixtureRequest, bank: Books, resident: User, staff: User, desk: User) -> date:
    """Two tickets by card, of one of them something back, one overpaid, a taxed one in cash, and credit for cash."""
    by_card, overpaid, lessened = tickets(resident, "40.00", "30.00", "20.00")
    request.getfixturevalue("codes")
    pay(resident, staff, "112.00")
    paid_by_card([by_card], resident)
    paid_at_the_desk([overpaid], resident, "35.00")
    give_back(paid_by_card([lessened], resident), "5.00", desk, lessened)
    cash = PaymentMethod.objects.get(code="cash")
    add_credit(resident, charges=[], method=cash, amount=m("15.00"), received_as=ReceivedAs.CASH, by=desk)
    return today()


def test_receipts_are_those_of_the_sheet_and_of_the_ledger(day: date) -> None:
    sheet = day_sheet(day)
    by_method, totals = report_of("receipts-by-method")
    assert [row[:2] + row[3:] for row in by_method] == [
        [row.what, row.code, row.came_in, row.went_out, row.net] for row in sheet.methods
    ]
    assert totals[3:] == [sheet.total.came_in, sheet.total.went_out, sheet.total.net]
    by_code, sides = report_of("receipts-by-ledger-code")
    assert by_code == [[row.code, row.account, row.debit, row.credit] for row in sheet.codes]
    assert sides[2] == sides[3]
    by_tax, _taxes = report_of("receipts-by-tax")
    assert [row[2:] for row in by_tax] == [[m("5.00"), m("0.00"), m("5.00")], [m("7.00"), m("0.00"), m("7.00")]]
    each, sums = report_of("receipts")
    assert (sums[5:], len(each)) == (totals[3:], totals[2])
    money = LedgerEntry.objects.filter(account__in=("card", "office")).values_list("amount", flat=True)
    assert totals[5] == sum(money) == m("217.00")


@pytest.mark.parametrize(
    ("handed_as", "by_sums", "one_by_one"),
    [
        (HandedAs.CASH, "Cash or Cheque (Cash)", "Cash or Cheque"),
        (HandedAs.CHEQUE, "Cash or Cheque (Cheque)", "Cash or Cheque"),
        (HandedAs.OTHER, "Handed out by the office (Another way)", "Handed out by the office"),
    ],
)
def test_what_is_handed_out_of_a_card_payment_is_counted_as_it_was_everywhere(
    resident: User, bank: Books, desk: User, handed_as: HandedAs, by_sums: str, one_by_one: str
) -> None:
    [ticket] = tickets(resident, "40.00")
    [refund] = give_back(paid_by_card([ticket], resident), "15.00", desk, ticket, way=Way.OFFICE)
    hand_out_refund(refund, handed_as=handed_as, by=desk)
    by_method, _totals = report_of("receipts-by-method")
    assert {(row[0], *row[3:]) for row in by_method} == {
        ("Credit Card", m("40.00"), m("0.00"), m("40.00")),
        (by_sums, m("0.00"), m("15.00"), m("-15.00")),
    }
    assert [row[1] for row in report_of("receipts")[0]] == ["Credit Card", one_by_one]


def test_sums_by_code_are_those_of_every_entry(day: date) -> None:
    assert sum_codes(first=day, last=day) == sum_bookings(read_bookings(first=day, last=day))


def test_revenue_is_less_discounts_and_what_went_back(day: date, resident: User) -> None:
    early = make_charge(resident, amount="50.00", reduced_amount=m("45.00"), reduced_through=today())
    paid_at_the_desk([early], resident, "50.40")
    rows, totals = report_of("revenue")
    assert rows == [[day, "Violations", m("247.40")]]
    assert totals == [None, None, m("247.40")]
    assert report_of("revenue", first="2020-01-01", last="2020-01-31") == ([], [None, None, 0])


def test_debts_stand_in_the_column_of_their_age(resident: User) -> None:
    """The due date itself is in time; what was paid in part counts with the rest of it."""
    for days, amount in (
        (0, "1.00"),
        (1, "2.00"),
        (30, "4.00"),
        (31, "8.00"),
        (60, "16.00"),
        (90, "32.00"),
        (91, "64.00"),
    ):
        make_charge(resident, amount=amount, due_on=today() - timedelta(days=days))
    part = make_charge(resident, amount="100.00", due_on=today())
    Charge.objects.filter(pk=part.pk).update(in_collections=True)
    paid_at_the_desk([part], resident, "40.00")
    fee = make_charge(resident, kind="fee", amount="3.00")
    Charge.objects.filter(pk=fee.pk).update(created_at=timezone.now() - timedelta(days=45))
    rows, totals = report_of("ageing")
    steps = [m("61.00"), m("6.00"), m("24.00"), m("32.00"), m("64.00")]
    assert rows == [
        ["Fees", 1, m("0.00"), m("0.00"), m("3.00"), m("0.00"), m("0.00"), m("3.00"), m("0.00")],
        ["Violations", 8, *steps, m("187.00"), m("60.00")],
    ]
    assert totals[7] == m("190.00")


def test_what_is_held_for_others_is_what_the_ledger_has(day: date, resident: User) -> None:
    deposit = make_charge(resident, kind="boot_deposit", amount="80.00")
    paid_at_the_desk([deposit], resident, "80.00")
    rows, totals = report_of("credits-and-deposits")
    surplus = LedgerEntry.objects.get(account="surplus").payment
    assert surplus is not None
    assert [row[:3] + row[4:] for row in rows] == [
        ["Credit", resident.email, "", m("15.00")],
        ["Boot deposits", resident.email, "Ticket", m("80.00")],
        ["Surplus", resident.email, surplus.code, m("5.00")],
    ]
    assert totals[4] == m("100.00")
    assert report_of("credits-and-deposits", last=(today() - timedelta(days=1)).isoformat())[0] == []


def test_refund_names_who_asked_and_who_approved(day: date, bank: Books, resident: User, desk: User) -> None:
    change_office(refund_limit=m("10.00"))
    (ticket,) = tickets(resident, "60.00")
    (large,) = give_back(paid_by_card([ticket], resident), "60.00", desk, ticket)
    second = manager()
    approve_refund(large, by=second)
    rows, totals = report_of("refunds")
    assert [[row[4], row[5], *row[6:8], *row[9:]] for row in rows] == [
        ["To the card", "Refunded", desk.email, None, m("5.00"), m("5.00")],
        ["To the card", "To be sent", desk.email, second.email, m("60.00"), 0],
    ]
    assert totals[9:] == [m("65.00"), m("5.00")]
    assert [row[1] for row in report_of("refunds", state="created")[0]] == [large.code]


def test_provider_is_held_against_the_books_day_by_day(day: date) -> None:
    compared = Comparison.objects.create(provider="bank", day=day, asked=3)
    fields = {"comparison": compared, "currency": "CAD", "kind": "amount"}
    Difference.objects.create(ours=m("40.00"), theirs=m("41.00"), closed_at=timezone.now(), **fields)
    Difference.objects.create(ours=m("20.00"), theirs=m("0.00"), **fields)
    for number, outcome in enumerate(("done", "quarantined")):
        ProviderEvent.objects.create(provider="bank", event_id=f"e{number}", kind="x", body="{}", outcome=outcome)
    rows, _totals = report_of("provider-reconciliation")
    assert rows == [[day, "bank", m("60.00"), m("5.00"), 2, 1, 3, 2, 1, m("-19.00")]]


def test_money_of_one_method_code_or_tax_alone(day: date) -> None:
    cash = PaymentMethod.objects.get(code="cash")
    rows, totals = report_of("receipts-by-method", method="cash")
    assert ({row[1] for row in rows}, totals[5]) == ({cash.ledger_code}, m("162.00"))
    assert report_of("receipts-by-method", method="card")[1][3:] == [m("60.00"), m("5.00"), m("55.00")]
    assert report_of("receipts", method="card")[1][5:] == [m("60.00"), m("5.00"), m("55.00")]
    whole, _totals = report_of("receipts-by-ledger-code")
    code = whole[-1][0]
    assert report_of("receipts-by-ledger-code", code=str(code))[0] == [row for row in whole if row[0] == code] != whole
    taxes, _totals = report_of("receipts-by-tax")
    assert report_of("receipts-by-tax", tax=str(taxes[1][0]))[0] == [taxes[1]]


def test_revenue_and_debts_of_one_kind_method_or_user_type(day: date, resident: User) -> None:
    student = make_user_type(name="Student")
    pupil = make_user(user_type=student)
    fee = make_charge(pupil, kind="fee", amount="10.00")
    paid_at_the_desk([fee], pupil, "10.00")
    violations = report_of("revenue", kind="violation")[1][2]
    assert isinstance(violations, Decimal)
    assert report_of("revenue")[1][2] == violations + 10
    assert report_of("revenue", kind="fee")[0] == [[day, "Fees", m("10.00")]]
    assert report_of("revenue", method="card")[0] == [[day, "Violations", m("55.00")]]
    assert report_of("revenue", user_type=str(student.pk))[0] == [[day, "Fees", m("10.00")]]
    owed = make_charge(pupil, amount="7.00").amount
    make_charge(resident, amount="9.00")
    make_charge(resident, kind="fee", amount="3.00")
    assert report_of("ageing", kind="fee")[1][7] == m("3.00")
    assert report_of("ageing", user_type=str(student.pk))[1][7] == owed


def test_what_is_held_of_one_sort_and_refunds_of_one_kind(day: date, bank: Books, resident: User, desk: User) -> None:
    assert [row[0] for row in report_of("credits-and-deposits", what="credit")[0]] == ["Credit"]
    assert [row[0] for row in report_of("credits-and-deposits", what="surplus")[0]] == ["Surplus"]
    assert report_of("credits-and-deposits", what="deposit")[0] == []
    assert report_of("refunds", kind="violation")[1][9:] == [m("5.00"), m("5.00")]
    assert report_of("refunds", kind="fee")[0] == report_of("refunds", target="credit")[0] == []


def test_one_provider_is_held_against_the_books_alone(day: date, settings: Any) -> None:
    ProviderEvent.objects.create(provider="stripe", event_id="e9", kind="x", body="{}", outcome="done")
    assert [row[1] for row in report_of("provider-reconciliation")[0]] == ["bank", "stripe"]
    settings.CARD_PROVIDERS = {"bank": "", "stripe": ""}
    stripe = report_of("provider-reconciliation", provider="stripe")[0]
    assert [row[1:6] for row in stripe] == [["stripe", m("0.00"), m("0.00"), 1, 0]]


def test_the_list_behind_the_revenue_of_a_method_holds_its_entries(staff_client: Client, day: date) -> None:
    page = staff_client.get("/admin/reports/revenue/", {"method": "card", "first": str(day), "last": str(day)})
    [link] = BeautifulSoup(page.content, "html.parser").select(".report-table tbody td a")
    entries = staff_client.get(str(link["href"])).context["cl"].result_list
    assert -sum(entry.amount for entry in entries) == m("55.00")
