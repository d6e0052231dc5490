"""Address labels on letter sheets: two columns of seven, as labels of 4 by 1⅓ inches are sold."""

from collections.abc import Sequence

from django.template.loader import render_to_string
from django.utils.translation import get_language

from opscom.lib import pdf
from permits.models import HangTag


def labels_pdf(tags: Sequence[HangTag]) -> bytes:
    """A label for each tag; needs `permit` with its holder."""
    html = render_to_string("permits/labels.html", {"tags": tags, "language": get_language() or "en"})
    return pdf.draw(html, pdf.style_sheet("labels.css"))
