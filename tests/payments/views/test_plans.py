"""The pages of payment plans: looked at, agreed to, paid."""

from decimal import Decimal

import pytest
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import User
from payments.models import Checkout, PaymentPlan
from payments.services.plans.agreeing import offer_plan
from payments.services.plans.ending import cancel_plan
from tests.factories import change_office, make_plan, make_stored_card, owe_fees
from tests.payments.views.page import callouts, field, soup

NEW = "/payments/plan/"


def cells(client: Client, path: str) -> list[list[str]]:
    """The table of instalments."""
    rows = soup(client.get(path)).select("tbody tr")
    return [[" ".join(cell.get_text(" ").split()) for cell in row.select("th, td")] for row in rows]


@pytest.mark.parametrize("rows", [1, 3])
def test_rehearsal_shows_days_and_sums_and_then_it_is_agreed_to(
    resident_client: Client, resident: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    card = make_stored_card(resident)
    owe_fees(resident, *["60.00"] * rows, "60.05")
    with django_assert_num_queries(12):
        page = resident_client.get(NEW, {"count": "2"})
    half = Decimal("60.00") * (rows + 1) / 2
    assert [row[1] for row in cells(resident_client, NEW + "?count=2")] == [
        f"${half + Decimal('0.02'):.2f}",
        f"${half + Decimal('0.03'):.2f}",
    ]
    answer = resident_client.post(NEW, {"count": "2", "shown": field(page, "shown")["value"], "card": card.code})
    plan = PaymentPlan.objects.get()
    assert (answer.url, plan.card, plan.instalments.count()) == (f"/payments/plan/{plan.code}/", card, 2)  # type: ignore[attr-defined]
    assert callouts(resident_client.get(answer.url)) == ["Your payment plan has begun. Late fees stop while it runs."]  # type: ignore[attr-defined]


def test_refusals_say_why(resident_client: Client, resident: User) -> None:
    owe_fees(resident, "99.99")
    assert "A payment plan is for $100.00 or more." in soup(resident_client.get(NEW)).get_text()
    change_office(plan_least=Decimal(50))
    answer = resident_client.post(NEW, {"count": "3", "shown": "1.00", "card": ""}, follow=True)
    assert callouts(answer) == ["What you owe has changed. Look at the plan again."]
    change_office(payment_plans=False)
    assert resident_client.get(NEW).status_code == 404


@pytest.mark.parametrize("rows", [1, 3])
def test_plan_shows_where_it_stands_and_pays_a_part_or_all(
    resident_client: Client, resident: User, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    owe_fees(resident, *["120.00"] * rows)
    plan = make_plan(resident, count=3)
    path = f"/payments/plan/{plan.code}/"
    with django_assert_num_queries(8):
        resident_client.get(path)
    assert [row[0].endswith("To come") for row in cells(resident_client, path)] == [True] * 3
    answer = resident_client.post(path + "pay/")
    checkout = Checkout.objects.get(instalment__nth=1)
    assert (answer.url, checkout.total) == (f"/checkout/{checkout.code}/", Decimal(40 * rows))  # type: ignore[attr-defined]
    resident_client.post(path + "pay/", {"rest": "1"})
    assert Checkout.objects.get(instalment=None).total == 120 * rows


def test_offer_is_agreed_to_and_an_end_says_why(resident_client: Client, resident: User, staff: User) -> None:
    owe_fees(resident)
    plan = offer_plan(resident, count=10, by=staff)
    path = f"/payments/plan/{plan.code}/"
    assert callouts(resident_client.get(path)) == ["This is an offer. The plan begins when you agree below."]
    resident_client.post(path + "agree/", {"card": ""})
    plan.refresh_from_db()
    assert plan.state == "standing"
    resident_client.post(path + "card/", {"card": make_stored_card(resident).code})
    assert plan.instalments.filter(next_try_at__gt=timezone.now()).count() == 10
    cancel_plan(plan, reason="Paid by the insurance", by=staff)
    history = [
        line.get_text(" ", strip=True)
        for line in soup(resident_client.get("/history/?kind=plan")).select(
            ".timeline strong, .timeline h3, .timeline p"
        )
    ]
    assert [word for word in ("offered", "agreed", "cancelled") if f"Payment plan {word}" in " ".join(history)] == [
        "offered",
        "agreed",
        "cancelled",
    ]
    assert callouts(resident_client.get(path))[-1] == "The office cancelled this plan: Paid by the insurance"


def test_payments_leads_to_the_plan_and_ticks_none_of_its_charges(resident_client: Client, resident: User) -> None:
    owe_fees(resident)
    page = soup(resident_client.get("/payments/"))
    assert len(page.select(f"a[href='{NEW}']")) == 1
    plan = make_plan(resident)
    owe_fees(resident, "10.00")
    page = soup(resident_client.get("/payments/"))
    assert [box.has_attr("disabled") for box in page.select("input[name=charge]")] == [True, True, False]
    assert len(page.select(f"a[href='/payments/plan/{plan.code}/']")) == 1
    assert "In a payment plan" in page.get_text()
    assert "$10.00" in soup(resident_client.get("/home/")).select(".sum")[0].get_text()


@pytest.mark.parametrize(
    ("percent", "words"),
    [(0, "Nothing is charged now."), (25, "The first instalment is charged today if you choose a")],
)
def test_pages_say_whether_a_card_is_charged_at_once(
    resident_client: Client, resident: User, staff: User, percent: int, words: str
) -> None:
    make_stored_card(resident)
    owe_fees(resident)
    change_office(plan_first_percent=percent)
    assert words in soup(resident_client.get(NEW)).get_text()
    offer = offer_plan(resident, count=3, first_percent=percent, by=staff)
    assert words in soup(resident_client.get(f"/payments/plan/{offer.code}/")).get_text()
