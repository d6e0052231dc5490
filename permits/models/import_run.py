"""Files of permits that the office brings in."""

from django.utils.translation import gettext_lazy as _

from opscom.lib.import_runs import FileRun


class PermitImport(FileRun):
    """One reading of a file of permits."""

    FOLDER = "permit-imports"

    class Meta(FileRun.Meta):
        verbose_name = _("import of permits")
        verbose_name_plural = _("imports of permits")
