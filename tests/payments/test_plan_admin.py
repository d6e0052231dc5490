"""Payment plans in the office: seen by many, offered, agreed to and cancelled by finance, taken by those who process payments."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from payments.models import Checkout, PaymentPlan
from payments.services.plans.ending import judge_plan
from tests.accounts.office import SETTINGS_READ
from tests.factories import make_plan, owe_fees
from tests.payments.plans.test_paying import after
from tests.payments.test_admin import client_of, said
from tests.payments.views.page import soup

LIST = "/admin/payments/paymentplan/"


def test_finance_offers_agrees_and_cancels_and_the_cashier_takes(resident: User) -> None:
    finance, cashier, _fees = client_of("Finance"), client_of("Cashier"), owe_fees(resident)
    page = soup(finance.get(f"{LIST}{resident.pk}/offer/", {"count": "5", "first_percent": "20"}))
    assert [row.get_text(" ", strip=True) for row in page.select("table")[1].select("tbody td:nth-child(2)")] == [
        "$24.00"
    ] * 5
    hidden = {str(field["name"]): str(field["value"]) for field in page.select("form[method=post] input[type=hidden]")}
    finance.post(f"{LIST}{resident.pk}/offer/", hidden)
    plan = PaymentPlan.objects.get()
    page_of = f"{LIST}{plan.pk}/"
    assert (plan.state, plan.instalments.count()) == ("offered", 5)
    finance.post(page_of + "agree/")
    buttons = soup(cashier.get(page_of + "change/")).select(".desk button")
    assert [button.get_text() for button in buttons] == ["Take the next instalment"]
    taken = cashier.post(page_of + "take/")
    checkout = Checkout.objects.get(instalment__plan=plan)
    assert (taken.url, str(checkout.total)) == (f"/admin/payments/payment/{checkout.pk}/take/", "24.00")  # type: ignore[attr-defined]
    unsaid = finance.post(page_of + "cancel/", {"reason": ""}, follow=True)
    assert said(unsaid)[-1] == "Give the reason; the person reads it."
    finance.post(page_of + "cancel/", {"reason": "Paid by the insurance"})
    assert [(event.to_state, event.reason) for event in plan.events.all()] == [
        ("offered", ""), ("standing", ""), ("cancelled", "Paid by the insurance"),
    ]  # fmt: skip


@pytest.mark.parametrize("rows", [1, 3])
def test_list_of_those_not_kept_leads_to_pages_that_open(
    rows: int, staff_client: Client, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    plans = [make_plan(at=after(0)) for _row in range(rows)]
    make_plan()
    for plan in plans:
        judge_plan(plan.pk, at=after(60))
    with django_assert_num_queries(7 + SETTINGS_READ):
        page = soup(staff_client.get(LIST, {"owed": "yes"}))
    assert len(page.select("#result_list tbody tr")) == rows
    assert "Not paid" in soup(staff_client.get(f"{LIST}{plans[0].pk}/change/")).get_text()
