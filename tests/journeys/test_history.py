"""User History: what happened, and the way from a confirmation code to the permit's PDF."""

import csv
from pathlib import Path

import pytest
from django.utils import timezone
from playwright.sync_api import expect

from accounts.models import AccountEvent, User
from accounts.services.history import note_event
from payments.models import Payment
from payments.models.payment import ReceivedAs
from payments.services.promises import process_manually, promise_payment
from permits.models import Permit
from tests.factories import make_checkout, make_lot, make_permit, make_user, make_vehicle, make_violation, make_window
from tests.journeys.steps import Visit


def person_with_a_past() -> tuple[User, Permit, Payment]:
    """Somebody with a paid permit, a ticket and a change of password."""
    user = make_user(first_name="Maya", last_name="Okafor", permit_disclaimer_at=timezone.now())
    vehicle = make_vehicle(user)
    permit = make_permit(user, make_window(make_lot(name="Yellow zone")))
    promise = promise_payment(make_checkout([permit.charge], user), email=user.email)
    staff = make_user(is_staff=True)
    payment = process_manually(promise, received=promise.amount, received_as=ReceivedAs.CASH, by=staff)
    make_violation(vehicle)
    note_event(user, AccountEvent.Verb.PASSWORD_CHANGED, by=user)
    return user, permit, payment


@pytest.mark.guide("HIST-1", "PRN-2")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_history_leads_from_a_confirmation_code_to_the_print(kind: str, visit: Visit) -> None:
    user, permit, payment = person_with_a_past()
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/home/")
    page.locator("details.menu summary").click()
    visitor.follow("History")
    visitor.see("history", heading="User History")
    heads = [head.inner_text() for head in page.locator(".timeline strong").all()]
    assert heads == [
        "Password changed",
        "Violation",
        "E-mail",
        "E-mail",
        "Payment, Cash or Cheque",
        f"Permit {permit.number}",
    ]
    if kind == "desk":
        visitor.look("history")
    page.get_by_label("Kind").select_option("payment")
    visitor.click("Show")
    expect(page.locator(".timeline > li")).to_have_count(1)
    with page.expect_download() as download:
        visitor.follow("Save as CSV")
    with Path(download.value.path()).open(encoding="utf-8-sig", newline="") as file:
        [_heads, row] = list(csv.reader(file))
    assert row[1:6] == [
        "Payments",
        "Payment, Cash or Cheque",
        "Paid",
        "77.00",
        f"{permit.charge.description} {payment.receipt.code}",
    ]
    visitor.follow(payment.receipt.code)
    visitor.see("receipt", heading="$77.00 paid, thank you")
    visitor.follow(permit.charge.description)
    visitor.see("permit", heading="Permit Information")
    with page.expect_download() as printed:
        visitor.click("Print")
    assert Path(printed.value.path()).read_bytes().startswith(b"%PDF-")


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_mail_is_read_again(kind: str, visit: Visit) -> None:
    user, _permit, payment = person_with_a_past()
    visitor = visit(kind, user=user)
    visitor.page.goto("/history/?kind=mail")
    visitor.follow(user.mails.get(kind="receipt").subject)
    visitor.see("mail")
    visitor.says(payment.receipt.number)
