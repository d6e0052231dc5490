"""The printed permit: a hang tag, an A6 card or a letter page, tagged (PDF/UA), with a code that opens the page on which
anybody can check it."""

import hashlib
from typing import Any

from django.core.cache import cache
from django.db.models import prefetch_related_objects
from django.template.loader import render_to_string
from django.utils import timezone
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.services.wordings import printed
from opscom.lib import pdf
from opscom.lib.logo import logo_uri
from opscom.lib.office import office
from permits.models import Permit
from permits.verification import is_over, verify_address

PLATES_SHOWN = 4


def permit_pdf(permit: Permit, *, language: str, layout: str = "", copy: int = 1) -> bytes:
    """That copy of the permit in that language, under 100 kB; the type's own layout where none is given. Kept in the cache
    under a digest of all that it shows, so that another plate, a new office name or a changed layout makes a new one."""
    with override(language):
        html = render_to_string("permits/pdf.html", _context(permit, language, layout, copy))
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


def words_context(permit: Permit, layout: str = "") -> dict[str, Any]:
    """What the words on a permit can tell."""
    return {"permit": permit, "layout": layout or permit.permit_type.layout, "office": office()}


def _context(permit: Permit, language: str, layout: str = "", copy: int = 1) -> dict[str, Any]:
    prefetch_related_objects([permit], "plates__vehicle")
    plates = [link.vehicle for link in permit.plates.all() if not link.courtesy]
    name = permit.holder.first_name[:1], permit.holder.last_name
    words = words_context(permit, layout)
    return {
        **words,
        "rules": printed("permit_rules", words)[1],
        "check": printed("permit_check", words)[1],
        "copy": copy,
        "over": is_over(permit, timezone.now()),
        "logo": logo_uri(),
        "language": language,
        "plates": plates[:PLATES_SHOWN],
        "more": len(plates) - PLATES_SHOWN,
        "letter": permit.permit_type.prefix[:1].upper(),
        "holder": f"{name[0]}. {name[1]}" if all(name) else permit.holder.get_full_name(),
        "qr": _qr(permit, copy),
    }


def _qr(permit: Permit, copy: int) -> SafeString:
    name = _("Code that opens the check page for permit %(number)s") % {"number": permit.number}
    return pdf.qr_code(verify_address(permit, copy), name)


def _style() -> str:
    return pdf.style_sheet("permit.css")
