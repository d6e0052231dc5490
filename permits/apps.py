"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class PermitsConfig(AppConfig):
    """Permits."""

    name = "permits"
    verbose_name = _("Permits")

    def ready(self) -> None:
        """Tell payments whom to ask about this app's charges."""
        from payments.payables import register
        from permits.payables import PermitPayable, RolloverPayable
        from permits.services.plates import permits_with
        from vehicles import uses

        uses.register(permits_with)
        register("permit", PermitPayable())
        register("rollover", RolloverPayable())
