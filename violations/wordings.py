"""What boots say by text, and letters on paper, as texts that the office can change."""

from datetime import date
from decimal import Decimal

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.wordings.meanings import Meaning
from accounts.wordings.papers import paper_piece
from accounts.wordings.registry import Medium, Piece
from accounts.wordings.texts import text_piece

WORDS = "violations/letters/words/"
OWED = ("charge.amount", "charge.due_on", "charge.reduced_amount", "charge.reduced_through")
TICKET = ("violation.number", "violation.plate", "violation.issued_at", "violation.offence.description")
NOTICE: dict[str, Meaning] = {
    "item.name": (_("Name of whoever the letter goes to"), "Ada Reyes"),
    "count": (_("Number of tickets in the letter"), 1),
    "new_time": (
        _("Sentence on the days in which it can be appealed anew, or nothing"),
        "You can appeal within 14 days of this notice.",
    ),
    "price": (_("What is owed if all is paid today"), Decimal("50.00")),
    "violation.full_number": (_("Ticket: its number with the PIN"), "TT-10133-3K"),
    "address": (_("Page on which tickets are paid"), "parking.example.test/pay-ticket/"),
}
APPEAL = ("appeal.response", "appeal.reduced_to", "appeal.state")
DECIDED: dict[str, Meaning] = {
    "appeal.appellant": (_("Appeal: name of whoever appealed"), "Ada Reyes"),
    "owed_by": (_("Day by which what is left is owed; nothing where nothing is"), date(2026, 12, 31)),
}


def _notice(key: str, title: str | Promise, *, headed: bool = True) -> Piece:
    return paper_piece(f"letter_{key}", Medium.LETTER, title, f"{WORDS}{key}", (*OWED, *TICKET), NOTICE, headed=headed)


LETTERS = (
    _notice("new", _("New ticket")),
    _notice("overdue", _("Overdue")),
    _notice("last", _("Last notice")),
    _notice("pay", _("How to pay or appeal, in every notice")),
    _notice("check", _("Beside the code of a notice"), headed=False),
    paper_piece(
        "letter_appeal", Medium.LETTER, _("Decision on an appeal"), f"{WORDS}appeal", (*APPEAL, *TICKET), DECIDED
    ),
)

PIECES = (
    *LETTERS,
    text_piece(
        "text_boot_code",
        _("Boot: release code"),
        _(
            "%(office)s: the release code of boot %(boot)s is %(code)s. Bring the boot back by %(time)s. How and where: %(page)s"
        ),
        {
            "office": (_("Name of the office"), "Northfield Parking"),
            "boot": (_("Boot: its number"), "B-07"),
            "code": (_("Boot: its release code"), "73519"),
            "time": (_("When it is due back"), "September 2, 6 p.m."),
            "page": (_("Page of the boot"), "https://parking.example.test/…"),
        },
        required=("code",),
        secret=True,
    ),
)
