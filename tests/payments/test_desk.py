"""The office's counter: select, add credit, submit, process (FLEX-1 to FLEX-4)."""

from decimal import Decimal

import pytest
from bs4 import BeautifulSoup
from django.http import HttpResponseBase
from django.test import Client

from accounts.models import Mail, User
from payments.models import Adjustment, Charge, Checkout, Payment
from payments.services.promises import pay_by_credit, promise_payment
from tests.factories import change_office, make_checkout, make_company, make_manager, make_permit, make_user
from tests.payments.test_admin import CASHIERS, OTHERS, client_of, said
from tests.payments.test_credits import dec, give, owe, spendable


def page(response: HttpResponseBase) -> BeautifulSoup:
    return BeautifulSoup(response.content, "html.parser")  # type: ignore[attr-defined]


def rows(response: HttpResponseBase) -> list[str]:
    return [" ".join(row.get_text(" ").split()) for row in page(response).select("tbody tr")]


def desk(name: str, pk: int) -> str:
    return f"/admin/payments/payment/{pk}/{name}/"


def hidden(response: HttpResponseBase) -> dict[str, str]:
    return {str(field["name"]): str(field["value"]) for field in page(response).select("form input[type=hidden]")}


@pytest.fixture
def cashier(db: None) -> Client:
    return client_of("Cashier")


def test_credit_is_added_submitted_checked_and_processed(cashier: Client, resident: User) -> None:
    change_office(payroll_email="payroll@example.test")
    permit, ticket = make_permit(resident).charge, owe(resident, amount="23.00")
    listed = cashier.get(desk("person", resident.pk))
    assert [box["value"] for box in page(listed).select("input[name=charge]")] == [str(permit.pk), str(ticket.pk)]
    response = cashier.post(desk("person", resident.pk), {"charge": [permit.pk, ticket.pk]}, follow=True)
    checkout = Checkout.objects.get()
    assert response.redirect_chain == [(desk("take", checkout.pk), 302)]
    assert page(response).find("a", string="Add Credit")["href"] == desk("credit", checkout.pk)  # type: ignore[index]

    adding = cashier.get(desk("credit", checkout.pk))
    labels = [label.get_text() for label in page(adding).select("form.panel label")]
    assert labels == ["Payment Method:", "Amount:", "Received as:", "Comment:"]
    form = hidden(adding) | {"method": "payroll", "amount": "100.00", "comment": "Flex"}
    for _click in range(2):
        response = cashier.post(desk("credit", checkout.pk), form, follow=True)
    assert sorted(Adjustment.objects.values_list("amount", "state")) == [
        (dec("-100.00"), "unprocessed"),
        (dec("100.00"), "processed"),
    ]
    assert rows(response)[-2:] == ["Adjustment: Payroll Deduction, Flex \N{MINUS SIGN}$100.00", "Left to pay $0.00"]

    checking = cashier.post(desk("take", checkout.pk), hidden(response) | {"method": "credit"})
    assert (Payment.objects.count(), rows(checking)[-1]) == (0, "Payment Method Office credit")
    assert page(checking).select_one("input.default")["value"] == "Submit Payment Information"  # type: ignore[index]
    response = cashier.post(desk("take", checkout.pk), hidden(checking), follow=True)
    payment = Payment.objects.get()
    assert (payment.state, payment.amount, Mail.objects.count()) == ("promised", dec("0.00"), 0)
    assert page(response).find("a", string="Process Manually")["href"] == desk("process", payment.pk)  # type: ignore[index]

    cashier.post(desk("process", payment.pk), {})
    payment.refresh_from_db()
    assert (payment.state, spendable(resident), payment.adjustments.get().credit) == ("confirmed", [], dec("100.00"))
    mails = {mail.to: mail for mail in Mail.objects.all()}
    assert {to: mail.kind for to, mail in mails.items()} == {
        resident.email: "receipt",
        "payroll@example.test": "payroll",
    }
    assert (
        f"Deduct $100.00 from the pay of {resident.get_full_name()}, {resident.email}."
        in mails["payroll@example.test"].text
    )


