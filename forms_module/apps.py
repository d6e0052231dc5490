"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class FormsModuleConfig(AppConfig):
    """Forms."""

    name = "forms_module"
    verbose_name = _("Forms")

    def ready(self) -> None:
        """Say what does not stay."""
        from accounts.wordings import newest
        from forms_module.newest import WRITERS
        from forms_module.retention import RETENTIONS
        from opscom.lib import retention

        retention.register(*RETENTIONS)
        newest.register(WRITERS)
