"""The printed permit: A6, tagged (PDF/UA), with a code that opens the page on which anybody can check it."""

import hashlib
from typing import Any

from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from opscom.lib import pdf
from opscom.lib.office import office
from permits.models import Permit

PLATES_SHOWN = 3


def permit_pdf(permit: Permit, *, language: str) -> bytes:
    """The permit in that language, under 100 kB. Kept in the cache under a digest of all that it shows, so that another
    plate, a new office name or a changed layout makes a new one."""
    with override(language):
        html = render_to_string("permits/pdf.html", _context(permit, language))
    digest = hashlib.sha256(f"{_style()}{html}".encode()).hexdigest()
    key = f"permit-pdf:{permit.code}:{language}:{digest}"
    drawn: bytes | None = cache.get(key)
    if drawn is None:
        drawn = draw(html)
        cache.set(key, drawn, pdf.KEEP_SECONDS)
    return drawn


def draw(html: str) -> bytes:
    """HTML with the permit's style."""
    return pdf.draw(html, _style())


def verify_address(permit: Permit) -> str:
    """The page that says whether this permit is real."""
    return settings.BASE_URL + reverse("verify", args=[permit.code])


def _context(permit: Permit, language: str) -> dict[str, Any]:
    plates = [link.vehicle for link in permit.plates.filter(courtesy=False).select_related("vehicle")]
    return {
        "permit": permit,
        "office": office(),
        "language": language,
        "plates": plates[:PLATES_SHOWN],
        "more": len(plates) - PLATES_SHOWN,
        "letter": permit.permit_type.prefix[:1].upper(),
        "address": verify_address(permit),
        "qr": _qr(permit),
    }


def _qr(permit: Permit) -> SafeString:
    name = _("Code that opens the check page for permit %(number)s") % {"number": permit.number}
    return pdf.qr_code(verify_address(permit), name)


def _style() -> str:
    return pdf.style_sheet("permit.css")
