"""Event objects: a frozen snapshot of the object, listed by the API and handed to the webhook sender."""

import copy
import json
from dataclasses import dataclass

from .errors import JsonObject
from .schema import api_version
from .state import Peer
from .store import new_id


@dataclass(frozen=True)
class Cause:
    """The API request behind an event; both None when the customer or Stripe's clock caused it."""

    request_id: str | None = None
    idempotency_key: str | None = None


NOBODY = Cause()


def emit(peer: Peer, event_type: str, obj: JsonObject, cause: Cause = NOBODY) -> JsonObject:
    """Store the event and queue its delivery. The caller holds the store's lock."""
    event: JsonObject = {
        "id": new_id("evt_"),
        "object": "event",
        "api_version": api_version(),
        "created": peer.store.now(),
        "data": {"object": copy.deepcopy(obj)},
        "livemode": False,
        "pending_webhooks": 1 if peer.sender.switches.url else 0,
        "request": {"id": cause.request_id, "idempotency_key": cause.idempotency_key},
        "type": event_type,
    }
    peer.store.add(event)
    peer.sender.emit(event["id"], event_type, event_body(event))
    return event


def event_body(event: JsonObject) -> bytes:
    """The exact bytes that are signed; indented, as Stripe sends them."""
    return json.dumps(event, indent=2, ensure_ascii=False).encode()
