"""Letters about tickets, drawn when somebody asks for one."""

from collections.abc import Sequence
from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from opscom.lib.logo import logo_uri
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.pdf import draw, draw_once, qr_code, style_sheet
from violations.models import Appeal, LetterItem
from violations.services.debts import price_of
from violations.verification import verify_address


def appeal_letter(appeal: Appeal) -> bytes:
    """The decision on an appeal, in the language of whoever appealed. Needs `user` and the ticket with its offence, lot and
    charge."""
    with override(appeal.reader_language):
        around = {"office": office(), "logo": logo_uri(), "language": appeal.reader_language}
        context = {"appeal": appeal, "violation": appeal.violation, "charge": appeal.violation.charge}
        html = render_to_string("violations/letters/appeal.html", context | around)
        style = f":root {{ --accent: {office().accent_colour}; }}\n{style_sheet('paper.css')}"
        return draw_once("appeal", html, style)


def notice_letter(items: Sequence[LetterItem], step: str, *, at: datetime) -> bytes:
    """One notice for all these tickets of one owner, in the owner's language, drawn each time: a kept copy would keep the
    PINs. Needs the tickets with their offence, lot and charge."""
    first = items[0]
    prices = [price_of(item.violation, at) for item in items]
    with override(first.language):
        name = _("Code that shows whether ticket %(number)s is real") % {"number": first.violation.number}
        context = {
            "item": first,
            "step": step,
            "at": at,
            "violation": first.violation,
            "charge": first.violation.charge,
            "rows": list(zip((item.violation for item in items), prices, strict=True)),
            "price": sum(prices, start=ZERO),
            "office": office(),
            "logo": logo_uri(),
            "language": first.language,
            "address": settings.BASE_URL.partition("://")[2] + reverse("violations:pay_ticket"),
            "qr": qr_code(verify_address(first.violation), name),
        }
        html = render_to_string("violations/letters/notice.html", context)
    return draw(html, f":root {{ --accent: {office().accent_colour}; }}\n{style_sheet('paper.css')}")
