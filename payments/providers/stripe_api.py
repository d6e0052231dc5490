"""Stripe's API as the adapter calls it: version pinned in settings.STRIPE_API_VERSION, every call with a time-out."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from typing import Any

import stripe
from django.conf import settings

from opscom.lib.money import from_minor_units
from payments.errors import ProviderUnreachable
from payments.providers.base import Attempt, HostedPage, Provider, Setup

CLOCKS = timedelta(minutes=4)  # by which Stripe's and ours may differ
LOCALES = {"en": "en", "fr": "fr-CA", "es": "es"}


def ask(call: Callable[[stripe.StripeClient], Any], *refusals: type[stripe.StripeError]) -> Any:
    """What the call answers. The named refusals are raised as they are, all other trouble as ProviderUnreachable."""
    client = stripe.StripeClient(
        settings.STRIPE_SECRET_KEY,
        stripe_version=settings.STRIPE_API_VERSION,
        base_addresses={"api": settings.STRIPE_API_BASE} if settings.STRIPE_API_BASE else {},
        http_client=stripe.RequestsClient(timeout=settings.CARD_PROVIDER_TIMEOUT),
        max_network_retries=1,
    )
    try:
        return call(client)
    except refusals:
        raise
    except stripe.StripeError as error:
        raise unreachable(error) from error


def unreachable(error: stripe.StripeError) -> ProviderUnreachable:
    """Trouble as everybody but this adapter knows it."""
    return ProviderUnreachable(f"Stripe: {error.user_message or type(error).__name__}")


def open_page(make: Callable[[stripe.StripeClient], stripe.checkout.Session], order: Attempt | Setup) -> HostedPage:
    """Make a session and answer its page; one that is closed leads back to us. Stripe answers trouble again for a day under the
    same idempotency key, so what it has made all the same is looked for by our reference."""
    try:
        session: stripe.checkout.Session = ask(make, stripe.APIError)
    except stripe.APIError as error:
        opened = order.expires_at - timedelta(minutes=Provider.page_minutes) - CLOCKS
        since: Any = {"created": {"gte": int(opened.timestamp())}, "limit": 100}
        listed = ask(lambda client: list(client.v1.checkout.sessions.list(since).auto_paging_iter()))
        made = [session for session in listed if session.client_reference_id == order.reference]
        if not made:
            raise unreachable(error) from error
        session = made[0]
    return HostedPage(session.url or order.cancel_url, session.id, moment(session.expires_at))


def amount_of(minor: int | None, currency: str) -> Decimal:
    """Stripe's whole number of the smallest unit as an amount; `currency` in capitals, or empty where there is none."""
    return from_minor_units(minor or 0, currency or settings.CURRENCY)


def moment(seconds: int) -> datetime:
    """A time of Stripe's (seconds since 1970)."""
    return datetime.fromtimestamp(seconds, UTC)
