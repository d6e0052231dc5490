"""Money goes back: the office with a second person, a guest's surplus, and a permit that its holder gives up."""

from decimal import Decimal
from urllib.parse import urlsplit

import pytest
from django.utils import timezone

from payments.models import Charge, Payment, Refund
from payments.services.attempts import resolve_payment
from payments.services.settle import fulfil_payment, record_money
from tests.factories import (
    change_office,
    make_checkout,
    make_lot,
    make_payment,
    make_permit,
    make_user,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.journeys.inbox import link_in
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, make_staff, wait_until
from tests.journeys.visitor import Visitor
from tests.payments.conftest import begin, pay_at_provider

KINDS = pytest.mark.parametrize("kind", ["phone", "desk"])


def paid_on_the_sandbox(charge: Charge | None, email: str) -> Payment:
    """Paid by card on the sandbox, which keeps its own books."""
    assert charge is not None
    payment = begin(make_checkout([charge], make_user(email=email)), email)
    pay_at_provider(payment)
    return resolve_payment(payment)


def open_decision(manager: Visitor, refund: Refund) -> None:
    """From today's work to the refund that waits."""
    manager.page.goto("/admin/")
    manager.page.get_by_role("link", name="Refunds wait for a second person").click()
    manager.see("refunds that wait")
    manager.page.get_by_role("link", name=refund.code).click()
    manager.see("refund that waits")
    manager.follow("Decide")


@KINDS
def test_office_refunds_and_a_second_person_approves(kind: str, visit: Visit, stack: Stack) -> None:
    change_office(refund_limit=Decimal("10.00"))
    email = f"refund-{kind}@example.test"
    payment = paid_on_the_sandbox(make_violation().charge, email)
    finance, manager = visit(kind, user=make_staff("Finance")), visit(kind, user=make_staff("Manager"))
    page = finance.page
    page.goto(f"/admin/payments/payment/{payment.pk}/change/")
    finance.follow("Refund")
    page.get_by_label("Amount").fill("20.00")
    page.get_by_label("Reason").fill("Meter was broken")
    finance.click("Show what goes where")
    finance.says("a second person must approve it")
    finance.see("preview of a refund")
    finance.click("Ask for approval")
    finance.says("It waits until a second person approves it.")
    refund = Refund.objects.get(payment=payment)
    open_decision(manager, refund)
    manager.see("decision")
    manager.click("Submit")
    manager.says("Done. The history of the refund says who and why.")
    wait_until(lambda: Refund.objects.get(pk=refund.pk).state == Refund.State.DONE)
    manager.page.reload()
    manager.see("refund that is done")
    stack.inbox.wait_for(email, "$20.00 goes back to you")


@KINDS
def test_guest_claims_what_was_paid_too_much(kind: str, visit: Visit, stack: Stack) -> None:
    email = f"surplus-{kind}@example.test"
    charge = make_violation().charge
    assert charge is not None
    pays_too = make_checkout([charge], None)
    pays_too.email = email
    pays_too.save(update_fields=["email"])
    late = begin(pays_too, email)
    first = make_payment(make_checkout([charge], make_user()), provider_ref=f"sbx_first_{kind}")
    record_money(first, received=first.amount, account="card", at=timezone.now())
    pay_at_provider(late)
    fulfil_payment(resolve_payment(late))
    guest = visit(kind)
    guest.page.goto(urlsplit(link_in(stack.inbox.wait_for(email, "more than was owed"), "/receipts/")).path)
    guest.says("You paid $30.00 more than was owed.")
    guest.see("receipt with a surplus")
    guest.click("Get it back to your card")
    guest.says("It goes back to your card.")
    guest.see("surplus on its way")
    wait_until(lambda: Refund.objects.get(payment=late).state == Refund.State.DONE)
    guest.page.reload()
    guest.says("refunded")
    guest.see("surplus given back")


@KINDS
def test_resident_cancels_a_permit(kind: str, visit: Visit, stack: Stack) -> None:
    user = make_user(email=f"gives-up-{kind}@example.test", permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    permit = make_permit(user, make_window(make_lot(name="Yellow zone"), price="77.00"))
    attempt = begin(make_checkout([permit.charge], user), user.email)
    pay_at_provider(attempt)
    receipt = resolve_payment(attempt).receipt
    resident = visit(kind, user=user)
    page = resident.page
    page.goto(f"/permits/{permit.code}/")
    resident.see("permit that can be cancelled")
    resident.follow("Cancel Permit")
    resident.says("You get back")
    resident.see("quote of a cancellation", heading="Cancel Permit")
    resident.click("Cancel the permit and get $77.00 back")
    resident.says(f"Permit {permit.number} is cancelled.")
    resident.see("cancelled permit")
    stack.inbox.wait_for(user.email, f"Permit {permit.number} is cancelled")
    wait_until(lambda: Refund.objects.get(charge=permit.charge).state == Refund.State.DONE)
    page.goto(f"/receipts/{receipt.code}/")
    resident.says("Given back")
    resident.see("receipt of a cancelled permit")
    page.goto("/history/")
    resident.says("Refund to the card")
    resident.see("history with a refund")
