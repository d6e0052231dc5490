"""Letters about tickets, drawn when somebody asks for one."""

from django.template.loader import render_to_string
from django.utils.translation import override

from opscom.lib.logo import logo_uri
from opscom.lib.office import office
from opscom.lib.pdf import draw_once, style_sheet
from violations.models import Appeal


def appeal_letter(appeal: Appeal) -> bytes:
    """The decision on an appeal, in the language of whoever appealed. Needs `user` and the ticket with its offence, lot and
    charge."""
    with override(appeal.reader_language):
        around = {"office": office(), "logo": logo_uri(), "language": appeal.reader_language}
        context = {"appeal": appeal, "violation": appeal.violation, "charge": appeal.violation.charge}
        html = render_to_string("violations/letters/appeal.html", context | around)
        style = f":root {{ --accent: {office().accent_colour}; }}\n{style_sheet('paper.css')}"
        return draw_once("appeal", html, style)
