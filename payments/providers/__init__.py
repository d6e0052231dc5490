"""Card providers: one small class each, named in settings.CARD_PROVIDERS. They know the wire, not our rules."""

from django.conf import settings
from django.utils.module_loading import import_string

from payments.providers.base import Provider


def provider_named(name: str) -> Provider:
    """The provider of that name. KeyError if there is none."""
    provider: Provider = import_string(settings.CARD_PROVIDERS[name])()
    return provider


def current_provider() -> Provider:
    """The provider that takes cards in this installation."""
    return provider_named(settings.CARD_PROVIDER)


def provider_choices() -> list[tuple[str, str]]:
    """Every provider, for a filter."""
    return [(name, name) for name in settings.CARD_PROVIDERS]
