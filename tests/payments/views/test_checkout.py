"""Payment Method: by card or in cash, for users and guests (PAY-2 to PAY-4, GST-2)."""

from datetime import timedelta
from decimal import Decimal

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from payments.errors import ProviderUnreachable
from payments.models import Charge, Checkout, Payment, PaymentMethod, SandboxSession
from payments.providers.sandbox import SandboxProvider
from payments.services.attempts import resolve_payment
from payments.services.promises import promise_payment, withdraw_promise
from tests.factories import change_office, make_charge, make_checkout, make_permit
from tests.payments.conftest import pay_at_provider
from tests.payments.test_credits import give
from tests.payments.views.counting import SAVEPOINTS, queries
from tests.payments.views.page import callouts, field, soup

CARD = {"method": "card", "email": "payer@example.test"}
CASH = {"method": "cash", "email": "payer@example.test"}


def path(checkout: Checkout) -> str:
    return f"/checkout/{checkout.code}/"


def methods(client: Client, checkout: Checkout) -> list[str]:
    """The ways of paying that the page offers."""
    return [radio["value"] for radio in soup(client.get(path(checkout))).select("input[name=method]")]  # type: ignore[misc]


def test_page_shows_lines_total_methods_and_address(
    resident_client: Client, checkout: Checkout, resident: User
) -> None:
    response = resident_client.get(path(checkout))
    page = soup(response)
    assert [item.get_text() for item in page.select("aside .money")] == ["$30.00", "$30.00"]
    assert "$20.00 less for paying early" in page.select_one("aside").get_text()  # type: ignore[union-attr]
    assert page.select_one("form.cols button").get_text() == "Submit Payment of $30.00"  # type: ignore[union-attr]
    assert field(response, "email")["value"] == resident.email
    assert methods(resident_client, checkout) == ["card", "cash"]
    assert page.select_one("input[name=method][checked]")["value"] == "card"  # type: ignore[index]
    assert page.find("a", string="Back to Payments")["href"] == "/payments/"  # type: ignore[index]


def test_guest_opens_the_page_by_its_code(client: Client, guest_checkout: Checkout) -> None:
    response = client.get(path(guest_checkout))
    assert response.status_code == 200
    assert field(response, "email").get("value") is None
    assert soup(response).find("a", string="Back to the ticket")["href"] == guest_checkout.back  # type: ignore[index]


def test_guests_page_opens_for_somebody_signed_in_who_has_the_code(
    stranger_client: Client, guest_checkout: Checkout
) -> None:
    assert stranger_client.get(path(guest_checkout)).status_code == 200


@pytest.mark.parametrize("method", ["get", "post"])
def test_users_page_is_nobody_elses(
    client: Client, stranger_client: Client, staff_client: Client, checkout: Checkout, method: str
) -> None:
    for visitor in (client, stranger_client, staff_client):
        assert getattr(visitor, method)(path(checkout), CARD).status_code == 404
    assert Payment.objects.count() == 0


@pytest.mark.parametrize("code", ["NOSUCHCODE", "%00", "A%00B", "x" * 500])
def test_unknown_code_is_not_there(client: Client, db: None, code: str) -> None:
    assert client.get(f"/checkout/{code}/").status_code == 404


@pytest.mark.parametrize("method", ["put", "patch", "delete"])
def test_other_methods_are_refused(resident_client: Client, checkout: Checkout, method: str) -> None:
    assert getattr(resident_client, method)(path(checkout)).status_code == 405


def test_card_leads_to_the_providers_page(resident_client: Client, checkout: Checkout) -> None:
    response = resident_client.post(path(checkout), CARD)
    payment, session = Payment.objects.get(), SandboxSession.objects.get()
    assert (response.status_code, response.headers["Location"]) == (
        302,
        f"http://127.0.0.1:8000/sandbox/{session.reference}/",
    )
    assert (payment.checkout, payment.method_id, payment.state, payment.amount) == (
        checkout,
        "card",
        "redirected",
        Decimal("30.00"),
    )
    checkout.refresh_from_db()
    assert (checkout.email, checkout.state) == ("payer@example.test", "open")


