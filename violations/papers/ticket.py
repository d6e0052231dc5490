"""The ticket on paper, A6: number with PIN, and a code that opens its page."""

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from opscom.lib import pdf
from opscom.lib.office import office
from violations.models import Violation
from violations.verification import verify_address


def ticket_pdf(violation: Violation) -> bytes:
    """Drawn each time: a kept copy would keep the PIN. Needs `offence`, `lot` and `charge`. The code holds no PIN: who only
    photographs the windscreen's code opens nothing."""
    context = {
        "violation": violation,
        "charge": violation.charge,
        "office": office(),
        "language": get_language(),
        "address": settings.BASE_URL.partition("://")[2] + reverse("violations:pay_ticket"),
        "qr": pdf.qr_code(
            verify_address(violation),
            _("Code that shows whether ticket %(number)s is real") % {"number": violation.number},
        ),
    }
    return pdf.draw(render_to_string("violations/paper.html", context), pdf.style_sheet("ticket.css"))
