"""What does not stay of imports."""

from django.utils.translation import gettext_lazy as _

from opscom.lib.import_runs import files_retention
from vehicles.models import PeopleImport

RETENTIONS = (files_retention(PeopleImport, records=_("Files with which people and vehicles were brought in")),)
