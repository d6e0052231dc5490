"""What parking by text says between the questions: to whom, what went wrong, and how a purchase ended."""

from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

from accounts.wordings.texts import text_piece

PAGE: tuple[str | Promise, Any] = (_("Page of the portal"), "https://parking.example.test/…")
PAGES = {"page": PAGE, "cards": (_("Page of the stored cards"), "https://parking.example.test/…")}

ANSWERS = (
    text_piece(
        "text_confirmed",
        _("Parking by text: telephone confirmed"),
        _("Thank you, this phone is confirmed. Text ParkMe to park."),
    ),
    text_piece(
        "text_unconfirmed",
        _("Parking by text: telephone not confirmed"),
        _("This phone is not confirmed yet. Text us the six digits that your profile shows: %(page)s"),
        {"page": PAGE},
        required=("page",),
    ),
    text_piece(
        "text_stranger",
        _("Parking by text: unknown number"),
        _("We do not know this number. Register, and enter it in Your Profile: %(page)s"),
        {"page": PAGE},
    ),
    text_piece(
        "text_idle", _("Parking by text: not understood"), _("Text ParkMe to park, or E to extend parking that runs.")
    ),
    text_piece(
        "text_nothing",
        _("Parking by text: nothing to quit"),
        _("Nothing is under way. Text ParkMe to park, or E to extend."),
    ),
    text_piece(
        "text_expired",
        _("Parking by text: too late"),
        _(
            "Your last request ended after 15 minutes without an answer; nothing was charged. Text ParkMe to start again."
        ),
    ),
    text_piece(
        "text_again",
        _("Parking by text: no such choice (the question follows)"),
        _("Sorry, that does not fit here."),
    ),
    text_piece(
        "text_full",
        _("Parking by text: lot full (the question follows)"),
        _("No place is free there for that time."),
    ),
    text_piece(
        "text_changed",
        _("Parking by text: another price (the question follows)"),
        _("Price or time have changed meanwhile."),
    ),
    text_piece(
        "text_other_card",
        _("Parking by text: another card (the question follows)"),
        _("You have another primary card now."),
    ),
    text_piece(
        "text_charging",
        _("Parking by text: card is charged"),
        _("Thank you. Your card is being charged; the confirmation comes by text in a moment."),
    ),
    text_piece(
        "text_bank_silent",
        _("Parking by text: bank has not answered"),
        _(
            "Your bank has not answered yet. Do not pay again: your card is charged once at most, your place is kept until "
            "%(time)s, and a text tells you the result. See also %(page)s"
        ),
        {"time": (_("Until when"), "2:30 p.m."), "page": PAGE},
    ),
    text_piece(
        "text_failed_no_place",
        _("Parking by text: paid too late"),
        _("Your payment came after the place was given away. It is kept for you: %(page)s"),
        {"page": PAGE},
    ),
    text_piece(
        "text_failed_unsure",
        _("Parking by text: bank never answered"),
        _(
            "Your bank has still not said whether it paid, and your place is not kept any longer. Should it have paid, we "
            "tell you and keep the money for you: %(page)s Text ParkMe to park again."
        ),
        {"page": PAGE},
    ),
    text_piece(
        "text_failed_busy",
        _("Parking by text: payment under way"),
        _("A payment for this is under way already. Its result shows on Payments."),
    ),
    text_piece(
        "text_failed_authenticate",
        _("Parking by text: bank wants a confirmation"),
        _(
            "Your bank wants you to confirm the payment, which a text cannot do. The place is free again. Buy it here: %(page)s"
        ),
        {"page": PAGE},
    ),
    text_piece(
        "text_failed_card",
        _("Parking by text: card is no longer good"),
        _(
            "Your card cannot be charged any more. The place is free again. Store another card: %(cards)s Or buy here: %(page)s"
        ),
        PAGES,
    ),
    text_piece(
        "text_failed_lapsed",
        _("Parking by text: not charged in time"),
        _("Your card could not be charged in time. Nothing was paid, and the place is free again. Text ParkMe."),
    ),
    text_piece(
        "text_failed_declined",
        _("Parking by text: card declined"),
        _("Your card was declined. The place is free again. Text ParkMe to try again, or buy here: %(page)s"),
        PAGES,
    ),
)
