"""What the portal wrote, as its readers see it."""

import re
from urllib.parse import urlsplit

from accounts.models import Mail


def kinds() -> list[str]:
    """The kinds of all messages, in the order in which they were written."""
    return list(Mail.objects.order_by("pk").values_list("kind", flat=True))


def link_in(mail: Mail) -> str:
    """The path of the link to a password page in the text part."""
    found = re.search(r"https?://\S+/(?:activate|reset-password)/\S+", mail.text)
    assert found, mail.text
    return urlsplit(found[0]).path


def code_in(mail: Mail) -> str:
    """The one-time password in the text part."""
    found = re.search(r"\b\d{6}\b", mail.text)
    assert found, mail.text
    return found[0]
