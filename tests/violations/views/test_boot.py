"""Boots as drivers see them: the lock in the cart, the ticket's page, the page with the code, the label."""

from datetime import timedelta

from django.conf import settings
from django.test import Client
from django.utils import timezone
from pytest_django import DjangoAssertNumQueries

from accounts.models import Mail, User
from payments.models import Charge, Checkout
from tests.conftest import sign_in
from tests.factories import change_office, fit, make_appeal, make_boot, make_user, make_vehicle, make_violation
from tests.payments.refunding import paid_by_card
from violations.models import BootAssignment, Violation
from violations.services.appeals.drafting import submit_appeal
from violations.services.boots.owing import required_charges
from violations.services.boots.releasing import release_unpaid

MORE = not settings.REDIS_URL  # without Redis the office's settings are a row
CODE = "73519"
TICKET = "/tickets/TT-10133/"


def released(violation: Violation | None = None, user: User | None = None) -> BootAssignment:
    assignment = fit(violation, make_boot(CODE))
    paid_by_card(list(required_charges(assignment)), user)
    assignment.refresh_from_db()
    return assignment


def test_cart_marks_what_belongs_to_a_boot_with_a_lock_and_words(resident: User, resident_client: Client) -> None:
    fit(make_violation(make_vehicle(resident)))
    make_violation(make_vehicle(resident, plate="FREE22"))
    page = resident_client.get("/payments/").content.decode()
    assert page.count("lock-mark") == 3
    assert page.count("A boot is on the vehicle. Paying this helps to get its release code.") == 3
    assert page.count('type="checkbox"') == 4


def test_ticket_page_names_all_that_the_code_waits_for_and_the_deposit(guest_client: Client, ticket: Violation) -> None:
    fit(ticket)
    answer = guest_client.get(TICKET)
    card = answer.context["boot"]
    assert [(str(row), row.price) for row in card.owed] == [
        ("Ticket TT-10133", 30),
        ("Boot fee (TT-10133)", 75),
        ("Boot deposit, refundable (TT-10133)", 100),
    ]
    page = answer.content.decode()
    assert "Pay $205.00</button>" in page
    assert "The deposit of $100.00 goes back the way it was paid, once the boot is back within 24 hours" in page


def test_boot_stays_while_an_appeal_runs_and_the_pages_say_so(
    resident: User, resident_client: Client, ticket: Violation
) -> None:
    Charge.objects.update(payer=resident)
    fit(ticket)
    words = "The boot stays on the vehicle until the appeal is decided."
    appeal = make_appeal(resident, ticket)
    assert words in resident_client.get(f"/appeals/{appeal.code}/").content.decode()
    submit_appeal(appeal, by=resident)
    assert words in resident_client.get(f"/appeals/{appeal.code}/").content.decode()
    assert words in Mail.objects.get(kind="appeal_received").text
    page = resident_client.get(TICKET).content.decode()
    assert (words in page, "Pay $" in page, "Guest Payment" in page) == (True, False, False)


def test_guest_pays_ticket_fee_and_deposit_together_and_the_deposit_alone_where_it_failed(
    guest_client: Client, ticket: Violation
) -> None:
    assignment = fit(ticket)
    guest_client.post(f"{TICKET}pay/")
    assert Checkout.objects.get().total == 205
    ticket_charge, fee, deposit = required_charges(assignment).order_by("pk")
    paid_by_card([ticket_charge, fee], None)
    page = guest_client.get(TICKET).content.decode()
    assert "Pay $100.00</button>" in page
    guest_client.post(f"{TICKET}pay/")
    assert [line.charge for line in Checkout.objects.latest("pk").lines.all()] == [deposit]


def test_guest_gives_a_valid_address_before_paying(guest_client: Client, ticket: Violation) -> None:
    fit(ticket)
    page = guest_client.post(f"{TICKET}pay/").headers["Location"]
    for address in ("", "nobody"):
        answer = guest_client.post(page, {"method": "card", "email": address, "credit": "0"})
        assert (answer.status_code, list(answer.context["form"].errors)) == (200, ["email"])


