"""Letters about tickets, drawn when somebody asks for one."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.services.wordings import printed
from opscom.lib.logo import logo_uri
from opscom.lib.money import ZERO
from opscom.lib.office import office
from opscom.lib.pdf import draw, draw_once, qr_code, style_sheet
from violations.models import Appeal, LetterItem
from violations.notice_words import new_time_words
from violations.services.debts import price_of
from violations.verification import verify_address


def appeal_letter(appeal: Appeal, *, language: str = "") -> bytes:
    """The decision on an appeal, in the language of whoever appealed unless another is meant. Needs `user` and the ticket with
    its offence, lot and charge."""
    language = language or appeal.reader_language
    with override(language):
        context = appeal_context(appeal)
        around = {"said": printed("letter_appeal", context), "logo": logo_uri(), "language": language}
        html = render_to_string("violations/letters/appeal.html", context | around)
        style = f":root {{ --accent: {office().accent_colour}; }}\n{style_sheet('paper.css')}"
        return draw_once("appeal", html, style)


def appeal_context(appeal: Appeal) -> dict[str, Any]:
    """What the letter on an appeal can tell."""
    charge = appeal.violation.charge
    owed = charge is not None and charge.state == charge.State.OPEN and not charge.blocked
    return {
        "appeal": appeal,
        "violation": appeal.violation,
        "owed_by": charge.due_on if owed and charge else None,
        "office": office(),
    }


def notice_letter(items: Sequence[LetterItem], step: str, *, at: datetime) -> bytes:
    """One notice for all these tickets of one owner, in the owner's language, drawn each time: a kept copy would keep the
    PINs. Needs the tickets with their offence, lot and charge."""
    first = items[0]
    with override(first.language):
        name = _("Code that shows whether ticket %(number)s is real") % {"number": first.violation.number}
        context = notice_context(items, step, at=at)
        around = {
            "said": printed(f"letter_{step}", context),
            "pay": printed("letter_pay", context),
            "check": printed("letter_check", context),
            "logo": logo_uri(),
            "language": first.language,
            "qr": qr_code(verify_address(first.violation), name),
        }
        html = render_to_string("violations/letters/notice.html", context | around)
    return draw(html, f":root {{ --accent: {office().accent_colour}; }}\n{style_sheet('paper.css')}")


def notice_context(items: Sequence[LetterItem], step: str, *, at: datetime) -> dict[str, Any]:
    """What a notice for these tickets can tell; `violation` and `charge` are those of the first."""
    prices = [price_of(item.violation, at) for item in items]
    return {
        "item": items[0],
        "at": at,
        "violation": items[0].violation,
        "charge": items[0].violation.charge,
        "count": len(items),
        "new_time": new_time_words(step),
        "rows": list(zip((item.violation for item in items), prices, strict=True)),
        "price": sum(prices, start=ZERO),
        "office": office(),
        "address": settings.BASE_URL.partition("://")[2] + reverse("violations:pay_ticket"),
    }
