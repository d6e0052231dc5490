"""The printed permit: A6, tagged (PDF/UA), with a code that opens the page on which anybody can check it."""

import hashlib
from functools import cache as remember
from typing import Any

import segno
from django.conf import settings
from django.core.cache import cache
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext as _
from django.utils.translation import override

from opscom.lib.office import office
from permits.models import Permit

KEEP_SECONDS = 7 * 24 * 3600
PLATES_SHOWN = 3


def permit_pdf(permit: Permit, *, language: str) -> bytes:
    """The permit in that language, under 100 kB. Kept in the cache under a digest of all that it shows, so that another
    plate, a new office name or a changed layout makes a new one."""
    with override(language):
        html = render_to_string("permits/pdf.html", _context(permit, language))
    digest = hashlib.sha256(f"{_style()}{html}".encode()).hexdigest()
    key = f"permit-pdf:{permit.code}:{language}:{digest}"
    pdf: bytes | None = cache.get(key)
    if pdf is None:
        pdf = draw(html)
        cache.set(key, pdf, KEEP_SECONDS)
    return pdf


def draw(html: str) -> bytes:
    """HTML with the permit's style as a PDF/UA document. Whatever address the text holds, nothing is fetched."""
    from weasyprint import CSS, HTML  # takes half a second, which no web process pays at its start
    from weasyprint.urls import URLFetcher

    nowhere = URLFetcher(allowed_protocols=())
    style = CSS(string=_style(), url_fetcher=nowhere)
    return bytes(HTML(string=html, url_fetcher=nowhere).write_pdf(stylesheets=[style], pdf_variant="pdf/ua-1"))


def verify_address(permit: Permit) -> str:
    """The page that says whether this permit is real."""
    return settings.BASE_URL + reverse("verify", args=[permit.code])


def _context(permit: Permit, language: str) -> dict[str, Any]:
    plates = [link.vehicle for link in permit.plates.select_related("vehicle").order_by("pk")]
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
    """The code as an SVG image with a name for those who hear the page."""
    name = _("Code that opens the check page for permit %(number)s") % {"number": permit.number}
    code = segno.make(verify_address(permit), error="m", micro=False)
    return mark_safe(code.svg_inline(border=2, omitsize=True, svgclass="qr", lineclass=None, title=name))  # noqa: S308 (segno escapes the name)


@remember
def _style() -> str:
    return (settings.BASE_DIR / "static" / "css" / "permit.css").read_text()
