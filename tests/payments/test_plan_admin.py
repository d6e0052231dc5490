"""Payment plans in the office: seen by many, offered, agreed to, taken and cancelled by those who process payments."""

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from payments.models import Checkout, PaymentPlan
from payments.services.plans.ending import judge_plan
from tests.factories import make_plan, owe_fees
from tests.payments.plans.test_paying import after
from tests.payments.test_admin import client_of, said
from tests.payments.views.page import soup

LIST = "/admin/payments/paymentplan/"


def test_cashier_offers_agrees_takes_and_cancels(resident: User) -> None:
    cashier, _fees = client_of("Cashier"), owe_fees(resident)
    page = soup(cashier.get(f"{LIST}{resident.pk}/offer/", {"count": "5", "first_percent": "20"}))
    assert [row.get_text(" ", strip=True) for row in page.select("table")[1].select("tbody td:nth-child(2)")] == [
        "$24.00"
    ] * 5
    hidden = {str(field["name"]): str(field["value"]) for field in page.select("form[method=post] input[type=hidden]")}
    cashier.post(f"{LIST}{resident.pk}/offer/", hidden)
    plan = PaymentPlan.objects.get()
    act = f"{LIST}{plan.pk}/act/"
    assert (plan.state, plan.instalments.count()) == ("offered", 5)
    cashier.post(act, {"do": "agree"})
    taken = cashier.post(act, {"do": "take"})
    checkout = Checkout.objects.get(instalment__plan=plan)
    assert (taken.url, str(checkout.total)) == (f"/admin/payments/payment/{checkout.pk}/take/", "24.00")  # type: ignore[attr-defined]
    assert (
        said(cashier.post(act, {"do": "cancel", "reason": ""}, follow=True))[-1]
        == "Give the reason; the person reads it."
    )
    cashier.post(act, {"do": "cancel", "reason": "Paid by the insurance"})
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
    with django_assert_num_queries(8):
        page = soup(staff_client.get(LIST, {"owed": "yes"}))
    assert len(page.select("#result_list tbody tr")) == rows
    assert "Not paid" in soup(staff_client.get(f"{LIST}{plans[0].pk}/change/")).get_text()
