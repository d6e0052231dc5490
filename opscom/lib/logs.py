"""Keep secrets out of the log."""

import logging
import re

SECRET_PATHS = re.compile(
    r"/(activate|reset-password|confirm-email|unsubscribe|waitlists/answer|appeals/status)/[^\s/\"]+"
)
SECRET_QUERY = re.compile(r"([?&](?:code|state|answer)=)[^&\s\"]+")  # the ways back from single sign-on
SECRET_WORDS = re.compile(r"(?i)\b((?:sk|rk|whsec)_[a-z0-9_]{4})[a-z0-9_]+")


def without_secrets(text: str) -> str:
    """The text with one-time links and provider keys cut to their first part."""
    return SECRET_WORDS.sub(r"\1…", SECRET_QUERY.sub(r"\1…", SECRET_PATHS.sub(r"/\1/…", text)))


class SecretsFilter(logging.Filter):
    """Replace one-time links and provider keys by their first part in every record."""

    def filter(self, record: logging.LogRecord) -> bool:
        text = record.getMessage()
        clean = without_secrets(text)
        if clean != text:
            record.msg, record.args = clean, ()
        return True
