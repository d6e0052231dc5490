"""Messages.json: what the real one takes, refused for the real one's reasons."""

import base64
import re
from collections.abc import Mapping
from urllib.parse import parse_qs, urlsplit

from tests.peers.sms_peer.state import Store
from tests.peers.stripe_peer.messages import HttpRequest, HttpResponse, json_response

NUMBER = re.compile(r"\+[1-9][0-9]{6,14}")
LONGEST = 1600


def create_message(store: Store, token: str, request: HttpRequest) -> HttpResponse:
    """201 with the message, queued; else the code that Twilio has for the mistake."""
    given = request.headers.get("authorization", "")
    if given != "Basic " + base64.b64encode(f"{store.account}:{token}".encode()).decode():
        return refuse(401, 20003, "Authenticate")
    if request.headers.get("content-type", "") != "application/x-www-form-urlencoded":
        return refuse(400, 21603, "A form is expected.")
    parsed = parse_qs(request.body.decode(), keep_blank_values=True)
    fields = {name: values[-1] for name, values in parsed.items()}
    mistake = _mistake(store, fields)
    if mistake:
        return refuse(*mistake)
    if store.refusals:
        return refuse(*store.refusals.pop(0))
    message = store.write(fields["To"], fields["Body"], fields["StatusCallback"])
    return json_response(
        201,
        {
            "sid": message.sid,
            "account_sid": store.account,
            "status": "queued",
            "to": message.to,
            "from": store.number,
            "body": message.body,
            "error_code": None,
            "error_message": None,
        },
    )


def _mistake(store: Store, fields: Mapping[str, str]) -> tuple[int, int, str] | None:
    if "To" not in fields:
        return 400, 21604, "A 'To' phone number is required."
    if not fields.get("Body"):
        return 400, 21602, "Message body is required."
    if "From" not in fields and "MessagingServiceSid" not in fields:
        return 400, 21603, "A 'From' phone number is required."
    if fields.get("From", store.number) != store.number:
        return 400, 21606, "The 'From' phone number is not one of the account's."
    if not NUMBER.fullmatch(fields["To"]) or fields["To"] == store.number:
        return 400, 21211, f"Invalid 'To' Phone Number: {fields['To'][:6]}XXXX"
    if len(fields["Body"]) > LONGEST:
        return 400, 21617, "The concatenated message body exceeds the 1600 character limit."
    if not urlsplit(fields.get("StatusCallback", "")).scheme.startswith("http"):
        return 400, 21609, "The 'StatusCallback' address is not valid."
    if fields["To"] in store.stopped:
        return 400, 21610, "Attempt to send to unsubscribed recipient"
    return None


def refuse(status: int, code: int, message: str) -> HttpResponse:
    """An error as Twilio words it."""
    more = f"https://www.twilio.com/docs/errors/{code}"
    return json_response(status, {"code": code, "message": message, "more_info": more, "status": status})
