"""The phone on the screen: for trying. It sends nothing anywhere; the page shows the rows themselves."""

import hashlib
import hmac
import json
from collections.abc import Mapping

from django.conf import settings
from django.core.exceptions import ImproperlyConfigured

from accounts.text_providers.base import OutgoingText, SentText, TextProvider
from opscom.lib.codes import random_code


class PhoneProvider(TextProvider):
    """Delivers at once, and has no carrier in between."""

    name = "phone"
    carrier = False

    def __init__(self) -> None:
        if not settings.DEMO:
            raise ImproperlyConfigured(
                "The phone on the screen is for trying: set DEMO=1, or another gateway for texts."
            )

    def send(self, text: OutgoingText) -> SentText:
        return SentText(f"PH{random_code(30)}", delivered=True)

    def signed(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        return hmac.compare_digest(self.sign(url, fields).encode(), signature.encode())

    def sign(self, url: str, fields: Mapping[str, str]) -> str:
        """The signature of these fields, sent to that address."""
        words = json.dumps([url, sorted(fields.items())])
        return hmac.new(settings.SANDBOX_SECRET.encode(), words.encode(), hashlib.sha256).hexdigest()
