"""From the Lockers tab to a paid locker, its combination, and another one in its place."""

from decimal import Decimal

import pytest
from playwright.sync_api import expect

from lockers.models import Locker, LockerSite, LockerWindow
from lockers.services.combinations import set_combinations
from tests.factories import hold_locker, make_locker, make_locker_term, make_locker_window, make_user
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, checkout, make_staff, pay_by_card


@pytest.fixture
def window(stack: Stack) -> LockerWindow:
    """Two areas of an arena; 114 is free, its neighbours are not."""
    window = make_locker_window(name="Winter term")
    arena = LockerSite.objects.create(
        name=f"Main Street Arena {window.pk}", price=Decimal("40.00"), size="30 × 50 × 90 cm"
    )
    area = LockerSite.objects.create(name="Women's Locker Room", parent=arena, disclaimer="No food, no animals.")
    Locker.objects.bulk_create(Locker(site=area, number=f"{n}") for n in range(114, 122))
    make_locker(area, number="113", condition="broken")
    make_locker_term(locker=make_locker(area, number="112"))
    hold_locker(locker=make_locker(area, number="111"), window=window)
    make_locker(LockerSite.objects.create(name="Tall lockers", parent=arena, price=Decimal("55.00"), size="Tall"))
    set_combinations(Locker.objects.get(site=area, number="114"), ["12-34-56"])
    return window


@pytest.mark.guide("LOC-1")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_locker_is_reserved_paid_and_opened(kind: str, visit: Visit, stack: Stack, window: LockerWindow) -> None:
    user = make_user(first_name="Maya", last_name="Okafor")
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/home/")
    visitor.follow("Lockers")
    visitor.see("locker disclaimer", heading="Locker Disclaimer")
    visitor.click("I Agree")
    expect(page).to_have_url(f"{stack.url}/lockers/")
    page.goto(f"/lockers/?window={window.code}")
    page.get_by_label(f"Main Street Arena {window.pk} › Women's Locker Room").check()
    visitor.see("lockers", heading="Lockers")
    visitor.click("Get Locker")
    page.wait_for_url("**/lockers/get/**")
    page.get_by_role("radio", name="114 Free").check()
    visitor.see("locker numbers")
    visitor.click("Reserve Locker")
    page.wait_for_url("**/lockers/cart/")
    visitor.see("cart", heading="Cart")
    visitor.follow("Next")
    page.wait_for_url("**/payments/")
    visitor.says("Payments Due")
    visitor.see("payments due")
    checkout(visitor)
    visitor.click("Submit Payment of $40.00")
    pay_by_card(visitor)
    page.wait_for_url("**/receipts/**")
    page.goto("/lockers/")
    page.locator(".go", has_text="Locker Information").click()
    page.wait_for_url("**/lockers/*/")
    visitor.click("Show the combination")
    visitor.says("12-34-56")
    visitor.see("locker information", heading="Locker Information")


def test_office_looks_at_lockers(visit: Visit, window: LockerWindow) -> None:
    visitor = visit("desk", user=make_staff("Permit manager"))
    for name, path in (
        ("locker sites", "lockersite/"),
        ("lockers of the office", "locker/"),
        ("locker terms", "lockerterm/?standing=unpaid"),
        ("locker range", "locker/range/"),
        (
            "locker combination",
            f"locker/{Locker.objects.filter(combinations__isnull=False).latest('pk').pk}/combination/",
        ),
    ):
        visitor.page.goto(f"/admin/lockers/{path}")
        visitor.see(name)
