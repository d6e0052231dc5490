"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LockersConfig(AppConfig):
    """Lockers."""

    name = "lockers"
    verbose_name = _("Lockers")

    def ready(self) -> None:
        """Tell payments whom to ask about this app's charges, and the office what it can report."""
        from accounts.wordings import newest
        from lockers.newest import WRITERS
        from lockers.payables import LockerPayable
        from lockers.reports import REPORTS
        from lockers.services.creation import KIND
        from opscom.lib import reports
        from payments.payables import register

        register(KIND, LockerPayable())
        reports.register(*REPORTS)
        newest.register(WRITERS)
