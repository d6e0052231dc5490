"""Why somebody cannot park by text, and what to do about it."""

from django.utils.translation import gettext_lazy as _

from accounts.wordings.texts import text_piece
from permits.wordings.answers import PAGE

CARD = (_("The card"), "Visa 4242")

OBSTACLES = (
    text_piece(
        "text_no_parking",
        _("Parking by text: nothing to extend"),
        _("No parking of yours is running. Text ParkMe to park."),
    ),
    text_piece(
        "text_no_lot",
        _("Parking by text: no lot sells"),
        _("No lot sells parking by text now. Buy it on the portal: %(page)s"),
        {"page": PAGE},
    ),
    text_piece(
        "text_no_profile",
        _("Parking by text: profile not complete"),
        _("Complete your profile first: %(page)s"),
        {"page": PAGE},
    ),
    text_piece(
        "text_not_offered",
        _("Parking by text: not offered"),
        _("Parking by text is not offered to you. Buy your parking here: %(page)s"),
        {"page": PAGE},
    ),
    text_piece(
        "text_no_disclaimer",
        _("Parking by text: disclaimer"),
        _("Agree to the Permit Disclaimer first: %(page)s"),
        {"page": PAGE},
    ),
    text_piece(
        "text_no_cards",
        _("Parking by text: cards do not pay here"),
        _("Stored cards do not pay for parking here. Buy it on the portal: %(page)s"),
        {"page": PAGE},
    ),
    text_piece(
        "text_no_card",
        _("Parking by text: no card"),
        _("Register a Credit Card first: %(page)s"),
        {"page": PAGE},
    ),
    text_piece(
        "text_card_expired",
        _("Parking by text: card has expired"),
        _("Your card %(card)s has expired. Store a card for it: %(page)s"),
        {"card": CARD, "page": PAGE},
    ),
    text_piece(
        "text_card_limited",
        _("Parking by text: card for subscriptions only"),
        _("Your card %(card)s pays subscriptions only, not temporary parking. Store a card for it: %(page)s"),
        {"card": CARD, "page": PAGE},
    ),
)
