"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LockersConfig(AppConfig):
    """Lockers."""

    name = "lockers"
    verbose_name = _("Lockers")

    def ready(self) -> None:
        """Tell payments whom to ask about this app's charges."""
        from lockers.payables import LockerPayable
        from lockers.services.creation import KIND
        from payments.payables import register

        register(KIND, LockerPayable())
