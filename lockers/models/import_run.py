"""Files of lockers that the office brings in."""

from django.utils.translation import gettext_lazy as _

from opscom.lib.import_runs import FileRun


class LockerImport(FileRun):
    """One reading of a file of lockers."""

    FOLDER = "locker-imports"

    class Meta(FileRun.Meta):
        verbose_name = _("import of lockers")
        verbose_name_plural = _("imports of lockers")
