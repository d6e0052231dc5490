"""Receipts and invoices on paper: tagged, in the reader's language, with every tax and whose debt each line was."""

import io
import subprocess
from decimal import Decimal

import pikepdf
import pytest
from django.test import Client
from django.utils import translation
from pytest_django import Settings

from accounts.models import User
from payments.models import Receipt
from payments.models.payment import ReceivedAs
from payments.services.attempts import resolve_payment
from payments.services.promises import process_manually, promise_payment
from payments.services.receipts import describe_receipt
from tests.accounts.acting import Staffed
from tests.factories import make_charge, make_checkout, make_tax
from tests.payments.conftest import begin, pay_at_provider
from tests.payments.views.counting import queries

pytestmark = pytest.mark.django_db


def text_of(pdf: bytes) -> str:
    text = subprocess.run(["pdftotext", "-layout", "-", "-"], input=pdf, capture_output=True, check=True).stdout
    return " ".join(text.decode().split())


@pytest.fixture
def receipt(resident: User) -> Receipt:
    """A permit of $77.00 with two taxes, paid by card."""
    make_tax("GST", "5", kinds=["violation"], name_fr="TPS", position=1)
    make_tax("PST", "9.975", kinds=["violation"], name_fr="TVQ", registration="1012 TQ 0001", position=2)
    payment = begin(make_checkout([make_charge(resident, amount="77.00")], resident))
    pay_at_provider(payment)
    return resolve_payment(payment).receipt


SAID = {
    "en": (
        "Payment Method",
        "Credit Card",
        "GST 5%, contained in the total. Registration number 81234 5678 RT0001 $3.85",
        "PST 9.975%, contained in the total. Registration number 1012 TQ 0001 $7.68",
        "Paid $88.53",
    ),
    "fr": ("TPS 5 %", "TVQ 9,975 %", "81234 5678 RT0001", "3,85 $", "88,53 $"),
}


@pytest.mark.parametrize("language", ["en", "fr"])
def test_receipt_names_taxes_number_and_code(resident_client: Client, receipt: Receipt, language: str) -> None:
    resident_client.cookies["language"] = language
    answer = resident_client.get(f"/receipts/{receipt.code}/pdf/")
    assert answer.headers["Content-Type"] == "application/pdf"
    assert answer.headers["Content-Disposition"] == f'attachment; filename="{receipt.number}.pdf"'
    text = text_of(answer.content)
    for words in (receipt.number, receipt.code, "17 Trent Lane", f"/verify/{receipt.code}/", *SAID[language]):
        assert words in text
    with pikepdf.open(io.BytesIO(answer.content)) as document, document.open_metadata() as metadata:
        assert (str(document.Root.Lang), metadata["pdfuaid:part"], len(document.pages)) == (language, "1", 1)


def test_receipt_is_nobody_elses(client: Client, staff_client: Client, receipt: Receipt) -> None:
    for visitor in (client, staff_client):
        assert visitor.get(f"/receipts/{receipt.code}/pdf/").status_code == 404


def test_guests_receipt_opens_for_whoever_has_its_address(client: Client) -> None:
    payment = begin(make_checkout([make_charge(None)], None))
    pay_at_provider(payment)
    receipt = resolve_payment(payment).receipt
    assert "Paid $50.00" in text_of(client.get(f"/receipts/{receipt.code}/pdf/").content)


def test_company_papers_say_whose_debt_each_line_was() -> None:
    staffed = Staffed()
    staffed.company.billing_address = "4 Fern Road\nGuelph"
    staffed.company.save()
    make_tax("GST", "5", kinds=["violation"])
    charge = make_charge(staffed.person, amount="100.00")
    make_charge(staffed.manager.user, kind="permit", amount="30.00")
    answer = staffed.client.get("/company/invoice/pdf/")
    text = text_of(answer.content)
    for words in ("4 Fern Road", "Maya Okafor", "$105.00", "Dana Reyes", "$30.00", "Total $135.00", "$5.00"):
        assert words in text
    payment = begin(make_checkout([charge], staffed.manager.user, company=staffed.company))
    pay_at_provider(payment)
    receipt = resolve_payment(payment).receipt
    text = text_of(staffed.client.get(f"/receipts/{receipt.code}/pdf/").content)
    for words in ("Northfield Labs", "4 Fern Road", "Maya Okafor", "Paid $105.00"):
        assert words in text


@pytest.mark.parametrize("rows", [1, 3])
def test_papers_cost_the_same_for_three_lines(
    resident_client: Client, resident: User, rows: int, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    settings.REDIS_URL = ""
    monkeypatch.setattr("payments.pdf.draw_once", lambda name, html, style: html.encode())
    make_tax("GST", "5", kinds=["violation"])
    payment = begin(make_checkout([make_charge(resident) for _row in range(rows)], resident))
    pay_at_provider(payment)
    receipt = resolve_payment(payment).receipt
    with queries(8):
        page = resident_client.get(f"/receipts/{receipt.code}/pdf/").content.decode()
    assert page.count("Ticket") == rows


def test_partial_payments_share_the_tax_to_the_cent(resident: User, staff: User) -> None:
    make_tax("GST", "5", kinds=["violation"])
    charge = make_charge(resident, amount="77.00")
    shares = []
    for received in ("20.01", "30.01", "30.83"):
        promise = promise_payment(make_checkout([charge], resident), email=resident.email)
        payment = process_manually(promise, received=Decimal(received), received_as=ReceivedAs.CASH, by=staff)
        lines = payment.checkout.lines.select_related("charge")
        with translation.override("en"):
            text = describe_receipt(payment, lines, payment.receipt.issued_at)
        assert [line.amount for line in text.lines] == [Decimal(received)]
        shares += [part.amount for part in text.taxes]
    assert (len(shares), sum(shares)) == (3, Decimal("3.85"))
