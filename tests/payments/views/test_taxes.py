"""Taxes are named before anybody commits, on the receipt, and in its e-mail; the office edits them."""

from decimal import Decimal

import pytest
from auditlog.models import LogEntry
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone
from django.utils.formats import date_format

from accounts.models import Mail, User
from opscom.lib.dates import today
from payments.emails import send_receipt
from payments.models import Tax, TaxExemption
from payments.services.attempts import resolve_payment
from tests.factories import make_charge, make_checkout, make_tax, make_vehicle, make_window
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.views.page import soup

TAXES = "/admin/payments/tax/"


@pytest.fixture
def taxes(resident: User) -> None:
    """GST on everything, PST contained in the price of tickets."""
    make_tax("GST", "5", kinds=["permit", "violation"], position=1)
    make_tax("PST", "7", kinds=["violation"], inclusive=True, registration="", position=2)


def text_of(client: Client, url: str) -> str:
    return " ".join(soup(client.get(url)).select_one("main").get_text(" ").split())  # type: ignore[union-attr]


def test_lots_and_reserving_name_what_comes_on_top(resident_client: Client, resident: User, taxes: None) -> None:
    make_vehicle(resident)
    User.objects.update(permit_disclaimer_at=timezone.now())
    window = make_window()
    for url in ("/permits/", f"/permits/reserve/{window.code}/"):
        text = text_of(resident_client, url)
        assert "plus GST 5%: $3.85 $80.85 in all" in text
        assert "PST" not in text


def test_exempt_person_sees_the_price_alone(resident_client: Client, resident: User, taxes: None) -> None:
    make_vehicle(resident)
    User.objects.update(permit_disclaimer_at=timezone.now())
    TaxExemption.objects.create(user=resident, reason="Treaty")
    assert "GST" not in text_of(resident_client, f"/permits/reserve/{make_window().code}/")


def test_checkout_receipt_and_mail_name_each_tax(resident_client: Client, resident: User, taxes: None) -> None:
    charges = [make_charge(resident, amount="107.00") for _row in range(2)]
    checkout = make_checkout(charges, resident)
    assert "GST 5%, contained in the total $10.00 PST 7%, contained in the total $14.00" in text_of(
        resident_client, f"/checkout/{checkout.code}/"
    )
    payment = begin(checkout)
    pay_at_provider(payment)
    receipt = resolve_payment(payment).receipt
    said = "GST 5%, contained in the total Registration number 81234 5678 RT0001 $10.00 PST 7%, contained in the total"
    assert said in text_of(resident_client, f"/receipts/{receipt.code}/")


def test_mail_names_each_tax(resident: User, taxes: None) -> None:
    payment = begin(make_checkout([make_charge(resident, amount="107.00")], resident))
    pay_at_provider(payment)
    payment = resolve_payment(payment)
    send_receipt(payment, list(payment.checkout.lines.select_related("charge")))
    text = Mail.objects.get(kind="receipt").text
    assert "GST 5%, contained in the total: $5.00. Registration number 81234 5678 RT0001.\n" in text
    assert "PST 7%, contained in the total: $7.00.\n" in text


@pytest.mark.parametrize("rows", [1, 3])
def test_taxes_cost_a_checkout_one_query(resident_client: Client, resident: User, taxes: None, rows: int) -> None:
    plain = make_checkout([make_charge(resident, kind="opening") for _row in range(rows)], resident)
    taxed = make_checkout([make_charge(resident) for _row in range(rows)], resident)
    counts = []
    for checkout in (plain, taxed):
        with CaptureQueriesContext(connection) as captured:
            resident_client.get(f"/checkout/{checkout.code}/")
        counts.append(len(captured))
    assert counts[1] == counts[0] + 1


def test_office_sets_a_tax_up(staff_client: Client) -> None:
    answer = staff_client.post(f"{TAXES}add/", {"name_en": "GST", "rate": "5.125", "position": 0, "active": "on"})
    assert "Tick at least one kind of item." in answer.content.decode()
    form = {"name_en": "GST", "rate": "5.125", "position": 0, "active": "on", "kinds": ["permit", "violation"]}
    backwards = {"from_day": "2026-05-02", "before_day": "2026-05-01"}
    assert (
        "A tax ends after the day on which it starts."
        in staff_client.post(f"{TAXES}add/", form | backwards).content.decode()
    )
    assert staff_client.post(f"{TAXES}add/", form).status_code == 302
    tax = Tax.objects.get()
    assert (tax.name, tax.rate, tax.kinds) == ("GST", Decimal("5.125"), ["permit", "violation"])


def test_office_exempts_a_person(staff_client: Client, resident: User, staff: User) -> None:
    tax = make_tax()
    form = {"user": resident.pk, "reason": "Treaty", "certificate": "C-17", "through": str(today()), "taxes": tax.pk}
    assert staff_client.post("/admin/payments/taxexemption/add/", form).status_code == 302
    exemption = TaxExemption.objects.get()
    assert (exemption.user, exemption.certificate, list(exemption.taxes.all())) == (resident, "C-17", [tax])
    assert {entry.actor for entry in LogEntry.objects.get_for_object(exemption)} == {staff}
    page = soup(staff_client.get(f"/admin/accounts/user/{resident.pk}/change/?details=1"))
    links = {tag.text: tag["href"] for tag in page.select(".field-shown_exemptions a")}
    assert links == {
        f"Treaty, {date_format(today())}": f"/admin/payments/taxexemption/{exemption.pk}/change/",
        "Add an exemption": f"/admin/payments/taxexemption/add/?user={resident.pk}",
    }
