"""Pay in instalments without an account: a ticket's number and PIN, a link by e-mail, the ordinary guest checkout."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from urllib.parse import urlsplit

import pytest
from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Mail, User
from opscom.lib.dates import today
from payments.models import Charge, Checkout, PaymentPlan
from payments.services.plans.agreeing import agree_offer
from payments.services.plans.ending import cancel_plan
from payments.services.plans.following import follow_plans
from tests.factories import change_office, make_offence, make_user, make_vehicle, make_violation
from tests.payments.plans.test_paying import pay
from tests.payments.views.page import callouts, field, soup
from violations.models import Offence, Violation
from violations.services.verbs import void_violation

EXTRA = not settings.REDIS_URL  # without Redis the office's settings are a row
URL = "/tickets/TT-10133/plan/"
State = PaymentPlan.State


@pytest.fixture
def offence(db: None) -> Offence:
    """$120.00, without a discount."""
    change_office(payment_plans=True)
    return make_offence(amount=Decimal("120.00"), reduced_amount=None, reduced_days=0)


@pytest.fixture
def ticket(offence: Offence) -> Violation:
    """Of a plate that nobody is known for."""
    return make_violation(offence=offence, number="TT-10133", pin="3K")


def ask(client: Client, count: int = 3, email: str = "kim@example.test") -> str:
    """Look at the plan, then ask for it; answers what the next page says."""
    return callouts(client.post(URL, shown(client, URL, count) | {"email": email}, follow=True))[-1]


def shown(client: Client, path: str, count: int = 3) -> dict[str, Any]:
    """What the page sends along that shows so many instalments."""
    form = soup(client.get(path, {"count": str(count)})).select_one("form[method=post]")
    assert form
    return {name: form.select(f"[name={name}]")[0]["value"] for name in ("count", "shown")}


def refusal_of(client: Client, path: str) -> str:
    """Why there can be no plan, as the page says it."""
    return str(client.get(path).context.get("refusal") or "")


def link() -> str:
    """The address in the newest e-mail about a plan, on this site."""
    text = Mail.objects.filter(kind__startswith="plan_").latest("pk").text
    return urlsplit(next(word for word in text.split() if "/payments/plan/link/" in word)).path


@pytest.fixture
def agreed(guest_client: Client) -> PaymentPlan:
    """A plan of three instalments that the guest has asked for and agreed to, in the browser of the e-mail."""
    ask(guest_client)
    page = guest_client.get(link(), follow=True)
    guest_client.post(f"{page.request['PATH_INFO']}agree/", {"card": ""})
    return PaymentPlan.objects.get()


@pytest.mark.parametrize("rows", [1, 3])
def test_plan_of_the_opened_tickets_begins_with_the_link_from_the_mail(
    guest_client: Client, offence: Offence, rows: int, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    others = [make_violation(offence=offence) for _n in range(rows - 1)]
    make_violation(offence=offence)  # of the same plate, and not opened
    for other in [*others, make_violation(offence=offence, plate="ELSE1")]:
        guest_client.post("/pay-ticket/", {"ticket": other.full_number})
    assert URL in guest_client.get("/tickets/TT-10133/").content.decode()
    with django_assert_num_queries(16 + EXTRA):
        guest_client.get(URL)
    said = ask(guest_client)
    assert said == "An e-mail is on its way to kim@example.test. The plan begins when you open its link and agree."
    plan, total = PaymentPlan.objects.get(), Decimal("120.00") * rows
    assert (plan.state, plan.user, plan.email, plan.total) == (State.OFFERED, None, "kim@example.test", total)
    elsewhere = Client()
    assert elsewhere.get(f"/payments/plan/{plan.code}/").headers["Location"].startswith("/login?next=")
    page = elsewhere.get(link(), follow=True)
    assert page.redirect_chain == [(f"/payments/plan/{plan.code}/", 302)]
    elsewhere.post(f"/payments/plan/{plan.code}/agree/", {"card": ""})
    plan.refresh_from_db()
    assert (plan.state, plan.charges.count()) == (State.STANDING, rows)
    assert "In a payment plan" in guest_client.get("/tickets/TT-10133/").content.decode()
    assert Violation.objects.get(number="TT-10133").stopped != []
    assert Mail.objects.get(kind="plan_agreed").to == "kim@example.test"


def test_each_instalment_is_paid_through_the_guest_checkout(
    guest_client: Client, agreed: PaymentPlan, staff: User
) -> None:
    path = f"/payments/plan/{agreed.code}/"
    for nth in (1, 2, 3):
        first = guest_client.post(f"{path}pay/").headers["Location"]
        assert guest_client.post(f"{path}pay/").headers["Location"] == first  # twice pressed is once begun
        checkout = Checkout.objects.get(instalment__nth=nth)
        assert (checkout.user, checkout.email, checkout.total) == (None, "kim@example.test", Decimal("40.00"))
        assert field(guest_client.get(first), "email")["value"] == "kim@example.test"
        pay(checkout, staff)
    follow_plans()
    agreed.refresh_from_db()
    assert (agreed.state, Violation.objects.get(number="TT-10133").state) == (State.KEPT, "paid")
    assert Mail.objects.get(kind="plan_ended").to == "kim@example.test"


def test_guest_is_reminded_and_a_missed_instalment_ends_the_plan(agreed: PaymentPlan, guest_client: Client) -> None:
    due = agreed.instalments.get(nth=1).due_on
    noon, days = timezone.localtime().replace(hour=12), (due - today()).days
    for day in (days - 3, days + 1):
        assert follow_plans(at=noon + timedelta(days=day)) == 0
    reminders = Mail.objects.filter(kind="plan_due").order_by("pk")
    assert [(mail.to, mail.subject[:13]) for mail in reminders] == [
        ("kim@example.test", "Payment plan:"),
        ("kim@example.test", "Pay $40.00 by"),
    ]
    assert Client().get(link()).headers["Location"] == f"/payments/plan/{agreed.code}/"
    assert follow_plans(at=noon + timedelta(days=days + 8)) == 1
    assert "What is left is owed; see the ticket." in callouts(guest_client.get(f"/payments/plan/{agreed.code}/"))[-1]
    assert "Pay with the number of the ticket" in Mail.objects.get(kind="plan_ended").text
    refusal = "An earlier payment plan of yours was not kept. Ask the office for one."
    assert refusal in soup(guest_client.get(URL)).get_text()


def test_what_is_on_an_account_is_planned_there(client: Client, offence: Offence, resident: User) -> None:
    theirs = make_violation(make_vehicle(resident), offence=offence)
    client.post("/pay-ticket/", {"ticket": theirs.full_number})
    said = "This ticket is on somebody's account. Log in there to pay it in instalments."
    assert said in soup(client.get(f"/tickets/{theirs.number}/plan/")).get_text()
    client.force_login(resident)
    client.post("/pay-ticket/", {"ticket": theirs.full_number})
    assert client.get(f"/tickets/{theirs.number}/plan/").headers["Location"] == "/payments/plan/"


def test_limits_hold_for_guests_and_nothing_shows_whose_address_has_a_plan(
    guest_client: Client, agreed: PaymentPlan, offence: Offence
) -> None:
    assert "You owe nothing that can be paid in instalments." in soup(guest_client.get(URL)).get_text()
    second = make_violation(offence=offence, plate="ELSE1")
    other = Client()
    other.post("/pay-ticket/", {"ticket": second.full_number})
    path = f"/tickets/{second.number}/plan/"
    other.post(path, shown(other, path) | {"email": "KIM@example.test"})
    offer = PaymentPlan.objects.get(state=State.OFFERED)
    other.get(link(), follow=True)
    refused = other.post(f"/payments/plan/{offer.code}/agree/", {"card": ""}, follow=True)
    assert callouts(refused)[0] == "You have a payment plan. Another one can begin when it is paid."
    change_office(payment_plans=False)
    assert (other.get(path).status_code, Client().get(URL).status_code) == (404, 302)


def test_links_are_not_sent_without_end_and_an_older_offer_is_withdrawn(guest_client: Client) -> None:
    first = ask(guest_client)
    assert ask(guest_client) == first
    assert Mail.objects.filter(kind="plan_offered").count() == 1
    for minutes in range(2, 6):
        PaymentPlan.objects.update(created_at=timezone.now() - timedelta(minutes=minutes))
        ask(guest_client)
    assert [plan.state for plan in PaymentPlan.objects.order_by("pk")] == [State.CANCELLED] * 4 + [State.OFFERED]
    PaymentPlan.objects.update(created_at=timezone.now() - timedelta(minutes=9))
    assert ask(guest_client) == first
    assert Mail.objects.filter(kind="plan_offered").count() == 5


def test_whoever_asks_at_many_addresses_keeps_no_other_from_asking(guest_client: Client, ticket: Violation) -> None:
    for n in range(10):
        assert ask(guest_client, email=f"kim{n}@example.test").startswith("An e-mail is on its way to")
    refused = "Too many links were asked for from here today. Whoever has confirmed this address here before"
    assert ask(guest_client, email="kim10@example.test").startswith(refused)
    elsewhere = Client(REMOTE_ADDR="198.51.100.7")
    elsewhere.post("/pay-ticket/", {"ticket": ticket.full_number})
    assert ask(elsewhere, email="lee@example.test").startswith("An e-mail is on its way to")
    assert Mail.objects.filter(kind="plan_offered").count() == 11


def test_address_that_was_confirmed_is_served_where_others_are_not(guest_client: Client, agreed: PaymentPlan) -> None:
    cancel_plan(agreed, reason="Agreed by telephone", by=make_user(is_staff=True))
    for n in range(9):
        ask(guest_client, email=f"lee{n}@example.test")
    refused = ask(guest_client, email="lee9@example.test")
    PaymentPlan.objects.update(created_at=timezone.now() - timedelta(minutes=2))
    sent = Mail.objects.filter(kind="plan_offered")
    before = sent.count()
    assert ask(guest_client, email="KIM@example.test") == refused  # which tells nobody that this address has had a plan
    assert (sent.count(), sent.latest("pk").to) == (before + 1, "KIM@example.test")


@pytest.mark.parametrize(
    ("fields", "refusal"),
    [
        ({}, "An earlier payment plan of yours was not kept. Ask the office for one."),
        ({"plate_region": "CA-QC"}, ""),
        ({"plate_type": "motorcycle"}, ""),
        ({"plate": "ELSE1"}, ""),
    ],
)
def test_new_ticket_of_a_plate_gets_no_plan_while_an_earlier_one_is_broken_and_owed(
    guest_client: Client, agreed: PaymentPlan, offence: Offence, fields: dict[str, str], refusal: str
) -> None:
    first = Violation.objects.get(number="TT-10133")
    second = make_violation(offence=offence, plate=first.plate)
    Violation.objects.filter(pk=second.pk).update(**fields)
    other = Client()
    other.post("/pay-ticket/", {"ticket": second.full_number})
    path = f"/tickets/{second.number}/plan/"
    standing = "" if fields else "You have a payment plan. Another one can begin when it is paid."
    assert refusal_of(other, path) == standing
    follow_plans(at=timezone.now() + timedelta(days=90))
    agreed.refresh_from_db()
    assert (agreed.state, refusal_of(other, path)) == (State.BROKEN, refusal)
    void_violation(first, by=make_user(is_staff=True), reason="Sold since")
    assert refusal_of(other, path) == ""


def test_offer_of_a_plate_falls_when_another_of_it_is_agreed_to(guest_client: Client, offence: Offence) -> None:
    ask(guest_client)
    mine = Client()
    mine.get(link(), follow=True)
    second, other = make_violation(offence=offence), Client()
    other.post("/pay-ticket/", {"ticket": second.full_number})
    path = f"/tickets/{second.number}/plan/"
    other.post(path, shown(other, path) | {"email": "lee@example.test"})
    offers = {plan.email: plan for plan in PaymentPlan.objects.all()}
    assert agree_offer(offers["lee@example.test"], by=None).state == State.STANDING
    page = f"/payments/plan/{offers['kim@example.test'].code}/agree/"
    refused = mine.post(page, {"card": ""}, follow=True)
    assert callouts(refused)[0] == "You have a payment plan. Another one can begin when it is paid."


def test_offer_falls_when_the_ticket_comes_on_an_account(guest_client: Client, ticket: Violation) -> None:
    ask(guest_client)
    page = guest_client.get(link(), follow=True)
    Charge.objects.update(payer=make_user())
    answer = guest_client.post(f"{page.request['PATH_INFO']}agree/", {"card": ""}, follow=True)
    assert callouts(answer)[0] == "What is owed has changed since the offer. Ask for a new one."
    assert PaymentPlan.objects.get().state == State.OFFERED


def test_bad_address_is_refused_and_what_changed_is_shown_again(guest_client: Client, ticket: Violation) -> None:
    page = guest_client.post(URL, {"count": "3", "shown": "120.00", "email": "kim"})
    assert page.context["ask"].errors["email"] == ["Add the part after the dot, as in name@campus.edu."]
    answer = guest_client.post(URL, {"count": "3", "shown": "1.00", "email": "kim@example.test"}, follow=True)
    assert callouts(answer) == ["What you owe has changed. Look at the plan again."]
    assert Mail.objects.count() == 0


def test_office_sees_whose_plan_it_is_and_agrees_for_a_guest(
    guest_client: Client, staff: User, staff_client: Client
) -> None:
    ask(guest_client)
    plan = PaymentPlan.objects.get()
    assert "kim@example.test" in staff_client.get("/admin/payments/paymentplan/?q=kim").content.decode()
    assert "kim@example.test" in staff_client.get(f"/admin/payments/paymentplan/{plan.pk}/change/").content.decode()
    assert agree_offer(plan, by=staff).state == State.STANDING
