"""Moneris Checkout, the embedded one: preload answers a ticket, the receipt of a ticket tells how it ended. JSON, strings only."""

import json
import re
from typing import Any

from django.conf import settings

from payments.errors import ProviderUnreachable
from payments.providers import wire
from payments.providers.base import Attempt, Setup

PATH = "/chktv2/request/request.php"
SCRIPT = "/chktv2/js/chkt_v2.00.js"
NAME = "Moneris"
REFUSED_SIGNS = re.compile(r'[<>$%=?^"{}\[\]\\]')
LANGUAGES = {"fr": "fr"}


def preload(asked: Attempt | Setup, amount: str) -> str:
    """A ticket for that order; an amount of 0.00 verifies and stores a card."""
    answer = _ask(
        {
            "txn_total": amount,
            "action": "preload",
            "order_no": asked.reference,
            "language": LANGUAGES.get(asked.language, "en"),
            "ask_cvv": "Y",
            "contact_details": {"email": asked.email},
            **_cart(asked),
        }
    )
    if answer.get("success") != "true" or not isinstance(answer.get("ticket"), str):
        raise ProviderUnreachable("Moneris opens no checkout")
    ticket: str = answer["ticket"]
    return ticket


def receipt(ticket: str) -> dict[str, Any] | None:
    """The receipt of a ticket that is finished; none while it is not, or if Moneris does not know it any more."""
    answer = _ask({"action": "receipt", "ticket": ticket})
    if answer.get("success") == "true":
        return answer
    error = answer.get("error")
    if answer.get("success") == "false" and isinstance(error, dict) and "ticket" in error:
        return None
    raise ProviderUnreachable("Moneris gives no receipt")


def _cart(asked: Attempt | Setup) -> dict[str, Any]:
    """The lines as Moneris shows them, where each of them costs something."""
    if isinstance(asked, Setup) or any(line.amount <= 0 for line in asked.lines):
        return {}
    if sum(line.amount for line in asked.lines) != asked.amount:
        return {}
    items = [
        {
            "description": REFUSED_SIGNS.sub(" ", line.text)[:200],
            "unit_cost": wire.write_amount(line.amount),
            "quantity": "1",
        }
        for line in asked.lines
    ]
    return {"cart": {"items": items, "subtotal": wire.write_amount(asked.amount)}}


def _ask(fields: dict[str, Any]) -> dict[str, Any]:
    body = {
        "store_id": settings.MONERIS_STORE_ID,
        "api_token": settings.MONERIS_API_TOKEN,
        "checkout_id": settings.MONERIS_CHECKOUT_ID,
        "environment": settings.MONERIS_ENVIRONMENT,
        **fields,
    }
    text = wire.post(NAME, settings.MONERIS_CHECKOUT_HOST + PATH, json.dumps(body).encode(), "application/json")
    try:
        answer = json.loads(text)["response"]
    except (ValueError, KeyError, TypeError):
        raise ProviderUnreachable("Moneris answers no JSON of its own") from None
    if not isinstance(answer, dict):
        raise ProviderUnreachable("Moneris answers no JSON of its own")
    return answer
