"""Text gateways: one small class each, named in settings.TEXT_PROVIDERS. They know the wire, not our rules."""

from django.conf import settings
from django.utils.module_loading import import_string

from accounts.text_providers.base import TextProvider
from opscom.lib.office import office
from opscom.models.texts import TextGateway


def text_provider() -> TextProvider | None:
    """The gateway that the office has chosen; None where there is none."""
    chosen = office().text_gateway
    if chosen == TextGateway.OFF or (chosen == TextGateway.PHONE and not settings.DEMO):
        return None
    provider: TextProvider = import_string(settings.TEXT_PROVIDERS[chosen])()
    return provider