def test_guest_pays_by_card(client: Client, guest_checkout: Checkout) -> None:
    assert client.post(path(guest_checkout), CARD).headers["Location"].startswith("http://127.0.0.1:8000/sandbox/sbx_")
    guest_checkout.refresh_from_db()
    assert guest_checkout.email == "payer@example.test"


def test_second_submit_leads_to_the_same_page(resident_client: Client, checkout: Checkout) -> None:
    first, second = (resident_client.post(path(checkout), CARD).headers["Location"] for _ in range(2))
    assert first == second
    assert (Payment.objects.count(), SandboxSession.objects.count()) == (1, 1)


def test_cash_leads_to_the_promise_with_its_date(resident_client: Client, checkout: Checkout) -> None:
    change_office(promise_days=5, address="17 Trent Lane")
    response = resident_client.post(path(checkout), CASH, follow=True)
    assert response.redirect_chain == [(f"/checkout/{checkout.code}/promised/", 302)]
    payment = Payment.objects.get()
    assert (payment.method_id, payment.state, payment.promise_due_on) == (
        "cash",
        "promised",
        timezone.localdate() + timedelta(days=5),
    )
    assert payment.promise_due_on is not None
    text = " ".join(soup(response).select_one("main").get_text().split())  # type: ignore[union-attr]
    assert f"to 17 Trent Lane by {payment.promise_due_on:%A, %B} {payment.promise_due_on.day}." in text
    assert payment.code in text


def test_second_submit_of_cash_is_one_promise(resident_client: Client, checkout: Checkout) -> None:
    for _ in range(2):
        assert resident_client.post(path(checkout), CASH).headers["Location"] == f"/checkout/{checkout.code}/promised/"
    assert Payment.objects.count() == 1


def test_cash_that_is_switched_off_is_absent_and_refused(resident_client: Client, checkout: Checkout) -> None:
    PaymentMethod.objects.filter(code="cash").update(for_users=False, for_guests=True)
    assert methods(resident_client, checkout) == ["card"]
    response = resident_client.post(path(checkout), CASH)
    assert (response.status_code, Payment.objects.count()) == (200, 0)
    assert soup(response).select_one("fieldset")["aria-describedby"] == "id_method_error"  # type: ignore[index]
    assert soup(response).select("#id_method_error") != []


@pytest.mark.parametrize(("on", "offered"), [(False, ["card"]), (True, ["card", "cash"])])
def test_cash_for_guests_is_a_choice_of_its_own(
    client: Client, guest_checkout: Checkout, on: bool, offered: list[str]
) -> None:
    PaymentMethod.objects.filter(code="cash").update(for_users=not on, for_guests=on)
    assert methods(client, guest_checkout) == offered
    status = client.post(path(guest_checkout), CASH).status_code
    assert (status, Payment.objects.count()) == ((302, 1) if on else (200, 0))


@pytest.mark.parametrize(
    ("email", "says"),
    [
        ("", "Enter the address for the receipt, as in name@campus.edu."),
        ("kim@campus", "Add the part after the dot, as in name@campus.edu."),
        ('"><script>alert(1)</script>', "Add the part after the dot, as in name@campus.edu."),
        ("a@example.test\r\nBcc: b@example.test", "Add the part after the dot, as in name@campus.edu."),
    ],
)
def test_bad_address_keeps_what_was_typed_and_says_what_is_wrong(
    resident_client: Client, checkout: Checkout, email: str, says: str
) -> None:
    response = resident_client.post(path(checkout), {"method": "cash", "email": email})
    assert (response.status_code, Payment.objects.count()) == (200, 0)
    typed = field(response, "email")
    assert (typed.get("value", ""), typed["aria-invalid"]) == (email, "true")
    assert soup(response).select_one(f"#{typed['aria-describedby']}").get_text(strip=True) == says  # type: ignore[union-attr]
    assert soup(response).select_one("input[name=method][checked]")["value"] == "cash"  # type: ignore[index]
    assert b"<script>alert" not in response.content


