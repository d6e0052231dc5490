"""Labels for boots on letter sheets: two columns of seven, each with the address of its boot as a QR code."""

from collections.abc import Sequence

from django.conf import settings
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _

from opscom.lib import pdf
from opscom.lib.office import office
from violations.models import Boot


def labels_pdf(boots: Sequence[Boot]) -> bytes:
    """A label for each boot."""
    rows = [(boot, pdf.qr_code(_address(boot), _("Page of boot %(number)s") % {"number": boot})) for boot in boots]
    html = render_to_string(
        "violations/boot_labels.html", {"rows": rows, "language": get_language() or "en", "office": office()}
    )
    return pdf.draw(html, pdf.style_sheet("boot_labels.css"))


def _address(boot: Boot) -> str:
    return settings.BASE_URL + reverse("violations:boot", args=[boot.code])
