"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class ViolationsConfig(AppConfig):
    """Violations."""

    name = "violations"
    verbose_name = _("Violations")

    def ready(self) -> None:
        """Tell payments whom to ask about this app's charges."""
        from payments.payables import register
        from violations.payables import ViolationPayable

        register("violation", ViolationPayable())
