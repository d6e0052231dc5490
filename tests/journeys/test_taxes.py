"""Taxes from the lot's price to the receipt, the paper, the statement, and finance's export."""

from collections.abc import Iterator
from decimal import Decimal
from pathlib import Path

import pytest
from django.utils import timezone

from payments.models import ChargeTax, Tax
from tests.factories import make_lot, make_tax, make_user, make_vehicle, make_window
from tests.journeys.stack import Stack
from tests.journeys.steps import Visit, checkout, make_staff, pay_by_card
from tests.journeys.visitor import Visitor


@pytest.fixture
def taxes(stack: Stack) -> Iterator[None]:
    """GST and PST on permits, for this journey alone."""
    make_tax("GST", "5", ledger_code="2100", position=1)
    make_tax("PST", "7", registration="PST-1012-3456", ledger_code="2200", position=2)
    yield
    Tax.objects.update(active=False)


def reserve(visitor: Visitor, code: str) -> None:
    """What comes on top is said before the place is taken."""
    visitor.page.goto(f"/permits/reserve/{code}/")
    for words in ("plus GST 5%: $3.85", "plus PST 7%: $5.39", "$86.24 in all"):
        visitor.says(words)
    visitor.see("reserve with taxes", heading="Reserve Permit")
    visitor.click("Reserve Permit")
    visitor.page.wait_for_url("**/payments/")


def save(visitor: Visitor, name: str, *, role: str = "link") -> bytes:
    """What a press on that name downloads."""
    with visitor.page.expect_download() as download:
        visitor.click(name, role=role)
    return Path(download.value.path()).read_bytes()


@pytest.mark.card_providers("stripe", "sandbox")
@pytest.mark.guide("PAY-3")
@pytest.mark.parametrize("kind", ["phone", "desk"])
def test_permit_with_two_taxes(kind: str, visit: Visit, stack: Stack, taxes: None) -> None:
    user = make_user(first_name="Ada", last_name="Reyes", permit_disclaimer_at=timezone.now())
    make_vehicle(user)
    window = make_window(make_lot(name="Yellow zone"), name="This month")
    visitor = visit(kind, user=user)
    page = visitor.page
    page.goto("/permits/")
    visitor.see("lots with taxes", heading="Permits")
    reserve(visitor, window.code)
    checkout(visitor)
    visitor.says("PST 7%, contained in the total")
    visitor.see("payment method with taxes", heading="Payment Method")
    visitor.press_shown("Submit Payment of $86.24")
    pay_by_card(visitor)
    page.wait_for_url("**/receipts/**")
    visitor.says("Registration number PST-1012-3456")
    visitor.see("receipt with taxes", heading="$86.24 paid, thank you")
    assert save(visitor, "Receipt as PDF").startswith(b"%PDF-")
    amounts = ChargeTax.objects.filter(charge__payer=user).values_list("amount", flat=True)
    assert list(amounts) == [Decimal("3.85"), Decimal("5.39")]
    page.goto("/payments/")
    visitor.follow("Statement")
    visitor.see("statement", heading="Statement")
    assert save(visitor, "Save as CSV", role="button").startswith(b"\xef\xbb\xbf")

    finance = visit("desk", user=make_staff("Finance"))
    finance.page.goto("/admin/payments/ledgerentry/")
    finance.follow("Export for bookkeeping")
    finance.see("export")
    assert b"2200,PST,0.00," in save(finance, "Download", role="button")
