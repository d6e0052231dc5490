"""Letters about tickets, drawn when somebody asks for one."""

from datetime import datetime

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from opscom.lib.logo import logo_uri
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


def notice_letter(item: LetterItem, step: str, *, at: datetime) -> bytes:
    """One notice in its reader's language, drawn each time: a kept copy would keep the PIN. Needs the ticket with its
    offence, lot and charge."""
    violation = item.violation
    with override(item.language):
        name = _("Code that shows whether ticket %(number)s is real") % {"number": violation.number}
        context = {
            "item": item,
            "step": step,
            "at": at,
            "violation": violation,
            "charge": violation.charge,
            "price": price_of(violation, at),
            "office": office(),
            "logo": logo_uri(),
            "language": item.language,
            "address": settings.BASE_URL.partition("://")[2] + reverse("violations:pay_ticket"),
            "qr": qr_code(verify_address(violation), name),
        }
        html = render_to_string("violations/letters/notice.html", context)
    return draw(html, f":root {{ --accent: {office().accent_colour}; }}\n{style_sheet('paper.css')}")
