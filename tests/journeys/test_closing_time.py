"""A cashier's closing time, and a message of the office to many."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from accounts.models import MailingPerson, User
from payments.models import CashDrawer, Payment
from payments.services.promises import promise_payment
from permits.models import Lot
from tests.factories import make_charge, make_checkout, make_lot, make_permit, make_user, make_window
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, make_staff


def promise(name: str) -> Payment:
    """$50.00 that somebody will bring."""
    payer = make_user(first_name=name, last_name="Closing")
    return promise_payment(make_checkout([make_charge(payer)], payer), email=payer.email)


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_cashier_cashes_up_closes_the_drawer_and_reads_the_sheet(kind: str, visit: Visit) -> None:
    staff = make_staff("Cashier")
    drawer = CashDrawer.objects.create(cashier=staff, float_amount=Decimal("100.00"))
    names = (f"Ada{kind}", f"Ben{kind}")
    promises = [promise(name) for name in names]
    cashier = visit(kind, user=staff)
    page = cashier.page
    page.goto("/admin/")
    cashier.see("what waits at closing time", heading="Today")
    cashier.follow("Cash up promises")
    cashier.see("promises", heading="Cash up promises")
    for name in names:
        page.get_by_label(f"{name} Closing").check()
    cashier.click("Add up what is ticked")
    cashier.says("2 promises come to")
    page.get_by_label("Money counted").fill("90.00")
    cashier.click("Process 2 promises")
    cashier.says("$10.00 differ. Nothing is processed.")
    cashier.see("count differs", heading="Cash up promises")
    page.get_by_label("Money counted").fill("100.00")
    cashier.click("Process 2 promises")
    page.wait_for_url("**/cash-up/?done=**")
    cashier.see("receipts", heading="Promises cashed up")
    assert set(Payment.objects.filter(pk__in=[one.pk for one in promises]).values_list("state", "drawer")) == {
        ("confirmed", drawer.pk)
    }

    cashier.follow("Close the drawer")
    cashier.says("should hold $200.00 in cash now")
    page.get_by_label("$100.00").fill("2")
    cashier.click("Close the drawer")
    cashier.says("Your drawer is closed.")
    page.goto("/admin/payments/cashdrawer/sheet/")
    cashier.see("end-of-day sheet", heading="End-of-day sheet")
    row = page.get_by_role("row", name=drawer.cashier.get_full_name()).filter(has_text="$200.00")
    expect(row.first).to_be_visible()


@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_office_writes_to_all_of_a_lot_and_sees_what_came_of_it(kind: str, visit: Visit, stack: Stack) -> None:
    lot = make_lot(name=f"Harbour {kind}")
    holders = [holder(f"harbour{n}-{kind}@example.test", lot) for n in range(2)]
    manager = visit(kind, user=make_staff("Permit manager"))
    page = manager.page
    page.goto(f"/admin/permits/permit/?lot__id__exact={lot.pk}")
    page.locator("#action-toggle").check()
    page.locator("select[name=action]").select_option("write_to_people")
    page.get_by_role("button", name="Go", exact=True).click()
    page.wait_for_url("**/mailing/*/change/")
    manager.says("2 people were chosen in the list of permits")
    manager.see("words of a message", heading="Write an e-mail to many")
    page.get_by_label("E-mail category").select_option(label="News from the office")
    page.get_by_label("Subject (English)").fill(f"Works in Harbour {kind}")
    page.get_by_label("Text (English)").fill("Dear {name},\n\nplease move your car on Monday.")
    manager.click("Look at it")
    page.wait_for_url("**?look=1")
    manager.says("please move your car on Monday.")
    manager.see("who gets it", heading="Write an e-mail to many")
    manager.click("Write to 2 people")
    manager.says("The e-mails are being written in the background.")
    for user in holders:
        stack.inbox.wait_for(user.email, f"Works in Harbour {kind}")
    page.reload()
    expect(page.get_by_role("row", name="Written 2", exact=True)).to_be_visible()
    manager.see("what came of it", heading=f"Works in Harbour {kind}")
    assert MailingPerson.objects.filter(user__in=holders, outcome="written").count() == 2


def holder(email: str, lot: Lot) -> User:
    """Somebody with a place in that lot."""
    user = make_user(email=email, first_name="Harper")
    make_permit(user, make_window(lot))
    return user
