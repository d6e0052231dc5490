"""What parking by text asks and confirms (TXT-4)."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.wordings.texts import text_piece

LOT: tuple[str | Promise, Any] = (_("Name of the lot"), "Lot C")
PLATE: tuple[str | Promise, Any] = (_("Plate"), "CKRT418")
RUNS: tuple[str | Promise, Any] = (_("What runs: plate, lot and end"), "CKRT418 in Lot C until 2:30 p.m.")
PARKED = {
    "plate": PLATE,
    "lot": LOT,
    "time": (_("Until when"), "2:30 p.m."),
    "price": (_("What was paid"), "$4.50"),
    "number": (_("Number of the permit"), "T-10412"),
}
QUOTE = {
    "lot": LOT,
    "n": (_("Number of minutes"), 60),
    "time": (_("Until when"), "2:30 p.m."),
    "price": (_("What it costs"), "$4.50"),
    "card": (_("The card"), "Visa 4242"),
}
BOUGHT: tuple[str | Promise, Any] = (
    _("Lot, minutes, end, price and card"),
    "Lot C, 60 minutes, until 2:30 p.m.: $4.50 on your card 4242.",
)

QUESTIONS = (
    text_piece(
        "text_start",
        _("Parking by text: begin"),
        _("Text2ParkMe: text P to start parking or Q to quit."),
    ),
    text_piece(
        "text_lot",
        _("Parking by text: choose a lot (the lots follow)"),
        _("Text the number of the parking lot you want, or Q to quit."),
    ),
    text_piece(
        "text_minutes",
        _("Parking by text: how long"),
        _("%(lot)s: text the number of minutes you want to park, or L for the lots."),
        {"lot": LOT},
    ),
    text_piece(
        "text_more_minutes",
        _("Parking by text: how much longer"),
        _("%(parking)s: text the number of minutes you want to add."),
        {"parking": RUNS},
    ),
    text_piece(
        "text_session",
        _("Parking by text: choose what to extend (what runs follows)"),
        _("Text the number of the parking to extend, or Q to quit."),
    ),
    text_piece(
        "text_quote",
        _("Parking by text: price"),
        _("%(what)s Text C to continue or L to go back to the lots."),
        {"what": BOUGHT, **QUOTE},
        required=("what",),
    ),
    text_piece(
        "text_quote_longer",
        _("Parking by text: price of the extension"),
        _("%(what)s Text C to confirm or L to change the minutes."),
        {"what": BOUGHT, **QUOTE},
        required=("what",),
    ),
    text_piece(
        "text_first_plate",
        _("Parking by text: type a plate"),
        _("Text your license plate, for example CKRT418."),
    ),
    text_piece(
        "text_plate",
        _("Parking by text: choose a plate (the plates follow)"),
        _("Text the number of your license plate, or another plate."),
    ),
    text_piece(
        "text_confirm",
        _("Parking by text: confirm"),
        _("Plate %(plate)s. %(what)s Text C to confirm your purchase or L to go back to the options."),
        {"plate": PLATE, "what": BOUGHT, **QUOTE},
        required=("what",),
    ),
    text_piece(
        "text_thanks",
        _("Parking by text: bought"),
        _(
            "Thank you. %(plate)s may park in %(lot)s until %(time)s; paid: %(price)s, permit %(number)s. Text E to extend."
        ),
        PARKED,
    ),
    text_piece(
        "text_ends",
        _("Parking ends soon"),
        _("%(parking)s: your parking ends soon."),
        {"parking": RUNS},
    ),
    text_piece("text_extend", _("Parking ends soon: where it can be extended by text"), _("Text E to extend.")),
    text_piece(
        "text_quit",
        _("Parking by text: quit"),
        _("You have quit, and nothing was charged. Text ParkMe to start again."),
    ),
)
