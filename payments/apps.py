"""App configuration."""

from django.apps import AppConfig
from django.db.models.signals import post_migrate
from django.utils.translation import gettext_lazy as _


class PaymentsConfig(AppConfig):
    """Payments."""

    name = "payments"
    verbose_name = _("Payments")

    def ready(self) -> None:
        """Make the built-in payment methods and the rows of ledger codes after each migration. Fees, and what is owed from an
        earlier system, have no domain."""
        from accounts.wordings import newest, rows
        from opscom.lib import reports, retention
        from payments import payables
        from payments.mailing import BALANCE, balances
        from payments.newest import WRITERS
        from payments.reports import REPORTS
        from payments.retention import RETENTIONS
        from payments.services import opening
        from payments.services.bookkeeping import make_codes
        from payments.services.methods import make_methods

        payables.register(opening.KIND, payables.Payable())
        payables.register("fee", payables.FeePayable())
        reports.register(*REPORTS)
        retention.register(*RETENTIONS)
        newest.register(WRITERS)
        rows.register_value(BALANCE, balances, right="payments.view_charge")
        post_migrate.connect(make_methods, sender=self)
        post_migrate.connect(make_codes, sender=self)
