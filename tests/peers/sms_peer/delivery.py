"""Calls of the customer's webhooks, signed, with the one retry that Twilio makes where no connection came about."""

from dataclasses import dataclass

import requests
from defusedxml.ElementTree import ParseError, fromstring

from tests.peers.sms_peer.signing import sign

TIMEOUT_SECONDS = 15
TRIES = 2


@dataclass(frozen=True)
class Answered:
    """What the webhook answered: status 0 where nothing did."""

    status: int
    body: str = ""
    callback: str = ""


def call(token: str, url: str, fields: dict[str, str]) -> requests.Response | None:
    """The webhook's answer; None where it could not be reached or took too long."""
    headers = {"X-Twilio-Signature": sign(token, url, fields)}
    for _try in range(TRIES):
        try:
            return requests.post(url, data=fields, headers=headers, timeout=TIMEOUT_SECONDS, allow_redirects=False)
        except requests.ConnectionError:
            continue
        except requests.Timeout:
            return None
    return None


def read_answer(response: requests.Response | None) -> Answered:
    """The one message of a TwiML document, or silence. ValueError for what Twilio would not understand (error 12200)."""
    if response is None:
        return Answered(0)
    if response.status_code != 200:
        return Answered(response.status_code)
    if response.headers.get("Content-Type", "").split(";")[0] not in ("text/xml", "application/xml"):
        raise ValueError("12300: the answer is not text/xml")
    try:
        document = fromstring(response.content)
    except ParseError as error:
        raise ValueError(f"12100: {error}") from error
    messages = list(document)
    if document.tag != "Response" or len(messages) > 1 or any(each.tag != "Message" for each in messages):
        raise ValueError("12200: the answer is not one Response with at most one Message")
    if not messages:
        return Answered(200)
    (message,) = messages
    if set(message.attrib) - {"action", "method", "to", "from"} or not message.text or len(message) > 0:
        raise ValueError("12200: the message is not words with known attributes")
    return Answered(200, message.text, message.attrib.get("action", ""))
