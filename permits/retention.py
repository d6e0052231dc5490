"""What does not stay of checks of plates, imports and prints."""

from django.utils.translation import gettext_lazy as _

from opscom.lib.import_runs import files_retention
from opscom.lib.retention import Retention
from permits.models import PermitImport, PlateCheck
from permits.services import batches

RETENTIONS = (
    Retention(
        key="checked_plates",
        records=_("Plates of checks"),
        becomes=_("Plate and permit are taken out. That somebody checked there stays."),
        setting="plate_check_days",
        due=lambda before: PlateCheck.objects.filter(at__lt=before).exclude(plate=""),
        end=lambda checks: checks.update(plate="", region="", permit=None),
    ),
    files_retention(PermitImport, records=_("Files with which permits were brought in")),
    Retention(
        key="print_batches",
        records=_("PDF files of permits printed in batches"),
        becomes=_("The file is deleted. Which copies were printed, and when, stays."),
        setting=batches.KEPT.days,
        due=lambda before: batches.expired(before + batches.KEPT),
        end=lambda _batches: batches.expire_batches(),
    ),
)