@pytest.mark.parametrize("email", ["a@b.test\x00", "x" * 300 + "@example.test"])
def test_address_that_cannot_be_stored_is_refused(resident_client: Client, checkout: Checkout, email: str) -> None:
    response = resident_client.post(path(checkout), {"method": "cash", "email": email})
    assert (response.status_code, Payment.objects.count()) == (200, 0)
    assert soup(response).select("#id_email_error") != []


@pytest.mark.parametrize("method", ["", "bitcoin", "\x00"])
def test_unknown_method_is_refused(resident_client: Client, checkout: Checkout, method: str) -> None:
    response = resident_client.post(path(checkout), {"method": method, "email": "a@example.test"})
    assert (response.status_code, Payment.objects.count()) == (200, 0)
    assert soup(response).select("#id_method_error") != []


def test_paid_checkout_leads_to_its_receipt(resident_client: Client, payment: Payment) -> None:
    pay_at_provider(payment)
    receipt = resolve_payment(payment).receipt
    for response in (resident_client.get(path(payment.checkout)), resident_client.post(path(payment.checkout), CARD)):
        assert response.headers["Location"] == f"/receipts/{receipt.code}/"
    assert Payment.objects.count() == 1


def test_checkout_that_was_paid_meanwhile_leads_to_its_receipt(resident_client: Client, payment: Payment) -> None:
    pay_at_provider(payment)
    response = resident_client.post(path(payment.checkout), CASH)
    payment.refresh_from_db()
    assert payment.state == "confirmed"
    assert response.headers["Location"] == f"/receipts/{payment.receipt.code}/"


def test_promised_checkout_leads_to_its_promise(resident_client: Client, checkout: Checkout, resident: User) -> None:
    promise_payment(checkout, email=resident.email)
    for response in (resident_client.get(path(checkout)), resident_client.post(path(checkout), CARD)):
        assert response.headers["Location"] == f"/checkout/{checkout.code}/promised/"


def test_checkout_whose_promise_was_withdrawn_leads_to_a_new_one(
    resident_client: Client, checkout: Checkout, resident: User
) -> None:
    withdraw_promise(promise_payment(checkout, email=resident.email))
    response = resident_client.post(path(checkout), CARD, follow=True)
    assert response.redirect_chain == [("/payments/", 302)]
    assert callouts(response) == ["This checkout has ended. Go back to Payments and tick again what you want to pay."]


def test_checkout_that_has_ended_leads_back(resident_client: Client, checkout: Checkout) -> None:
    Checkout.objects.update(expires_at=timezone.now())
    response = resident_client.post(path(checkout), CARD, follow=True)
    assert response.redirect_chain == [("/payments/", 302)]
    assert callouts(response) == ["This checkout has ended. Go back to Payments and tick again what you want to pay."]


def test_guest_whose_checkout_has_ended_is_led_to_the_ticket(client: Client, guest_checkout: Checkout) -> None:
    Checkout.objects.update(expires_at=timezone.now())
    assert client.post(path(guest_checkout), CARD).headers["Location"] == guest_checkout.back


def test_price_that_changed_is_said_before_anything_is_charged(resident_client: Client, checkout: Checkout) -> None:
    Charge.objects.update(reduced_through=timezone.localdate() - timedelta(days=1))
    response = resident_client.post(path(checkout), CARD, follow=True)
    assert callouts(response) == ["A price has changed since you ticked it. Go back to Payments to see the new total."]
    assert Payment.objects.count() == 0


def test_provider_that_does_not_answer_loses_nothing(
    resident_client: Client, checkout: Checkout, monkeypatch: pytest.MonkeyPatch
) -> None:
    def silent(*_args: object) -> None:
        raise ProviderUnreachable("no answer")

    with monkeypatch.context() as patch:
        patch.setattr(SandboxProvider, "start", silent)
        response = resident_client.post(path(checkout), CARD)
    assert response.status_code == 200
    assert callouts(response) == [
        "The card provider does not answer. You were not charged. Wait a minute and try again."
    ]
    assert field(response, "email")["value"] == CARD["email"]
    assert Payment.objects.get().state == "created"
    assert resident_client.post(path(checkout), CARD).status_code == 302
    assert Payment.objects.get().state == "redirected"