@pytest.mark.parametrize(
    ("address", "method", "told"), [("", "payroll", 0), ("p@x.test", "cash", 0), ("p@x.test", "payroll", 1)]
)
def test_payroll_hears_of_payroll_alone_and_where_it_has_an_address(
    cashier: Client, resident: User, checkout: Checkout, address: str, method: str, told: int
) -> None:
    change_office(payroll_email=address)
    give(resident, "10.00", method=method, received_as=method if method == "cash" else "")
    payment = promise_payment(checkout, email=resident.email, credit=dec("10.00"))
    cashier.post(desk("process", payment.pk), {"received": "20.00", "received_as": "cash"})
    assert Mail.objects.filter(kind="payroll").count() == told


def test_rest_of_a_payroll_credit_is_not_deducted_again(cashier: Client, resident: User, checkout: Checkout) -> None:
    change_office(payroll_email="payroll@example.test")
    give(resident, "100.00")
    for charge in (checkout.lines.get().charge, owe(resident, amount="50.00")):
        left = -sum(spendable(resident), start=dec("0.00"))
        payment = promise_payment(
            make_checkout([charge], resident), method_code="credit", email=resident.email, credit=left
        )
        cashier.post(desk("process", payment.pk), {})
    assert [mail.subject for mail in Mail.objects.filter(kind="payroll")] == [
        f"Payroll deduction of $100.00: {resident.get_full_name()}"
    ]


def test_rest_by_payroll_is_deducted_too(cashier: Client, resident: User, checkout: Checkout) -> None:
    change_office(payroll_email="payroll@example.test")
    shown = cashier.get(desk("take", checkout.pk))
    assert [option["value"] for option in page(shown).select("select[name=method] option")] == ["cash", "payroll"]
    form = hidden(shown) | {"method": "payroll", "confirmed": "1"}
    cashier.post(desk("take", checkout.pk), form)
    payment = Payment.objects.get()
    assert page(cashier.get(desk("process", payment.pk))).select("select[name=received_as]") == []
    cashier.post(desk("process", payment.pk), {"received": "30.00"})
    assert Mail.objects.get(kind="payroll").subject.startswith("Payroll deduction of $30.00")


def test_items_of_others_and_what_cannot_be_paid_are_not_taken(cashier: Client, resident: User, charge: Charge) -> None:
    theirs, blocked = owe(None), owe(resident)
    Charge.objects.filter(pk=blocked.pk).update(blocked="It is under appeal.")
    for chosen in ([theirs.pk], [blocked.pk], ["x", "1\x00", ""], []):
        response = cashier.post(desk("person", resident.pk), {"charge": chosen}, follow=True)
        assert response.redirect_chain == [(desk("person", resident.pk), 302)]
    assert Checkout.objects.count() == 0


@pytest.mark.guide("FLEX-2")
def test_somebody_who_owes_nothing_gets_credit_that_the_next_payment_spends(cashier: Client, resident: User) -> None:
    whole = cashier.get(f"/admin/accounts/user/{resident.pk}/change/")
    assert page(whole).find("a", string="Add Credit")["href"] == desk("addcredit", resident.pk)  # type: ignore[index]
    adding = cashier.get(desk("addcredit", resident.pk))
    form = hidden(adding) | {"method": "cash", "received_as": "cash", "amount": "40.00", "comment": "Paid ahead"}
    for _click in range(2):
        answer = cashier.post(desk("addcredit", resident.pk), form, follow=True)
    assert answer.redirect_chain[-1][0] == f"/admin/accounts/user/{resident.pk}/change/"
    assert "Credit $40.00" in " ".join(page(answer).get_text(" ").split())
    assert spendable(resident) == [dec("-40.00")]
    checkout = make_checkout([owe(resident, amount="25.00")], resident)
    payment = pay_by_credit(checkout, email=resident.email, credit=dec("40.00"))
    assert (payment.state, payment.adjustments.get().credit) == ("confirmed", dec("40.00"))
    assert spendable(resident) == [dec("-15.00")]


def test_staff_and_closed_accounts_get_no_credit(cashier: Client, resident: User) -> None:
    colleague = make_user(is_staff=True)
    User.objects.filter(pk=resident.pk).update(is_active=False)
    assert [cashier.get(desk("addcredit", user.pk)).status_code for user in (colleague, resident)] == [404, 404]


