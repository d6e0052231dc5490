"""Guest Payment: from the ticket to the checkout."""

from decimal import Decimal

from django.test import Client

from accounts.models import User
from payments.models import Checkout
from tests.factories import change_office, make_checkout, make_payment, make_vehicle, make_violation
from violations.models import Violation
from violations.services.issue import spoil_violation

URL = "/tickets/TT-10133/pay/"


def test_guest_payment_freezes_the_price_and_leads_to_the_checkout(guest_client: Client, ticket: Violation) -> None:
    response = guest_client.post(URL)
    checkout = Checkout.objects.get()
    assert (response.status_code, response.headers["Location"]) == (302, f"/checkout/{checkout.code}/")
    assert checkout.user is None
    assert (checkout.total, checkout.language, checkout.back) == (Decimal("30.00"), "en", "/tickets/TT-10133/")
    assert [line.charge for line in checkout.lines.all()] == [ticket.charge]


def test_guest_payment_keeps_the_language(guest_client: Client) -> None:
    guest_client.cookies["language"] = "fr"
    guest_client.post(URL)
    assert Checkout.objects.get().language == "fr"


def test_guest_payment_of_the_signed_in_payer_is_the_payers(resident: User, resident_client: Client) -> None:
    make_violation(make_vehicle(resident), number="TT-10133")
    resident_client.post(URL)
    resident_client.post(URL)
    assert [checkout.user for checkout in Checkout.objects.all()] == [resident]


def test_guest_payment_of_a_visitor_or_stranger_changes_nothing(
    client: Client, resident_client: Client, staff_client: Client, ticket: Violation
) -> None:
    answer = client.post(URL)
    assert (answer.status_code, answer.headers["Location"]) == (302, "/pay-ticket/")
    assert resident_client.post(URL).status_code == 404
    assert staff_client.post(URL).status_code == 404
    assert Checkout.objects.count() == 0


def test_guest_payment_says_why_it_cannot_be(guest_client: Client, ticket: Violation, staff: User) -> None:
    spoil_violation(ticket, by=staff, reason="Wrong plate")
    page = guest_client.post(URL, follow=True)
    assert page.redirect_chain == [("/tickets/TT-10133/", 302)]
    assert [str(message) for message in page.context["messages"]] == [
        "Ticket TT-10133 is no longer owed. Go back to Payments to see what is."
    ]
    assert Checkout.objects.count() == 0


def test_guest_payment_waits_for_promised_money(guest_client: Client, ticket: Violation) -> None:
    assert ticket.charge
    make_payment(make_checkout([ticket.charge]), method_id="cash", provider="", provider_ref="", state="promised")
    page = guest_client.post(URL, follow=True)
    assert "Paid but not Processed" in page.content.decode()
    assert "Guest Payment" not in page.content.decode()
    assert Checkout.objects.count() == 1


def test_guest_payment_of_a_warning_says_that_nothing_is_owed(client: Client, db: None) -> None:
    violation = make_violation(warning=True)
    client.post("/pay-ticket/", {"ticket": violation.full_number})
    page = client.post(f"/tickets/{violation.number}/pay/", follow=True)
    assert [str(message) for message in page.context["messages"]] == ["Nothing is owed for this ticket."]


def test_guest_payment_is_off_with_its_setting(guest_client: Client, ticket: Violation) -> None:
    change_office(guest_payment=False)
    assert guest_client.post(URL).status_code == 404


def test_guest_payment_refuses_get(guest_client: Client) -> None:
    assert guest_client.get(URL).status_code == 405