def test_held_place_shows_until_when(resident_client: Client, resident: User) -> None:
    permit = make_permit(resident)
    checkout = make_checkout([permit.charge], resident)
    permit.charge.refresh_from_db()
    assert permit.charge.held_until is not None
    until = timezone.localtime(permit.charge.held_until)
    (callout,) = callouts(resident_client.get(path(checkout)))
    assert callout == f"What you reserved is held until {until:%H:%M}. After that somebody else may take it."


@pytest.mark.parametrize("rows", [1, 3])
def test_page_costs_the_same_for_three_lines(resident_client: Client, resident: User, rows: int) -> None:
    checkout = make_checkout([make_charge(resident) for _ in range(rows)], resident)
    with queries(8):
        resident_client.get(path(checkout))


@pytest.mark.parametrize(("method", "count"), [("card", 15), ("cash", 14)])
@pytest.mark.parametrize("rows", [1, 3])
def test_submit_costs_the_same_for_three_lines(
    resident_client: Client, resident: User, rows: int, method: str, count: int
) -> None:
    checkout = make_checkout([make_charge(resident) for _ in range(rows)], resident)
    with queries(count):
        assert resident_client.post(path(checkout), {"method": method, "email": resident.email}).status_code == 302


def test_way_from_the_checkout_to_the_card_page_takes_15_queries_for_a_permit(
    resident_client: Client, resident: User
) -> None:
    """Those of the sandbox's own books and of the settings, which come from a cache, left out."""
    checkout = make_checkout([make_permit(resident).charge], resident)
    with CaptureQueriesContext(connection) as captured:
        resident_client.post(path(checkout), {"method": "card", "email": resident.email})
    others = ("payments_sandboxsession", "opscom_systemsettings")
    sent = [query["sql"] for query in captured if not query["sql"].startswith(SAVEPOINTS)]
    assert len([sql for sql in sent if not any(name in sql for name in others)]) == 15


# Credit -------------------------------------------------------------------------------------------------------------


def side(client: Client, checkout: Checkout) -> list[str]:
    """The rows of the side card, in words."""
    rows = soup(client.get(path(checkout))).select("aside .money-row")
    return [" ".join(row.get_text(" ").split()) for row in rows]


def with_credit(checkout: Checkout, sum_shown: str, method: str = "card") -> dict[str, str]:
    return {"method": method, "email": "payer@example.test", "credit": sum_shown}


def test_credit_shows_at_the_bottom_and_lowers_the_sum(
    resident_client: Client, resident: User, checkout: Checkout
) -> None:
    give(resident, "12.00")
    assert side(resident_client, checkout)[-3:] == ["Total $30.00", "Office credit −$12.00", "Left to pay $18.00"]
    page = soup(resident_client.get(path(checkout)))
    assert page.select_one("input[name=credit]")["value"] == "12.00"  # type: ignore[index]
    assert page.select_one("form.cols button").get_text() == "Submit Payment of $18.00"  # type: ignore[union-attr]
    resident_client.post(path(checkout), with_credit(checkout, "12.00"))
    assert Payment.objects.get().amount == Decimal("18.00")
    assert side(resident_client, checkout)[-1] == "Left to pay $18.00"


