"""A company's manager acts for its people, and pays what they owe."""

from dataclasses import dataclass

import pytest
from django.utils import timezone

from accounts.models import AccountEvent, ActAsSession, CompanyMembership, User
from payments.models import Charge
from permits.models import Permit, SalesWindow
from tests.factories import (
    make_company,
    make_lot,
    make_manager,
    make_member,
    make_user,
    make_vehicle,
    make_violation,
    make_window,
)
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, checkout, give_password, log_in, make_staff, pay_by_card
from tests.journeys.visitor import Visitor


@dataclass
class Firm:
    """Dana manages it; Maya owes a ticket, Noel another one."""

    manager: User
    maya: CompanyMembership
    noel: CompanyMembership
    window: SalesWindow


@pytest.fixture
def firm(stack: Stack) -> Firm:
    company = make_company(name="Northfield Labs", billing_address="4 Fern Road\nGuelph ON")
    manager = make_manager(company, make_user(first_name="Dana", last_name="Reyes")).user
    people = [
        make_member(company, make_user(first_name=name, last_name="Okafor", permit_disclaimer_at=timezone.now()))
        for name in ("Maya", "Noel")
    ]
    for member in people:
        make_violation(make_vehicle(member.user))
    return Firm(give_password(manager), people[0], people[1], make_window(make_lot(), name="This month"))


def open_list(visitor: Visitor) -> None:
    """By the name menu."""
    visitor.page.locator("details.menu summary").click()
    visitor.follow("Company Manager")
    visitor.see("company manager", heading="Company Manager")


def enter_account(visitor: Visitor, name: str) -> None:
    """The login icon, then the dialog that names the account; a callout without scripts."""
    page = visitor.page
    visitor.click(f"Enter the account of {name}")
    if visitor.scripts:
        dialog = page.get_by_role("dialog")
        dialog.get_by_text(f"You are entering the account of {name}.").wait_for()
        visitor.see("dialog")
        dialog.get_by_role("button", name="Stay here").click()
        assert page.url.endswith("/company/")
        visitor.click(f"Enter the account of {name}")
        dialog.get_by_role("button", name="Enter account").click()
    else:
        visitor.says(f"You are entering the account of {name}.")
        visitor.see("callout", heading="Enter account")
        visitor.click("Enter account")
    page.wait_for_url("**/home/")


def do_what_a_user_does(visitor: Visitor, firm: Firm) -> None:
    """Profile, vehicle, permit, ticket, payment."""
    page = visitor.page
    page.goto("/profile/")
    page.get_by_label("Last name").fill("Okafor-Lund")
    visitor.click("Save Changes")
    visitor.says("Your changes are saved.")
    page.goto("/vehicles/")
    visitor.follow("Add New Vehicle")
    visitor.click("I Agree")
    page.get_by_label("Plate", exact=True).fill(f"ACTX{visitor.kind[:2]}9")
    page.get_by_label("Year").fill("2021")
    visitor.click("Save Changes")
    visitor.see("vehicle added", heading="Vehicles")
    page.goto(f"/permits/reserve/{firm.window.code}/")
    visitor.click("Reserve Permit")
    page.wait_for_url("**/payments/")
    visitor.see("payments", heading="Payments")
    checkout(visitor)
    visitor.press_shown("Submit Payment of $107.00")
    pay_by_card(visitor)
    page.wait_for_url("**/receipts/**")
    visitor.see("receipt", heading="$107.00 paid, thank you")


