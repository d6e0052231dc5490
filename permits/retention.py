"""What does not stay of checks of plates."""

from django.utils.translation import gettext_lazy as _

from opscom.lib.retention import Retention
from permits.models import PlateCheck

RETENTIONS = (
    Retention(
        key="checked_plates",
        records=_("Plates of checks"),
        becomes=_("Plate and permit are taken out. That somebody checked there stays."),
        setting="plate_check_days",
        due=lambda before: PlateCheck.objects.filter(at__lt=before).exclude(plate=""),
        end=lambda checks: checks.update(plate="", region="", permit=None),
    ),
)
