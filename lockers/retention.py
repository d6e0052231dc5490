"""What does not stay of imports."""

from django.utils.translation import gettext_lazy as _

from lockers.models import LockerImport
from opscom.lib.import_runs import files_retention

RETENTIONS = (files_retention(LockerImport, records=_("Files with which lockers were brought in")),)
