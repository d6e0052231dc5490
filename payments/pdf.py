"""Receipts, invoices and statements on paper, drawn when somebody asks for one and kept until what they show changes."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from accounts.models import Company
from opscom.lib.logo import logo_uri
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.pdf import draw_once, qr_code, style_sheet
from payments.models import Charge, Receipt
from payments.services.quotes import price_now
from payments.services.receipts import ReceiptText
from payments.services.statements import Column, Statement, columns_of
from payments.services.taxes import load_taxes, sum_taxes, taxes_within


def receipt_pdf(receipt: Receipt, text: ReceiptText) -> bytes:
    """The receipt in the reader's language, with a code that opens the page on which anybody can check it."""
    address = settings.BASE_URL + reverse("verify", args=[receipt.code])
    name = _("Code that opens the check page for receipt %(number)s") % {"number": receipt.number}
    payment = receipt.payment
    context = {"receipt": receipt, "payment": payment, "checkout": payment.checkout, "text": text, "address": address}
    return paper("receipt", context | {"qr": qr_code(address, name)})


def invoice_pdf(company: Company, charges: Sequence[Charge], at: datetime) -> bytes:
    """What the company's people owe at that moment, person by person; the charges come with their standing."""
    load_taxes(charges)
    taxes, total = [], ZERO
    for charge in charges:
        charge.price = price_now(charge, at)  # type: ignore[attr-defined]
        total += charge.price  # type: ignore[attr-defined]
        reduced = charge.price < charge.owed  # type: ignore[attr-defined]
        taxes.append(taxes_within(charge, charge.price, after=charge.applied, reduced=reduced))  # type: ignore[attr-defined]
    context = {"company": company, "charges": charges, "at": at, "total": total, "taxes": sum_taxes(taxes)}
    return paper("invoice", context)


def statement_pdf(statement: Statement, name: str) -> bytes:
    """A period of somebody's account."""
    context = {
        "statement": statement,
        "name": name,
        "labels": Column.labels,
        "rows": columns_of(statement.lines),
        "totals": list(statement.totals.values()),
    }
    return paper("statement", context)


def paper(name: str, context: dict[str, Any]) -> bytes:
    """A page of templates/payments/pdf on the office's paper."""
    around = {"office": office(), "logo": logo_uri(), "language": get_language() or "en"}
    html = render_to_string(f"payments/pdf/{name}.html", context | around)
    return draw_once(name, html, f":root {{ --accent: {office().accent_colour}; }}\n{style_sheet('paper.css')}")
