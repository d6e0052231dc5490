"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class LockersConfig(AppConfig):
    """Lockers."""

    name = "lockers"
    verbose_name = _("Lockers")

    def ready(self) -> None:
        """Tell payments whom to ask about this app's charges, and the office what it can report and what does not stay."""
        from accounts.wordings import newest
        from lockers.newest import WRITERS
        from lockers.payables import LockerPayable
        from lockers.reports import REPORTS
        from lockers.retention import RETENTIONS
        from lockers.services.creation import KIND
        from opscom.lib import reports, retention
        from payments.payables import register

        register(KIND, LockerPayable())
        reports.register(*REPORTS)
        retention.register(*RETENTIONS)
        newest.register(WRITERS)
