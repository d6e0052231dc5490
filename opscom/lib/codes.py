"""Opaque codes for addresses, receipts and tickets."""

import secrets

from django.utils.crypto import salted_hmac

# Crockford's alphabet without letters that are mistaken for digits (I, L, O, U): read aloud, typed in the rain.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def random_code(length: int = 12) -> str:
    """A code with 5 bits of chance a character; 12 characters (60 bits) cannot be guessed over the network."""
    return "".join(ALPHABET[byte & 31] for byte in secrets.token_bytes(length))


def signature(salt: str, text: str, *, key: str, length: int = 8) -> str:
    """What stands behind a text on paper to show that we wrote it: 8 characters (40 bits) can be tried out only by asking
    the page that checks it."""
    digest = salted_hmac(salt, text, secret=key, algorithm="sha256").digest()
    return "".join(ALPHABET[byte & 31] for byte in digest[:length])


def new_code() -> str:
    """The default of every `code` field."""
    return random_code(12)


def new_pin() -> str:
    """A ticket's two-character PIN, such as 3K: 1,024 ways, a guard against walking numbers that throttles hold up."""
    return random_code(2)
