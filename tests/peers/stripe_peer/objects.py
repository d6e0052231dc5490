"""The plain endpoints: customers, PaymentIntents, charges and events."""

from .errors import ApiError, JsonObject, not_modelled
from .listing import list_page
from .request import ApiRequest
from .state import Peer
from .store import new_id

CUSTOMER_FIELDS = {"description", "email", "metadata", "name"}


def create_customer(peer: Peer, request: ApiRequest) -> JsonObject:
    """Just enough of a customer for a session to point at."""
    for name in request.params:
        if name not in CUSTOMER_FIELDS:
            raise not_modelled(name)
    return peer.store.add(
        {
            "id": new_id("cus_", 14),
            "object": "customer",
            "created": peer.store.now(),
            "description": request.params.get("description"),
            "email": request.params.get("email"),
            "livemode": False,
            "metadata": request.params.get("metadata") or {},
            "name": request.params.get("name"),
        }
    )


def retrieve_customer(peer: Peer, request: ApiRequest) -> JsonObject:
    return peer.store.get("customer", request.identifier)


def retrieve_intent(peer: Peer, request: ApiRequest) -> JsonObject:
    return peer.store.get("payment_intent", request.identifier, param="intent")


def list_balance_transactions(peer: Peer, request: ApiRequest) -> JsonObject:
    """Every movement of money, newest first; filters: ``created``, ``type``."""
    rows = peer.store.newest_first("balance_transaction")
    for name in request.params:
        if name not in ("created", "type", "limit", "starting_after", "ending_before"):
            raise not_modelled(name)
    if "type" in request.params:
        rows = [row for row in rows if row["type"] == request.params["type"]]
    return list_page(request, rows)


def retrieve_charge(peer: Peer, request: ApiRequest) -> JsonObject:
    return peer.store.get("charge", request.identifier)


def retrieve_event(peer: Peer, request: ApiRequest) -> JsonObject:
    return peer.store.get("event", request.identifier)


def list_events(peer: Peer, request: ApiRequest) -> JsonObject:
    """Filters: ``type`` (may end in ``.*``), ``types``, ``delivery_success``, ``created``."""
    params, rows = request.params, peer.store.newest_first("event")
    if "type" in params and "types" in params:
        raise ApiError("You may pass either type or types, but not both.", param="types")
    wanted = params.get("types") or ([params["type"]] if "type" in params else [])
    if len(wanted) > 20:
        raise ApiError("You may pass at most 20 types.", param="types")
    if wanted:
        rows = [row for row in rows if any(_type_matches(row["type"], pattern) for pattern in wanted)]
    if "delivery_success" in params:
        rows = [row for row in rows if peer.sender.delivered(row["id"]) == params["delivery_success"]]
    return list_page(request, rows)


def _type_matches(event_type: str, pattern: str) -> bool:
    if pattern.endswith("*"):
        return event_type.startswith(pattern[:-1])
    return event_type == pattern
