"""App configuration."""

from django.apps import AppConfig
from django.utils.translation import gettext_lazy as _


class VehiclesConfig(AppConfig):
    """Vehicles."""

    name = "vehicles"
    verbose_name = _("Vehicles")

    def ready(self) -> None:
        """Tell forms what they can ask, and the office what does not stay."""
        from forms_module.kinds import register
        from opscom.lib import retention
        from vehicles.form_kinds import VEHICLE
        from vehicles.retention import RETENTIONS

        register("vehicle", VEHICLE)
        retention.register(*RETENTIONS)
