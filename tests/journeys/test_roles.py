"""What no other journey walks of the roles' days: the auditor, the end of a month, staff who come and go, and money taken
without a mouse."""

from datetime import timedelta
from decimal import Decimal

from playwright.sync_api import expect

from accounts.models import User
from opscom.lib.dates import today
from payments.models import BookLock, Payment
from payments.models.payment import ReceivedAs
from payments.services.ledger_check import check_ledger
from payments.services.promises import process_manually, promise_payment
from tests.factories import make_checkout, make_user, make_vehicle, make_violation
from tests.journeys.inbox import code_in, link_in
from tests.journeys.stack import Stack
from tests.journeys.steps import PASSWORD, Visit, log_in, make_staff


def test_auditor_reads_everything_and_changes_nothing(visit: Visit) -> None:
    person = make_user(first_name="Ada", last_name="Reyes")
    ticket = make_violation(make_vehicle(person))
    visitor = visit("desk", user=make_staff("Auditor"))
    page = visitor.page
    page.goto("/admin/")
    visitor.see("today", heading="Today")
    page.goto("/admin/auditlog/logentry/")
    visitor.see("log entries")
    for path in (f"accounts/user/{person.pk}", f"violations/violation/{ticket.pk}"):
        page.goto(f"/admin/{path}/change/")
        visitor.see(path.split("/")[1])
        assert page.locator("#content-main form :is(input:not([type=hidden]), select, textarea, button)").count() == 0
    visitor.follow("Help")
    visitor.says("You read everything and change nothing.")
    visitor.see("help", heading="Office guide")


def test_finance_closes_a_month(visit: Visit) -> None:
    person, finance = make_user(), make_staff("Finance")
    charge = make_violation(make_vehicle(person)).charge
    assert charge is not None
    paid = promise_payment(make_checkout([charge], person), email=person.email)
    process_manually(paid, received=Decimal("30.00"), received_as=ReceivedAs.CASH, by=finance)
    check_ledger()
    visitor = visit("desk", user=finance)
    page = visitor.page
    page.goto("/admin/payments/ledgercheck/")
    visitor.see("checks of the books")
    page.goto("/admin/")
    visitor.follow("Reports")
    visitor.follow("Receipts by method")
    visitor.says("Cash or Cheque")
    visitor.see("receipts by method", heading="Receipts by method")
    long_ago = today() - timedelta(days=900)  # other journeys go on booking
    page.goto("/admin/payments/booklock/add/")
    page.get_by_label("Locked through").fill(f"{long_ago:%Y-%m-%d}")
    page.get_by_label("Reason").fill("The month is reported.")
    visitor.see("lock")
    visitor.click("Save")
    visitor.says("was added successfully.")
    assert BookLock.objects.get().by == finance


def test_administrator_takes_a_colleague_on_and_lets_them_go(visit: Visit, stack: Stack) -> None:
    email = "colleague@example.test"
    visitor, colleague = visit("desk", user=make_staff("Manager")), visit("desk")
    page = visitor.page
    page.goto("/admin/accounts/user/add/")
    page.locator("#id_email").fill(email)
    page.locator("#id_first_name").fill("Robin")
    page.locator("#id_is_staff").check()
    page.locator("#id_groups_from").select_option(label="Cashier")
    page.get_by_role("button", name="Choose selected groups").click()
    visitor.see("colleague")
    visitor.click("Save")
    visitor.says(f"The Create Password e-mail is on its way to {email}.")
    link = link_in(stack.inbox.wait_for(email, "password"), "/activate/")
    colleague.page.goto(link)
    for field in colleague.page.locator("input[type=password]").all():
        field.fill(PASSWORD)
    colleague.click("Confirm")
    person = User.objects.get(email=email)
    User.objects.filter(pk=person.pk).update(profile_complete=True)
    colleague.page.goto("/login/?next=/admin/")
    log_in(colleague, person)
    colleague.page.wait_for_url("**/one_time_password*")
    colleague.page.get_by_label("One-time password").fill(code_in(stack.inbox.wait_for(email, "one-time password")))
    colleague.click("Submit")
    colleague.page.wait_for_url("**/admin/")
    colleague.see("today of a cashier", heading="Today")

    page.goto(f"/admin/accounts/user/{person.pk}/change/?details=1")
    page.locator("#id_is_staff").uncheck()
    visitor.click("Save")
    visitor.says("was changed successfully.")
    answer = colleague.page.goto("/admin/payments/payment/")
    assert answer is not None
    assert answer.status == 403


def test_money_is_promised_and_processed_by_keyboard(visit: Visit) -> None:
    """Only Tab, arrows, Space, Enter and letters; at each stop the focus shows."""
    person = make_user(email="keyboard-promise@example.test")
    make_violation(make_vehicle(person))
    resident, cashier = visit("desk", user=person), visit("desk", user=make_staff("Cashier"))
    page = resident.page
    page.goto("/payments/")
    resident.tab_to("Continue to Checkout")
    page.keyboard.press("Enter")
    page.wait_for_url("**/checkout/**")
    while page.evaluate("document.activeElement.type") != "radio":
        page.keyboard.press("Tab")
    page.keyboard.press("ArrowDown")
    expect(page.get_by_label("Cash or Cheque")).to_be_checked()
    resident.tab_to("Submit Payment of $30.00")
    page.keyboard.press("Enter")
    resident.says("Paid but not Processed")

    page = cashier.page
    page.goto("/admin/payments/payment/?state__exact=promised")
    payment = Payment.objects.get(checkout__user=person)
    cashier.tab_to(payment.code)
    page.keyboard.press("Enter")
    page.wait_for_url("**/change/?*")
    cashier.tab_to("Process Manually")
    page.keyboard.press("Enter")
    page.wait_for_url("**/process/")
    cashier.tab_to("Amount received:")
    page.keyboard.press("Enter")
    cashier.says("Processed. Receipt")
    payment.refresh_from_db()
    assert payment.state == Payment.State.CONFIRMED
