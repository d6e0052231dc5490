"""Addresses of a person's own e-mails: signed, so that they do not count how many the office has written."""

from django.core.signing import BadSignature, Signer

_signer = Signer(salt="opscom.history.mail")


def mail_key(pk: int) -> str:
    """The key of that mail in an address."""
    return _signer.sign(str(pk)).replace(":", ".")


def mail_pk(key: str) -> int | None:
    """The mail's primary key, or None for a key that we did not make."""
    try:
        return int(_signer.unsign(key.replace(".", ":")))
    except (BadSignature, ValueError):
        return None