def test_credit_that_covers_everything_is_the_only_method_and_ends_at_the_receipt(
    resident_client: Client, resident: User, checkout: Checkout
) -> None:
    give(resident, "50.00")
    assert methods(resident_client, checkout) == ["credit"]
    assert side(resident_client, checkout)[-2] == ("Office credit $20.00 of your credit stays for next time. −$30.00")
    response = resident_client.post(path(checkout), with_credit(checkout, "50.00", "credit"), follow=True)
    text = " ".join(soup(response).select_one("main").get_text(" ").split())  # type: ignore[union-attr]
    assert "$30.00 paid by office credit, thank you" in text
    assert "Office credit −$30.00 Paid $0.00" in text
    assert SandboxSession.objects.count() == 0
    again = resident_client.post(path(checkout), with_credit(checkout, "50.00", "credit"))
    assert again.headers["Location"] == f"/receipts/{Payment.objects.get().receipt.code}/"


@pytest.mark.parametrize(("shown", "method"), [("11.00", "card"), ("30.00", "credit"), ("50.00", "credit")])
def test_credit_that_changed_meanwhile_is_said_before_anything_is_charged(
    resident_client: Client, resident: User, checkout: Checkout, shown: str, method: str
) -> None:
    give(resident, "12.00")
    response = resident_client.post(path(checkout), with_credit(checkout, shown, method), follow=True)
    assert response.redirect_chain == [(path(checkout), 302)]
    assert callouts(response) == [
        "Your credit has changed since you opened this page. Check the new total, then submit again."
    ]
    assert Payment.objects.count() == 0


@pytest.mark.parametrize("shown", ["-5.00", "NaN", "0.001", "1e9", "x", "1\x00"])
def test_tampered_credit_is_refused(resident_client: Client, checkout: Checkout, shown: str) -> None:
    response = resident_client.post(path(checkout), with_credit(checkout, shown))
    assert (response.status_code, Payment.objects.count()) == (200, 0)


def test_credit_is_no_way_of_paying_without_credit(resident_client: Client, checkout: Checkout) -> None:
    assert resident_client.post(path(checkout), with_credit(checkout, "0.00", "credit")).status_code == 200
    assert Payment.objects.count() == 0


def test_switched_off_credit_is_gone_from_the_page(resident_client: Client, resident: User, checkout: Checkout) -> None:
    give(resident, "50.00")
    PaymentMethod.objects.filter(code="credit").update(active=False)
    assert methods(resident_client, checkout) == ["card", "cash"]
    assert side(resident_client, checkout)[-1] == "Total $30.00"


@pytest.mark.parametrize(("method", "count"), [("card", 16), ("cash", 16)])
@pytest.mark.parametrize("rows", [1, 3])
def test_credit_costs_two_queries_more_however_many_there_are(
    resident_client: Client, resident: User, rows: int, method: str, count: int
) -> None:
    for _ in range(rows):
        give(resident, "1.00")
    checkout = make_checkout([make_charge(resident)], resident)
    form = {"method": method, "email": resident.email, "credit": f"{rows}.00"}
    with queries(count):
        assert resident_client.post(path(checkout), form).status_code == 302


# The promise --------------------------------------------------------------------------------------------------------


def test_promise_is_nobody_elses(client: Client, stranger_client: Client, checkout: Checkout, resident: User) -> None:
    promise_payment(checkout, email=resident.email)
    for visitor in (client, stranger_client):
        assert visitor.get(f"{path(checkout)}promised/").status_code == 404


def test_promise_of_a_guest_opens_by_its_code(client: Client, guest_checkout: Checkout) -> None:
    promise_payment(guest_checkout, email="guest@example.test")
    response = client.get(f"{path(guest_checkout)}promised/")
    assert soup(response).find("a", string="Back to the ticket")["href"] == guest_checkout.back  # type: ignore[index]


def test_checkout_without_a_promise_has_no_promise_page(resident_client: Client, payment: Payment) -> None:
    page = f"{path(payment.checkout)}promised/"
    assert resident_client.get(page).headers["Location"] == path(payment.checkout)
    pay_at_provider(payment)
    receipt = resolve_payment(payment).receipt
    assert resident_client.get(page).headers["Location"] == f"/receipts/{receipt.code}/"


def test_promise_page_takes_no_post(resident_client: Client, checkout: Checkout) -> None:
    assert resident_client.post(f"{path(checkout)}promised/").status_code == 405