@pytest.mark.parametrize("amount", ["", "0", "-5", "1.001", "NaN", "1e9", "\x00"])
def test_bad_amount_adds_no_credit(cashier: Client, checkout: Checkout, amount: str) -> None:
    form = {"method": "payroll", "amount": amount, "comment": "", "once": "ABCDEFGH"}
    assert cashier.post(desk("credit", checkout.pk), form).status_code == 200
    assert Adjustment.objects.count() == 0


def test_credit_in_cash_or_cheque_says_which(cashier: Client, checkout: Checkout) -> None:
    form = {"method": "cash", "amount": "5", "comment": "", "once": "ABCDEFGH"}
    page = cashier.post(desk("credit", checkout.pk), form).content.decode()
    assert ("Say as what the money was received." in page, Adjustment.objects.count()) == (True, 0)
    assert cashier.post(desk("credit", checkout.pk), form | {"received_as": "cheque"}).status_code == 302
    assert set(Adjustment.objects.values_list("received_as", flat=True)) == {"cheque"}


def test_guests_and_companies_checkouts_are_not_taken_here(cashier: Client, resident: User) -> None:
    manager = make_manager(make_company()).user
    company = manager.membership.company
    checkouts = [make_checkout([owe(None)]), make_checkout([owe(manager)], manager, company=company)]
    for checkout in checkouts:
        for name in ("take", "credit"):
            assert cashier.get(desk(name, checkout.pk)).status_code == 404


@pytest.mark.parametrize("role", [*OTHERS, *CASHIERS])
def test_counter_is_for_cashiers(resident: User, checkout: Checkout, role: str) -> None:
    client, status = client_of(role), 200 if role in CASHIERS else 403
    pages = [("person", resident.pk), ("take", checkout.pk), ("credit", checkout.pk), ("addcredit", resident.pk)]
    assert [client.get(desk(name, pk)).status_code for name, pk in pages] == [status] * 4


# Reverse ------------------------------------------------------------------------------------------------------------


def reverse_page(credit: Adjustment) -> str:
    return f"/admin/payments/adjustment/{credit.pk}/reverse/"


def test_finance_reverses_with_a_reason_and_cashiers_cannot(resident: User) -> None:
    credit, finance, cashier = give(resident, "45.00"), client_of("Finance"), client_of("Cashier")
    assert cashier.post(reverse_page(credit), {"reason": "Mistake"}).status_code == 403
    assert finance.post(reverse_page(credit), {"reason": ""}).status_code == 200
    assert spendable(resident) == [dec("-45.00")]
    response = finance.post(reverse_page(credit), {"reason": "Typed twice"}, follow=True)
    assert (said(response), spendable(resident)) == (["The credit is reversed."], [])
    again = finance.post(reverse_page(credit), {"reason": "Typed twice"}, follow=True)
    assert said(again) == ["This credit is reversed already."]


def test_persons_page_leads_to_the_counter_and_the_adjustments(staff_client: Client, resident: User) -> None:
    give(resident, "45.00")
    shown = page(staff_client.get(f"/admin/accounts/user/{resident.pk}/change/"))
    assert shown.find("a", string="Payments")["href"] == desk("person", resident.pk)  # type: ignore[index]
    listed = f"/admin/payments/adjustment/?user__id__exact={resident.pk}"
    link = shown.select_one(f'.standing a[href="{listed}"]')
    assert link is not None
    assert link.get_text(strip=True) == "Credit $45.00"
    found = page(staff_client.get(listed)).select("#result_list .field-amount")
    assert sorted(cell.get_text() for cell in found) == ["-45.00", "45.00"]


def test_process_page_shows_the_credit_and_asks_for_no_money(
    cashier: Client, resident: User, checkout: Checkout
) -> None:
    give(resident, "30.00")
    payment = promise_payment(checkout, email=resident.email, credit=Decimal("30.00"))
    shown = cashier.get(desk("process", payment.pk))
    assert rows(shown)[-2:] == ["Adjustment: Payroll Deduction \N{MINUS SIGN}$30.00", "Promised $0.00"]
    assert page(shown).select("input[name=received], select[name=received_as]") == []
