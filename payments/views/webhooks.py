"""Where card providers tell us that something happened."""

import logging

from django.conf import settings
from django.db import DatabaseError
from django.http import Http404, HttpRequest, HttpResponse
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_POST

from payments.errors import BadSignature
from payments.services.events import store_event

logger = logging.getLogger(__name__)


@csrf_exempt  # the provider's signature over the raw body stands in for the token
@require_POST
def receive(request: HttpRequest, provider: str) -> HttpResponse:
    """200 once the event is stored, or known, or none of ours; 400 for a bad signature; 503 if it could not be stored,
    so that the provider sends it again."""
    if provider not in settings.CARD_PROVIDERS:
        raise Http404
    try:
        store_event(provider, request.body, request.headers)
    except (BadSignature, ValueError, KeyError) as error:
        logger.warning("webhook of %s refused: %s", provider, type(error).__name__)
        return HttpResponse(status=400)
    except DatabaseError:
        logger.exception("webhook of %s could not be stored", provider)
        return HttpResponse(status=503)
    return HttpResponse(status=200)
