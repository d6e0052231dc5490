"""Stripe's published test cards (https://docs.stripe.com/testing). A card number lives only inside ``read_card``."""

import re
from dataclasses import dataclass, replace


@dataclass(frozen=True)
class Outcome:
    """What the issuer says. ``code`` and ``decline_code`` are None when it approves.

    ``asks_always``: a card that is set up asks again at each charge. ``fails_setup``: what it declines it also refuses to store.
    """

    code: str | None = None
    decline_code: str | None = None
    message: str | None = None
    asks_3ds: bool = False
    asks_always: bool = False
    fails_setup: bool = True


APPROVED = Outcome()
DECLINED = Outcome("card_declined", "generic_decline", "Your card was declined.")
INSUFFICIENT = Outcome("card_declined", "insufficient_funds", "Your card has insufficient funds.")
NOT_A_TEST_CARD = Outcome(
    "card_declined",
    "test_mode_live_card",
    "Your card was declined. Your request was in test mode, but used a non test card.",
)
NEEDS_3DS = Outcome(asks_3ds=True)
ALWAYS_NEEDS_3DS = Outcome(asks_3ds=True, asks_always=True)

OUTCOMES = {
    "4242424242424242": APPROVED,
    "5555555555554444": APPROVED,
    "378282246310005": APPROVED,
    "4000000000000002": DECLINED,
    "4000000000000341": replace(DECLINED, fails_setup=False),
    "4000000000009995": INSUFFICIENT,
    "4000000000009987": Outcome("card_declined", "lost_card", "Your card was declined."),
    "4000000000000069": Outcome("expired_card", "expired_card", "Your card has expired."),
    "4000000000000127": Outcome("incorrect_cvc", "incorrect_cvc", "Your card's security code is incorrect."),
    "4000000000000119": Outcome(
        "processing_error",
        "processing_error",
        "An error occurred while processing your card. Try again in a little bit.",
    ),
    "4000002760003184": ALWAYS_NEEDS_3DS,
    "4000002500003155": NEEDS_3DS,
    "4000008260003178": replace(INSUFFICIENT, asks_3ds=True, fails_setup=False),
}

NAMES = {
    "ok": "4242424242424242",
    "declined": "4000000000000002",
    "insufficient_funds": "4000000000009995",
    "lost_card": "4000000000009987",
    "expired_card": "4000000000000069",
    "declined_later": "4000000000000341",
    "three_ds": "4000002760003184",
    "three_ds_once": "4000002500003155",
    "three_ds_insufficient_funds": "4000008260003178",
}

EXPIRY = re.compile(r"\s*(\d{1,2})\s*/?\s*(\d{4}|\d{2})\s*")


@dataclass(frozen=True)
class Card:
    """All that is kept of a card. ``exp_month`` 1-12, ``exp_year`` four digits."""

    brand: str
    last4: str
    exp_month: int
    exp_year: int
    outcome: Outcome


class CardFormError(Exception):
    """The form itself is wrong; ``field`` is the name of the input. Nothing was sent to the issuer."""

    def __init__(self, field: str, message: str) -> None:
        super().__init__(message)
        self.field = field


def read_card(number: str, expiry: str, cvc: str, *, year: int, month: int) -> Card:
    """Check the form fields against today (``year``, ``month``) and keep brand and last four digits only."""
    digits = re.sub(r"[ -]", "", number)
    if not re.fullmatch(r"[0-9]{13,19}", digits) or not _luhn_holds(digits):
        raise CardFormError("cardNumber", "Your card number is invalid.")
    match = EXPIRY.fullmatch(expiry)
    if match is None or not 1 <= int(match.group(1)) <= 12:
        raise CardFormError("cardExpiry", "Your card's expiration date is incomplete.")
    exp_month, exp_year = int(match.group(1)), int(match.group(2)) % 100 + 2000
    if (exp_year, exp_month) < (year, month):
        raise CardFormError("cardExpiry", "Your card's expiration date is in the past.")
    brand = _brand(digits)
    if not re.fullmatch(r"[0-9]{4}" if brand == "amex" else r"[0-9]{3}", cvc.strip()):
        raise CardFormError("cardCvc", "Your card's security code is incomplete.")
    return Card(brand, digits[-4:], exp_month, exp_year, OUTCOMES.get(digits, NOT_A_TEST_CARD))


def _luhn_holds(digits: str) -> bool:
    total = 0
    for index, digit in enumerate(reversed(digits)):
        value = int(digit) * (2 if index % 2 else 1)
        total += value - 9 if value > 9 else value
    return total % 10 == 0


def _brand(digits: str) -> str:
    if digits[:2] in ("34", "37"):
        return "amex"
    return {"4": "visa", "5": "mastercard"}.get(digits[0], "unknown")
