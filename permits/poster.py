"""A lot's poster: a letter page (PDF/UA) with the code that opens the lot's page."""

from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from opscom.lib import pdf
from opscom.lib.office import office
from permits.models import Lot


def lot_poster(lot: Lot, *, language: str) -> bytes:
    """The poster in that language; drawn once as long as nothing on it changes."""
    with override(language):
        html = render_to_string("permits/poster.html", _context(lot, language))
    return pdf.draw_once(f"poster:{lot.pk}", html, pdf.style_sheet("poster.css"))


def lot_address(lot: Lot) -> str:
    """The lot's direct link."""
    return settings.BASE_URL + reverse("permits:lot", args=[lot.code])


def _context(lot: Lot, language: str) -> dict[str, Any]:
    address = lot_address(lot)
    name = _("Code that opens the page of %(lot)s") % {"lot": lot.name}
    return {
        "lot": lot,
        "office": office(),
        "language": language,
        "address": address,
        "qr": pdf.qr_code(address, name),
    }
