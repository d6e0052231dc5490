"""Errors in the shape of https://docs.stripe.com/api/errors."""

from typing import Any

JsonObject = dict[str, Any]

INVALID = "invalid_request_error"


class ApiError(Exception):
    """One refusal.

    ``executed`` is true when the endpoint had begun its work: only then does an Idempotency-Key remember the answer
    (https://docs.stripe.com/api/idempotent_requests).
    """

    def __init__(
        self,
        message: str,
        *,
        status: int = 400,
        kind: str = INVALID,
        code: str | None = None,
        param: str | None = None,
        decline_code: str | None = None,
        executed: bool = False,
        intent: JsonObject | None = None,
    ) -> None:
        super().__init__(message)
        self.message = message
        self.status = status
        self.kind = kind
        self.code = code
        self.param = param
        self.decline_code = decline_code
        self.executed = executed
        self.intent = intent

    def body(self) -> JsonObject:
        """``{"error": {...}}``; like Stripe, keys without a value are left out."""
        fields = {
            "code": self.code,
            "decline_code": self.decline_code,
            "doc_url": f"https://stripe.com/docs/error-codes/{self.code.replace('_', '-')}" if self.code else None,
            "message": self.message,
            "param": self.param,
            "payment_intent": self.intent,
            "type": self.kind,
        }
        return {"error": {key: value for key, value in fields.items() if value is not None}}


def missing(param: str) -> ApiError:
    """A required parameter is absent."""
    return ApiError(f"Missing required param: {param}.", code="parameter_missing", param=param)


def no_such(kind: str, identifier: str, *, param: str = "id", status: int = 404) -> ApiError:
    """The object does not exist; 404 for the id in the path, 400 for an id inside the parameters."""
    return ApiError(f"No such {kind}: '{identifier}'", status=status, code="resource_missing", param=param)


def not_modelled(param: str) -> ApiError:
    """Real Stripe would take this parameter; the peer would have to ignore it, so it refuses."""
    return ApiError(f"The test peer does not model `{param}`; real Stripe may accept it.", param=param)
