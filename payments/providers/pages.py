"""The pages that we opened at providers which cannot be asked for them by our own reference."""

from collections.abc import Callable
from decimal import Decimal

from django.conf import settings
from django.db import IntegrityError, transaction
from django.utils import timezone

from opscom.lib.money import ZERO
from payments.errors import ProviderUnreachable
from payments.models import CardPage
from payments.providers.base import Attempt, HostedPage, Outcome, Result, Setup

Asked = Attempt | Setup


def open_page(provider: str, asked: Asked, ask: Callable[[Decimal, str], tuple[str, str]]) -> HostedPage:
    """The page of that reference. Where there is none yet, `ask(amount, currency)` is called outside of any transaction and
    answers the provider's reference and the page's address; of two at once the first one holds."""
    page = CardPage.objects.filter(provider=provider, reference=asked.reference).first()
    if page is None:
        amount, currency = _price(asked)
        provider_ref, url = ask(amount, currency)
        page = _note(provider, asked, amount, currency, provider_ref, url)
    return HostedPage(page.url, page.provider_ref, page.expires_at)


def _note(provider: str, asked: Asked, amount: Decimal, currency: str, provider_ref: str, url: str) -> CardPage:
    """The page, or the one that somebody noted a moment before."""
    try:
        with transaction.atomic():
            return CardPage.objects.create(
                provider=provider,
                reference=asked.reference,
                provider_ref=provider_ref,
                url=url,
                amount=amount,
                currency=currency,
                success_url=asked.success_url,
                cancel_url=asked.cancel_url,
                expires_at=asked.expires_at,
            )
    except IntegrityError:
        return CardPage.objects.get(provider=provider, reference=asked.reference)


def opened_page(provider: str, asked: Asked) -> CardPage:
    """The page that was opened for it. ProviderUnreachable if there is none of that reference."""
    page = CardPage.objects.filter(
        provider=provider, reference=asked.reference, provider_ref=asked.provider_ref
    ).first()
    if page is None:
        raise ProviderUnreachable(f"{provider}: no such page was opened")
    return page


def close_page(provider: str, asked: Asked) -> None:
    """Give the page up. The provider keeps it open on its side; what is paid there all the same is found by asking."""
    CardPage.objects.filter(
        provider=provider, reference=asked.reference, provider_ref=asked.provider_ref, closed_at=None
    ).update(closed_at=timezone.now())


def unpaid(page: CardPage, result: Result, message: str = "") -> Outcome:
    """The outcome of a page on which no money moved, with our own figures."""
    return Outcome(result, page.provider_ref, page.reference, page.amount, page.currency, message)


def _price(asked: Asked) -> tuple[Decimal, str]:
    return (asked.amount, asked.currency) if isinstance(asked, Attempt) else (ZERO, settings.CURRENCY)