def test_ticket_page_leads_to_the_code_in_the_browser_that_paid_and_in_no_other(
    guest_client: Client, ticket: Violation
) -> None:
    assignment = fit(ticket, make_boot(CODE))
    guest_client.post(f"{TICKET}pay/")
    payment = paid_by_card(list(required_charges(assignment)), None)
    session = guest_client.session
    session["checkout of TT-10133"] = payment.checkout.code
    session.save()
    link = f"/releases/{BootAssignment.objects.get().code}/"
    assert link in guest_client.get(TICKET).content.decode()
    other = Client()
    other.post("/pay-ticket/", {"ticket": ticket.full_number})
    page = other.get(TICKET).content.decode()
    assert link not in page
    assert "The code went by e-mail to whoever paid." in page
    assert CODE not in page


def test_release_page_shows_code_instructions_place_and_time(client: Client, ticket: Violation) -> None:
    assignment = released(ticket)
    answer = client.get(f"/releases/{assignment.code}/")
    page = answer.content.decode()
    for text in (CODE, "turn the handle", "return box", "Bring it back by", "your deposit of $100.00"):
        assert text in page
    assert "no-store" in answer.headers["Cache-Control"]
    BootAssignment.objects.update(due_at=timezone.now() - timedelta(hours=1))
    assert "It was due back by" in client.get(f"/releases/{assignment.code}/").content.decode()


def test_release_page_of_a_person_is_theirs_alone(resident: User, resident_client: Client, client: Client) -> None:
    assignment = released(make_violation(make_vehicle(resident)), resident)
    address = f"/releases/{assignment.code}/"
    assert CODE in resident_client.get(address).content.decode()
    assert client.get(address).status_code == 404
    assert sign_in(Client(), make_user()).get(address).status_code == 404


def test_release_page_is_not_there_before_the_release_and_tells_no_code_afterwards(client: Client, db: None) -> None:
    assignment = fit(boot=make_boot(CODE))
    assert client.get(f"/releases/{assignment.code}/").status_code == 404
    release_unpaid(assignment, by=make_user(is_staff=True), reason="Ambulance")
    assert CODE in client.get(f"/releases/{assignment.code}/").content.decode()
    for state, words in (("returned", "The boot came back on"), ("forfeited", "The boot did not come back")):
        BootAssignment.objects.update(state=state, ended_at=timezone.now())
        page = client.get(f"/releases/{assignment.code}/").content.decode()
        assert (words in page, CODE in page) == (True, False)


def test_label_leads_a_driver_to_the_ticket_and_names_nobody(client: Client, ticket: Violation) -> None:
    assignment = fit(ticket)
    page = client.get(f"/boots/{assignment.boot.code}/").content.decode()
    assert ("/pay-ticket/" in page, ticket.number in page, ticket.plate in page) == (True, False, False)
    change_office(guest_payment=False)
    assert 'href="/payments/"' in client.get(f"/boots/{assignment.boot.code}/").content.decode()
    assert client.get("/boots/UNKNOWN/").status_code == 404


def test_receipt_says_where_the_code_is(resident: User, resident_client: Client) -> None:
    assignment = fit(make_violation(make_vehicle(resident)))
    payment = paid_by_card(list(required_charges(assignment)), resident)
    page = resident_client.get(f"/receipts/{payment.receipt.code}/").content.decode()
    assert page.count("its release code is on the ticket") == 1


def test_boot_pages_cost_few_queries(
    guest_client: Client, ticket: Violation, django_assert_num_queries: DjangoAssertNumQueries
) -> None:
    assignment = released(ticket)
    with django_assert_num_queries(7 + MORE):
        guest_client.get(TICKET)
    with django_assert_num_queries(1 + MORE):
        Client().get(f"/releases/{assignment.code}/")
