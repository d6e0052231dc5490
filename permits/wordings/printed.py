"""The words on a printed permit."""

from datetime import date

from django.utils.translation import gettext_lazy as _

from accounts.wordings.meanings import Meaning
from accounts.wordings.papers import paper_piece
from accounts.wordings.registry import Medium

PERMIT: dict[str, Meaning] = {
    "permit.number": (_("Permit: its number"), "Y-20418"),
    "permit.last_day": (_("Permit: its last day"), date(2026, 12, 31)),
    "permit.lot.name": (_("Permit: its lot"), "Lot C, Harbour"),
    "permit.permit_type.name": (_("Permit: its type"), "Resident, annual"),
    "layout": (_("What is printed: hang_tag, a6 or letter"), "hang_tag"),
    "office.print_text": (_("Text on printed permits, from the settings"), "Snow: move your vehicle by 7 a.m."),
}

PRINTED = (
    paper_piece(
        "permit_rules",
        Medium.PERMIT,
        _("Instructions and terms at the foot"),
        "permits/words/rules",
        (),
        PERMIT,
        headed=False,
        longest=480,
    ),
    paper_piece(
        "permit_check",
        Medium.PERMIT,
        _("Beside the code of a permit"),
        "permits/words/check",
        (),
        PERMIT,
        headed=False,
        longest=40,
    ),
)
