"""Payments: what is owed, and what was paid before (PAY-1)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from django.utils.formats import date_format
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from payments.models import Charge, Payment
from payments.models.payment import ReceivedAs
from payments.services.attempts import resolve_payment
from payments.services.cheques import bounce_cheque
from payments.services.promises import process_manually, promise_payment
from tests.factories import make_charge, make_checkout, make_permit, make_user, make_violation
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.test_credits import give
from tests.payments.views.page import soup

PATH = "/payments/"


def owe(user: User) -> Charge:
    """A ticket that this person owes: $50, $30 now."""
    charge = make_violation().charge
    assert charge is not None
    charge.payer = user
    charge.save(update_fields=["payer"])
    return charge


def pay(user: User) -> Payment:
    """A ticket paid by card."""
    payment = begin(make_checkout([owe(user)], user))
    pay_at_provider(payment)
    return resolve_payment(payment)


def ticks(client: Client) -> list[tuple[str, bool]]:
    """(code, can be ticked) of each row."""
    return [
        (str(box["value"]), not box.has_attr("disabled")) for box in soup(client.get(PATH)).select("input[name=charge]")
    ]


def row_text(client: Client) -> str:
    """The only row's words."""
    (row,) = soup(client.get(PATH)).select("[data-pick-all] > li")
    return " ".join(row.get_text(" ").split())


def test_list_shows_this_persons_open_charges_only(resident_client: Client, charge: Charge) -> None:
    owe(make_user())
    make_charge(None)
    assert ticks(resident_client) == [(charge.code, True)]
    assert resident_client.get(PATH).templates[0].name == "payments/list.html"


def test_row_carries_price_of_today_in_cents_for_the_script(resident_client: Client, charge: Charge) -> None:
    (box,) = soup(resident_client.get(PATH)).select("input[name=charge]")
    assert (box["data-amount"], box.has_attr("checked")) == ("3000", True)
    text = row_text(resident_client)
    assert "$30.00 through" in text
    assert "then $50.00" in text
    assert text.endswith("$30.00")


def test_anonymous_is_sent_to_the_login_and_back(client: Client, db: None) -> None:
    assert client.get(PATH).headers["Location"] == "/login?next=/payments/"


def test_post_is_refused(resident_client: Client) -> None:
    assert resident_client.post(PATH).status_code == 405


def test_empty_list_says_so_and_offers_no_button(resident_client: Client) -> None:
    page = soup(resident_client.get(PATH))
    assert page.select_one(".empty h2").get_text() == "Nothing to pay."  # type: ignore[union-attr]
    assert page.select("input[name=charge], aside") == []


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"blocked": "It is under appeal."}, "It is under appeal."),
        ({"held_until": timezone.now() - timedelta(minutes=1)}, "the place is free again"),
    ],
)
def test_charge_that_cannot_be_paid_says_why_and_cannot_be_ticked(
    resident_client: Client, charge: Charge, change: dict[str, object], says: str
) -> None:
    Charge.objects.update(**change)
    assert ticks(resident_client) == [(charge.code, False)]
    assert says in row_text(resident_client)
    assert soup(resident_client.get(PATH)).select("aside") == []


def test_promised_charge_cannot_be_ticked(resident_client: Client, charge: Charge, resident: User) -> None:
    promise_payment(make_checkout([charge], resident), email=resident.email)
    assert ticks(resident_client) == [(charge.code, False)]
    assert "Paid but not Processed" in row_text(resident_client)


@pytest.mark.parametrize(
    ("change", "says"),
    [
        ({"due_on": timezone.localdate() - timedelta(days=1)}, "Overdue Was due on"),
        ({"due_on": timezone.localdate()}, "Owed Due by"),
    ],
)
def test_charge_is_overdue_after_its_last_day(
    resident_client: Client, charge: Charge, change: dict[str, object], says: str
) -> None:
    Charge.objects.update(reduced_amount=None, reduced_through=None, detail="", **change)
    assert says in row_text(resident_client)


