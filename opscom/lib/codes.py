"""Opaque codes for addresses, receipts and tickets."""

import secrets

# Crockford's alphabet without letters that are mistaken for digits (I, L, O, U): read aloud, typed in the rain.
ALPHABET = "0123456789ABCDEFGHJKMNPQRSTVWXYZ"


def random_code(length: int = 12) -> str:
    """A code with 5 bits of chance a character; 12 characters (60 bits) cannot be guessed over the network."""
    return "".join(secrets.choice(ALPHABET) for _ in range(length))


def new_code() -> str:
    """The default of every `code` field."""
    return random_code(12)


def new_pin() -> str:
    """A ticket's two-character PIN, such as 3K: a guard against walking numbers, held up by throttles."""
    return secrets.choice("23456789") + secrets.choice("ABCDEFGHJKMNPQRSTVWXYZ")
