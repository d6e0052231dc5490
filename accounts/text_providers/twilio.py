"""Twilio's Messages API, version 2010-04-01, called by hand: its own client knows no other host to ask."""

import logging
from collections.abc import Mapping

import requests
from django.conf import settings
from twilio.request_validator import RequestValidator
from urllib3.exceptions import MaxRetryError, NewConnectionError

from accounts.text_providers.base import OutgoingText, SentText, TextProvider, TextRefused, TextUnsure

logger = logging.getLogger(__name__)
TOO_MANY = 20429
LATER = (429, 503)


class TwilioProvider(TextProvider):
    """Its carrier answers STOP, START and HELP unless the account is set up otherwise."""

    name = "twilio"

    def send(self, text: OutgoingText) -> SentText:
        account = settings.TWILIO_ACCOUNT_SID
        fields = {"To": text.to, "Body": text.body, "StatusCallback": text.callback_url, **_sender(text)}
        try:
            answer = requests.post(
                f"{settings.TWILIO_API_BASE}/2010-04-01/Accounts/{account}/Messages.json",
                data=fields,
                auth=(account, settings.TWILIO_AUTH_TOKEN),
                timeout=settings.TEXT_TIMEOUT,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            if _never_left(error):
                raise TextRefused("", "no connection to the gateway", again=True) from error
            raise TextUnsure(type(error).__name__) from error
        return _read(answer)

    def signed(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        token = settings.TWILIO_AUTH_TOKEN
        return bool(token and signature and RequestValidator(token).validate(url, fields, signature))


def _sender(text: OutgoingText) -> dict[str, str]:
    if settings.TWILIO_MESSAGING_SERVICE_SID:
        return {"MessagingServiceSid": settings.TWILIO_MESSAGING_SERVICE_SID}
    return {"From": settings.TWILIO_FROM_NUMBER or text.sender}


def _read(answer: requests.Response) -> SentText:
    """201 with the message's name, or an error with a code; anything else may be either."""
    try:
        body = answer.json()
        if answer.status_code == requests.codes.created:
            return SentText(str(body["sid"]))
        code, message = int(body.get("code", 0)), str(body.get("message", ""))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        if answer.status_code in LATER:
            raise TextRefused(str(answer.status_code), "the gateway is busy", again=True) from error
        raise TextUnsure(f"HTTP {answer.status_code}") from error
    if answer.status_code in LATER or code == TOO_MANY:
        raise TextRefused(str(code or answer.status_code), message, again=True)
    if 400 <= answer.status_code < 500:
        raise TextRefused(str(code or answer.status_code), message)
    raise TextUnsure(f"HTTP {answer.status_code}")


def _never_left(error: requests.RequestException) -> bool:
    """No connection was made, so nothing was sent."""
    if isinstance(error, requests.ConnectTimeout):
        return True
    cause = error.args[0] if error.args else None
    return isinstance(cause, MaxRetryError) and isinstance(cause.reason, NewConnectionError)