def test_held_permit_comes_first(resident_client: Client, charge: Charge, resident: User) -> None:
    permit = make_permit(resident)
    assert ticks(resident_client) == [(permit.charge.code, True), (charge.code, True)]


def test_paid_before_leads_to_the_receipt(resident_client: Client, resident: User) -> None:
    receipt = pay(resident).receipt
    pay(make_user())
    page = soup(resident_client.get(PATH))
    assert [link["href"] for link in page.select("section[aria-labelledby=past] a")] == [f"/receipts/{receipt.code}/"]
    assert page.select_one("section[aria-labelledby=past] .money").get_text() == "$30.00"  # type: ignore[union-attr]


@pytest.mark.parametrize(("received_as", "remark"), [("cheque", ["Cheque bounced"]), ("cash", [])])
def test_paid_before_says_which_cheque_bounced(
    resident_client: Client, resident: User, staff: User, received_as: str, remark: list[str]
) -> None:
    promise = promise_payment(make_checkout([owe(resident)], resident), email=resident.email)
    payment = process_manually(promise, received=Decimal("30.00"), received_as=ReceivedAs(received_as), by=staff)
    if remark:
        bounce_cheque(payment, by=staff)
    [row] = soup(resident_client.get(PATH)).select("section[aria-labelledby=past] li")
    assert [pill.get_text(strip=True) for pill in row.select(".pill")] == remark


def test_only_the_last_ten_receipts_are_shown(resident_client: Client, resident: User) -> None:
    for _ in range(11):
        pay(resident)
    assert len(soup(resident_client.get(PATH)).select("section[aria-labelledby=past] li")) == 10


@pytest.mark.parametrize("rows", [1, 3])
def test_list_costs_as_much_for_three_rows_as_for_one(
    resident_client: Client, resident: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    for _ in range(rows):
        owe(resident)
        pay(resident)
    with django_assert_num_queries(7):
        response = resident_client.get(PATH)
    assert len(soup(response).select("input[name=charge]")) == rows
    assert len(soup(response).select("section[aria-labelledby=past] li")) == rows


def test_partly_paid_charge_shows_what_is_left(resident_client: Client, resident: User, staff: User) -> None:
    from payments.models.payment import ReceivedAs
    from payments.services.promises import process_manually

    promise = promise_payment(make_checkout([owe(resident)], resident), email=resident.email)
    process_manually(promise, received=Decimal("10.00"), received_as=ReceivedAs.CASH, by=staff)
    text = row_text(resident_client)
    assert "$10.00 of $50.00 is paid." in text
    assert text.endswith("$40.00")


def test_tab_counts_what_waits_for_the_payer(resident_client: Client, resident: User) -> None:
    make_charge(resident)
    Charge.objects.filter(pk=make_charge(resident).pk).update(blocked="Under appeal.")
    promise_payment(make_checkout([make_charge(resident)], resident), email=resident.email)
    for address in ("/payments/", "/home/", "/vehicles/"):
        [count] = soup(resident_client.get(address)).select(".tabs .count")
        assert count.get_text() == "1 to pay", address


# Credit -------------------------------------------------------------------------------------------------------------


def test_unspent_credit_shows_at_the_bottom_with_what_holds_it(resident_client: Client, resident: User) -> None:
    give(resident, "12.00")
    held = promise_payment(make_checkout([make_charge(resident)], resident), email=resident.email, credit=Decimal(12))
    give(resident, "7.50")
    rows = soup(resident_client.get("/payments/")).select("#credits ~ .card .money-row")
    words = [" ".join(row.get_text(" ").split()) for row in rows]
    day = date_format(timezone.localdate())
    assert words == [
        f"Office credit, Payroll Deduction {day} , held by a payment that is not finished \N{MINUS SIGN}$12.00",
        f"Office credit, Payroll Deduction {day} \N{MINUS SIGN}$7.50",
    ]
    process_manually(held, received=held.amount, received_as=ReceivedAs.CASH, by=make_user(is_staff=True))
    assert len(soup(resident_client.get("/payments/")).select("#credits ~ .card .money-row")) == 1
