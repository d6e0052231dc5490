"""Secrets that the portal must be able to read again, encrypted in the database with keys of the environment."""

from functools import lru_cache

from cryptography.fernet import Fernet, InvalidToken, MultiFernet
from django.conf import settings
from django.core.exceptions import ImproperlyConfigured


def can_seal() -> bool:
    """Whether the operator has set a key."""
    return bool(settings.SEALING_KEYS)


def seal(text: str) -> str:
    """The text, encrypted with the first of settings.SEALING_KEYS. ImproperlyConfigured without a key."""
    return _keys().encrypt(text.encode()).decode()


def unseal(sealed: str) -> str:
    """What was sealed with any of the keys. ImproperlyConfigured where none of them fits."""
    try:
        return _keys().decrypt(sealed.encode()).decode()
    except InvalidToken as error:
        raise ImproperlyConfigured("No key in SEALING_KEYS opens what is stored. Add the older key again.") from error


def _keys() -> MultiFernet:
    if not settings.SEALING_KEYS:
        raise ImproperlyConfigured("Set SEALING_KEYS (docs/operations.md).")
    return _opener(tuple(settings.SEALING_KEYS))


@lru_cache(maxsize=2)
def _opener(keys: tuple[str, ...]) -> MultiFernet:
    """Made once: an import seals a PIN for each of its rows."""
    return MultiFernet([Fernet(key) for key in keys])
