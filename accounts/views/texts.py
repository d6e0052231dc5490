"""Where the text gateway tells us what people text, and what became of ours."""

import logging
from collections.abc import Mapping

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.utils import timezone
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST
from twilio.twiml.messaging_response import MessagingResponse

from accounts.models import TextMessage
from accounts.services.text_answers import IncomingText, answer_text
from accounts.services.texts import callback_url, note_delivery
from accounts.text_providers import text_provider

SIGNATURE = "X-Twilio-Signature"
logger = logging.getLogger(__name__)
State = TextMessage.State
STATES = {
    "sent": State.SENT,
    "delivered": State.DELIVERED,
    "read": State.DELIVERED,
    "undelivered": State.FAILED,
    "failed": State.FAILED,
    "canceled": State.FAILED,
}


@csrf_exempt  # the gateway's signature over the address and all fields stands in for the token
@require_POST
def receive(request: HttpRequest) -> HttpResponse:
    """A text that somebody sent; the answer goes back in the response. 403 for a wrong signature, 503 where it could not be
    stored, so that the gateway delivers it again."""
    return take_text(request.get_full_path(), request.POST, request.headers.get(SIGNATURE, ""))


def take_text(path: str, fields: Mapping[str, str], signature: str) -> HttpResponse:
    """One delivery, wherever it came from."""
    if not is_signed(path, fields, signature):
        return HttpResponse(status=403)
    try:
        incoming = IncomingText(
            provider_id=fields["MessageSid"],
            number=fields["From"],
            office_number=fields["To"],
            body=fields.get("Body", ""),
            media=_number(fields.get("NumMedia", "0")),
            opt_out_type=fields.get("OptOutType", ""),
        )
        answer = answer_text(incoming)
    except KeyError as missing:
        logger.warning("a text came without %s", missing)
        return HttpResponse(status=400)
    except DatabaseError:
        logger.exception("a text could not be stored")
        return HttpResponse(status=503)
    return HttpResponse(written_answer(answer), content_type="text/xml")


@csrf_exempt  # signed as above
@require_POST
def status(request: HttpRequest) -> HttpResponse:
    """What became of a text of ours, which the address names. What names none of ours is none of our business: 200."""
    if not is_signed(request.get_full_path(), request.POST, request.headers.get(SIGNATURE, "")):
        return HttpResponse(status=403)
    state = STATES.get(request.POST.get("MessageStatus", ""), State.SENDING)
    note_delivery(
        _number(request.GET.get("text", "")),
        provider_id=request.POST.get("MessageSid", "")[:64],
        state=state,
        at=timezone.now(),
        error_code=request.POST.get("ErrorCode", ""),
    )
    return HttpResponse(status=200)


def written_answer(answer: TextMessage | None) -> str:
    """The answer as TwiML, telling where to say what becomes of it; an empty one is silence."""
    response = MessagingResponse()
    if answer is not None:
        response.message(answer.plain_body, action=callback_url(answer))
    return str(response)


def webhook_address(path: str) -> str:
    """That path as the gateway calls it, from outside: what its signature is about."""
    return settings.TEXT_WEBHOOK_BASE + path


def is_signed(path: str, fields: Mapping[str, str], signature: str) -> bool:
    """Whether the office's gateway sent these fields to that path. 404 where the office has none."""
    provider = text_provider()
    if provider is None:
        raise Http404
    signed = provider.signed(webhook_address(path), fields, signature)
    if not signed:
        logger.warning("a text without a valid signature was refused")
    return signed


def _number(digits: str) -> int:
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) < 16 else 0