@pytest.mark.card_providers("stripe", "sandbox")
@pytest.mark.guide("COM-1", "COM-2", "COM-3")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_manager_acts_for_a_member(kind: str, visit: Visit, firm: Firm, stack: Stack) -> None:
    visitor, person = visit(kind), firm.maya.user
    page = visitor.page
    log_in(visitor, firm.manager)
    page.wait_for_url("**/home/")
    open_list(visitor)
    enter_account(visitor, "Maya Okafor")
    visitor.see("home of the person", heading="Welcome, Maya.")
    visitor.says("You are acting for Maya Okafor until")
    do_what_a_user_does(visitor, firm)
    for path in ("/security/", "/security/password/", "/account/multiauth", "/email-preferences/", "/company/consent/"):
        answer = page.goto(path)
        assert answer is not None
        assert (path, answer.status) == (path, 403)
    visitor.see("not while acting", heading="Not while you act for somebody")
    visitor.click("Back to Dana Reyes")
    visitor.says("You are back in your own account.")
    page.wait_for_url("**/company/")
    page.goto("/home/")
    visitor.see("own home", heading="Welcome, Dana.")

    permit = Permit.objects.get(holder=person)
    assert (permit.state, permit.events.first().acting) == ("active", firm.manager)  # type: ignore[union-attr]
    assert stack.inbox.wait_for(person.email, "Dana Reyes is acting for you")
    mine = visit(kind, user=person)
    mine.page.goto("/history/")
    mine.says("Somebody began to act for you")
    mine.says("Dana Reyes acted for you")
    mine.see("history of the person", heading="User History")


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_person_withdraws_the_consent(kind: str, visit: Visit, firm: Firm) -> None:
    manager, mine = visit(kind, user=firm.manager), visit(kind, user=firm.maya.user)
    manager.page.goto("/company/")
    enter_account(manager, "Maya Okafor")
    mine.page.goto("/security/")
    mine.follow("Who acts for you")
    mine.says("Dana Reyes")
    mine.see("who acts", heading="Who acts for you")
    mine.click("Withdraw consent")
    mine.says("Nobody from your company can act for you any more.")
    mine.see("withdrawn")
    manager.page.goto("/vehicles/")
    manager.says("no longer lets others act for them. You are back in your own account.")
    manager.page.wait_for_url("**/company/")
    manager.see("put out", heading="Company Manager")
    manager.says("No consent")
    assert ActAsSession.objects.get(person=firm.maya.user).ended == "revoked"


@pytest.mark.card_providers("stripe", "sandbox")
@pytest.mark.parametrize("kind", ["phone", "desk", "noscript"])
def test_company_pays_in_one_checkout(kind: str, visit: Visit, firm: Firm, stack: Stack) -> None:
    visitor = visit(kind, user=firm.manager)
    page = visitor.page
    page.goto("/company/")
    visitor.follow("Company Invoice")
    visitor.see("company invoice", heading="Company Invoice")
    visitor.says("4 Fern Road")
    visitor.click("Continue to Checkout")
    page.get_by_label("Credit Card").check()
    visitor.see("payment method", heading="Payment Method")
    visitor.press_shown("Submit Payment of $60.00")
    pay_by_card(visitor)
    page.wait_for_url("**/receipts/**")
    visitor.says("Noel Okafor")
    visitor.see("receipt", heading="$60.00 paid, thank you")
    page.goto("/company/invoice/")
    visitor.see("nothing left", heading="Company Invoice")
    people = [firm.maya.user, firm.noel.user]
    assert {charge.state for charge in Charge.objects.filter(payer__in=people)} == {"settled"}
    assert AccountEvent.objects.filter(user__in=people, verb="paid_for_you", by=firm.manager).count() == 2
    his = visit(kind, user=firm.noel.user)
    his.page.goto("/history/")
    his.says("Paid for you")
    his.see("history")


def test_staff_act_with_a_reason(visit: Visit) -> None:
    person = make_user(first_name="Maya", last_name="Okafor")
    visitor = visit("desk", user=make_staff("Front desk"))
    visitor.page.goto(f"/admin/accounts/user/{person.pk}/change/")
    visitor.follow("Act for this person")
    visitor.see("reason")
    visitor.page.get_by_label("Reason").fill("Helps at the counter")
    visitor.click("Act for this person")
    visitor.page.wait_for_url("**/home/")
    visitor.see("home of the person", heading="Welcome, Maya.")
    visitor.click("Back to Sam Ito")
    visitor.page.wait_for_url(f"**/admin/accounts/user/{person.pk}/change/")
