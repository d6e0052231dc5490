"""Sample Checkout parameters for the peer's own tests. Amounts in cents."""

from typing import Any

import stripe

REFERENCE = "3f0c9b0e-payment"


def session_params(**changes: Any) -> dict[str, Any]:
    """A cart of 25.00 + 2 × 3.50 = 32.00 CAD; a change of None leaves the parameter out."""
    params: dict[str, Any] = {
        "mode": "payment",
        "line_items": [line_item("Permit", 2500), line_item("Decal", 350, quantity=2)],
        "success_url": "http://127.0.0.1:9/return/?session_id={CHECKOUT_SESSION_ID}",
        "cancel_url": "http://127.0.0.1:9/cancel/",
        "client_reference_id": REFERENCE,
        "customer_email": "driver@example.test",
        "metadata": {"payment": REFERENCE},
        "payment_intent_data": {"metadata": {"payment": REFERENCE}},
        "locale": "fr-CA",
    } | changes
    return {name: value for name, value in params.items() if value is not None}


def line_item(name: str, unit_amount: Any, quantity: int = 1, currency: str = "cad") -> dict[str, Any]:
    price = {"currency": currency, "unit_amount": unit_amount, "product_data": {"name": name}}
    return {"price_data": price, "quantity": quantity}


def refuse(call: Any, params: Any, options: Any = None) -> dict[str, Any]:
    """Call the SDK, expecting InvalidRequestError; gives back the error's code, param and HTTP status."""
    try:
        call(params, options)
    except stripe.InvalidRequestError as error:
        return {"status": error.http_status, "code": error.code, "param": error.param}
    raise AssertionError("the peer accepted it")
