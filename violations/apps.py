"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ViolationsConfig(AppConfig):
    """Violations."""

    name = "violations"
    verbose_name = _("Violations")

    def ready(self) -> None:
        """Tell payments whom to ask about this app's charges, and the office what can be reported and what does not stay."""
        from accounts.wordings import newest, rows
        from accounts.wordings import registry as wordings
        from opscom.lib import closed, reports, retention
        from payments.payables import register
        from permits import plate_debts
        from violations.boot_payables import BootDepositPayable, BootPayable, BootPenaltyPayable
        from violations.closed import closed_days
        from violations.mailing import TICKETS
        from violations.newest import PAPERS, WRITERS
        from violations.payables import ViolationPayable
        from violations.reports import REPORTS
        from violations.retention import RETENTIONS
        from violations.services.boots.fitting import DEPOSIT, FEE, PENALTY
        from violations.services.debts import owes_tickets
        from violations.wordings import PIECES

        closed.register(closed_days)
        plate_debts.register(owes_tickets)
        retention.register(*RETENTIONS)
        register("violation", ViolationPayable())
        register(FEE, BootPayable())
        register(DEPOSIT, BootDepositPayable())
        register(PENALTY, BootPenaltyPayable())
        reports.register(*REPORTS)
        newest.register(WRITERS)
        newest.register_papers(PAPERS)
        wordings.register(*PIECES)
        rows.register_rows(TICKETS)
