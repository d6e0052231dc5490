"""What this browser asked of the provider: kept by allauth in the session's row, given out once."""

import logging
import time
from typing import Any

from allauth.socialaccount.internal import statekit
from django.http import HttpRequest

from accounts.sso.identity import not_finished

logger = logging.getLogger(__name__)


def take_request(request: HttpRequest, request_id: str, *, issuer: str) -> dict[str, Any]:
    """What was kept under that id (`next`, and what the answer is checked by). SsoRefused where this browser asked no such
    thing of this provider in the last ten minutes. allauth's own way saves the session here and reads it again; the
    session is written at the end of the request anyway."""
    states = statekit.get_states(request)
    kept, since, asked_of = states.pop(request_id, ({}, 0.0, ""))
    request.session[statekit.STATES_SESSION_KEY] = states
    if asked_of != issuer or time.time() - since > statekit.STATE_TTL:
        logger.warning("single sign-on: an answer to no request of this browser")
        raise not_finished()
    return kept
