"""Payment methods: what is left of a card once it is stored. Source: docs.stripe.com/api/payment_methods."""

from .errors import ApiError, JsonObject
from .events import emit
from .request import ApiRequest
from .state import Peer


def retrieve_method(peer: Peer, request: ApiRequest) -> JsonObject:
    return peer.store.get("payment_method", request.identifier, param="payment_method")


def detach(peer: Peer, request: ApiRequest) -> JsonObject:
    """For good: a detached card can never be charged or attached again."""
    method = peer.store.get("payment_method", request.identifier, param="payment_method")
    if method["customer"] is None:
        raise ApiError(
            "The payment method you provided is not attached to a customer so detachment is impossible.", executed=True
        )
    method["customer"] = None
    emit(peer, "payment_method.detached", method, request.cause)
    return method


def update_method(peer: Peer, identifier: str, exp_month: int, exp_year: int) -> None:
    """The network's account updater brings a new expiry date."""
    method = peer.store.get("payment_method", identifier)
    method["card"].update(exp_month=exp_month, exp_year=exp_year)
    emit(peer, "payment_method.automatically_updated", method)
