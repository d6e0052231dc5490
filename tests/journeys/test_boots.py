"""A boot on the wheel: paid for by a guest and by a resident, taken off with the code, brought back and scanned."""

import pytest
from playwright.sync_api import expect

from tests.factories import change_office, fit, make_boot, make_offence, make_user, make_vehicle, make_violation
from tests.journeys.inbox import link_in
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, checkout, make_staff, pay_by_card
from violations.models import Boot, BootAssignment

CODE = "73519"


def booted(user: object = None, **fields: str) -> BootAssignment:
    """A boot on the vehicle of a ticket of $30.00 that is new."""
    offence = make_offence(description="No Valid Permit Displayed")
    vehicle = make_vehicle(user) if user else None  # type: ignore[arg-type]
    return fit(make_violation(vehicle, offence=offence, **fields), make_boot(CODE))


@pytest.mark.guide("BOOT-3", "BOOT-4")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_guest_frees_the_vehicle_and_gets_the_deposit_back(kind: str, visit: Visit, stack: Stack) -> None:
    assignment = booted(plate=f"BT{kind[:3]}1".upper())
    ticket, boot, email = assignment.violation, assignment.boot, f"boot-{kind}@example.test"
    guest = visit(kind)
    page = guest.page
    page.goto(f"/boots/{boot.code}/")
    guest.see("label of a boot", heading=f"Boot {boot.number}")
    page.get_by_role("main").get_by_role("link", name="Pay your Ticket").click()
    page.wait_for_url("**/pay-ticket/")
    page.get_by_label("Ticket number").fill(ticket.full_number)
    guest.click("Search")
    page.wait_for_url(f"**/tickets/{ticket.number}/")
    guest.says("A boot is on the vehicle")
    guest.see("ticket with a boot", heading="No Valid Permit Displayed")
    guest.click("Pay $205.00")
    page.wait_for_url("**/checkout/**")
    page.get_by_label("Credit Card").check()
    guest.click("Submit Payment of $205.00")
    guest.says("Enter the address for the receipt")
    page.get_by_label("Email for the receipt").fill(email)
    guest.click("Submit Payment of $205.00")
    page.wait_for_url(f"{stack.peer.url}/**")
    pay_by_card(guest)
    page.wait_for_url("**/receipts/**")
    guest.see("receipt of a boot", heading="$205.00 paid, thank you")
    guest.follow("See the ticket")
    page.wait_for_url("**/tickets/**")
    guest.follow("See the release code")
    page.wait_for_url("**/releases/**")
    guest.says(CODE)
    guest.see("release code", heading=f"Boot {boot.number}")

    stack.inbox.wait_for(email, "receipt")
    mail = stack.inbox.wait_for(email, "Release code")
    assert link_in(mail, "/releases/") == page.url
    text = mail.get_body(preferencelist=("plain",)).get_content()  # type: ignore[union-attr]
    assert [part in text for part in (CODE, "turn the handle", "return box", "Bring it back by")] == [True] * 4

    office = visit(kind, user=make_staff("Front desk"))
    office.page.goto(f"/boots/{boot.code}/")
    office.page.wait_for_url("**/desk/")
    office.see("boot at the counter")
    office.click("Take it back")
    office.says("$100.00 of the deposit goes back.")
    office.see("boot taken back")
    stack.inbox.wait_for(email, "is back")
    page.reload()
    guest.says("The boot came back on")
    assert (Boot.objects.get(pk=boot.pk).state, stack.peer.captured()) == ("stock", [20500])


@pytest.mark.guide("BOOT-1", "BOOT-2")
def test_resident_sees_the_lock_and_pays_all_that_is_outstanding(visit: Visit, stack: Stack) -> None:
    change_office(boot_policy="all")
    user = make_user(first_name="Maya", last_name="Okafor")
    assignment = booted(user)
    make_violation(make_vehicle(user))
    visitor = visit("phone", user=user)
    page = visitor.page
    page.goto("/home/")
    visitor.says("A boot is on your vehicle")
    visitor.see("home with a boot")
    page.goto("/payments/")
    expect(page.locator(".lock-mark")).to_have_count(3)
    visitor.see("payments with a boot", heading="Payments")
    page.get_by_role("checkbox").last.press("Space")  # the other ticket waits
    visitor.click("Continue to Checkout")
    page.get_by_label("Credit Card").check()
    visitor.click("Submit Payment of $205.00")
    page.wait_for_url(f"{stack.peer.url}/**")
    pay_by_card(visitor)
    page.wait_for_url("**/receipts/**")
    assert BootAssignment.objects.get(pk=assignment.pk).state == "fitted"
    checkout(visitor)
    visitor.click("Submit Payment of $30.00")
    page.wait_for_url(f"{stack.peer.url}/**")
    pay_by_card(visitor)
    page.wait_for_url("**/receipts/**")
    page.goto("/home/")
    visitor.says(f"Bring boot {assignment.boot.number} back")
    visitor.see("home with a boot to bring back")


def test_office_looks_at_boots(visit: Visit) -> None:
    visitor = visit("desk", user=make_staff("Enforcement supervisor"))
    boot = booted().boot
    for name, path in (
        ("boots", "boot/"),
        ("boot on a vehicle", f"boot/{boot.pk}/desk/"),
        ("boots on vehicles", "bootassignment/?standing=open"),
        ("fit a boot", f"violation/{make_violation(offence=make_offence(boot_eligible=True)).pk}/boot/"),
    ):
        visitor.page.goto(f"/admin/violations/{path}")
        visitor.see(name)
