"""What Checkout demands of ``POST /v1/checkout/sessions`` beyond the shapes. Source: docs.stripe.com/api/checkout/sessions."""

import re
from typing import Any
from urllib.parse import urlsplit

from .errors import ApiError, missing, no_such, not_modelled

MODELLED = {
    "allowed_payment_method_types",
    "cancel_url",
    "client_reference_id",
    "customer",
    "customer_email",
    "expires_at",
    "line_items",
    "locale",
    "metadata",
    "mode",
    "payment_intent_data",
    "submit_type",
    "success_url",
    "ui_mode",
}
MODELLED_SETUP = (MODELLED - {"line_items", "payment_intent_data", "submit_type"}) | {"currency", "setup_intent_data"}
MODELLED_INTENT = {"description", "metadata", "receipt_email", "setup_future_usage", "statement_descriptor_suffix"}
MODELLED_LINE = {"price_data", "quantity"}
MODELLED_PRICE = {"currency", "product_data", "unit_amount"}
MODELLED_PRODUCT = {"description", "metadata", "name"}
CURRENCIES = ("cad", "eur", "gbp", "usd")
SHORTEST, LONGEST = 30 * 60, 24 * 60 * 60
SMALLEST, LARGEST = 50, 99_999_999
MAX_LINES = 100
EMAIL = re.compile(r"[^@\s]+@[^@\s.]+(\.[^@\s.]+)+")


def check_session_params(params: dict[str, Any], now: int) -> None:
    """Raises ApiError; ``now`` is the peer's clock in unix seconds."""
    if "mode" not in params:
        raise missing("mode")
    if params["mode"] not in ("payment", "setup"):
        raise not_modelled(f"mode={params['mode']}")
    setup = params["mode"] == "setup"
    _only(params, MODELLED_SETUP if setup else MODELLED, "")
    if params.get("ui_mode", "hosted_page") != "hosted_page":
        raise not_modelled(f"ui_mode={params['ui_mode']}")
    if "card" not in params.get("allowed_payment_method_types", ["card"]):
        raise not_modelled("allowed_payment_method_types")
    _check_urls(params)
    _check_customer(params)
    _check_expiry(params.get("expires_at"), now)
    if len(params.get("client_reference_id", "")) > 200:
        raise ApiError("Invalid string: must be at most 200 characters", param="client_reference_id")
    if setup:
        _only(params.get("setup_intent_data", {}), {"description", "metadata"}, "setup_intent_data")
        if "customer" not in params:
            raise not_modelled("mode=setup without a customer")
        if "currency" not in params and "allowed_payment_method_types" not in params:
            raise missing("currency")
        return
    _only(params.get("payment_intent_data", {}), MODELLED_INTENT, "payment_intent_data")
    _check_lines(params.get("line_items"))


def _only(given: dict[str, Any], known: set[str], prefix: str) -> None:
    for key in given:
        if key not in known:
            raise not_modelled(f"{prefix}[{key}]" if prefix else key)


def _check_urls(params: dict[str, Any]) -> None:
    if "success_url" not in params:
        raise missing("success_url")
    for name in ("success_url", "cancel_url"):
        if name in params:
            url = urlsplit(params[name])
            if url.scheme not in ("http", "https") or not url.hostname:
                raise ApiError("Not a valid URL", code="url_invalid", param=name)


def _check_customer(params: dict[str, Any]) -> None:
    if "customer" in params and "customer_email" in params:
        raise ApiError("You may only specify one of these parameters: customer, customer_email.", param="customer")
    email = params.get("customer_email")
    if email is not None and not EMAIL.fullmatch(email):
        raise ApiError(f"Invalid email address: {email}", code="email_invalid", param="customer_email")


def _check_expiry(expires_at: int | None, now: int) -> None:
    if expires_at is None:
        return
    if expires_at < now + SHORTEST:
        raise ApiError(
            "The `expires_at` timestamp must be at least 30 minutes from Checkout Session creation.", param="expires_at"
        )
    if expires_at > now + LONGEST:
        raise ApiError(
            "The `expires_at` timestamp must be less than 24 hours from Checkout Session creation.", param="expires_at"
        )


def _check_lines(lines: list[dict[str, Any]] | None) -> None:
    if not lines:
        raise missing("line_items")
    if len(lines) > MAX_LINES:
        raise ApiError(f"Checkout accepts at most {MAX_LINES} line items.", param="line_items")
    for index, line in enumerate(lines):
        _check_line(line, f"line_items[{index}]")
    if len({line["price_data"]["currency"] for line in lines}) > 1:
        raise ApiError("All line items must have the same currency.", param="line_items")
    total = sum(line["price_data"]["unit_amount"] * line["quantity"] for line in lines)
    if total < SMALLEST:
        raise ApiError(
            "The Checkout Session's total amount due must add up to at least $0.50.", code="amount_too_small"
        )
    if total > LARGEST:
        raise ApiError("The Checkout Session's total amount due is too large.", code="amount_too_large")


def _check_line(line: dict[str, Any], name: str) -> None:
    if "price" in line:
        raise no_such("price", line["price"], param=f"{name}[price]", status=400)
    _only(line, MODELLED_LINE, name)
    if "price_data" not in line:
        raise missing(f"{name}[price_data]")
    if "quantity" not in line:
        raise missing(f"{name}[quantity]")
    _at_least(line["quantity"], 1, f"{name}[quantity]")
    price, name = line["price_data"], f"{name}[price_data]"
    _only(price, MODELLED_PRICE, name)
    for key in ("unit_amount", "product_data"):
        if key not in price:
            raise missing(f"{name}[{key}]")
    _at_least(price["unit_amount"], 0, f"{name}[unit_amount]")
    _only(price["product_data"], MODELLED_PRODUCT, f"{name}[product_data]")
    if price["currency"] not in CURRENCIES:
        raise ApiError(
            f"Invalid currency: {price['currency']}. The test peer supports these currencies: {', '.join(CURRENCIES)}",
            param=f"{name}[currency]",
        )


def _at_least(value: int, least: int, param: str) -> None:
    if value < least:
        raise ApiError(
            f"Invalid integer: This value must be greater than or equal to {least}.",
            code="parameter_invalid_integer",
            param=param,
        )
