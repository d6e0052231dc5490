"""Files of tickets and of offences that the office brings in."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from opscom.lib.import_runs import FileRun, run_code, run_path
from opscom.lib.money import PriceField

__all__ = ["ImportRun", "run_code", "run_path"]  # a migration finds the functions here


class ImportRun(FileRun):
    """One reading of a file of tickets."""

    FOLDER = "ticket-imports"

    mapping = models.TextField(_("columns"), help_text=_("The name of a built-in mapping, or one of your own (TOML)."))
    words = models.TextField(_("offences and lots"), blank=True)
    create_offences = models.BooleanField(_("enter unknown offences as the file names them"), default=False)
    problems = models.JSONField(default=dict, editable=False, help_text="How often each problem occurred.")
    missing = models.TextField(
        blank=True, editable=False, help_text="A table to complete, of unknown offences and lots."
    )

    class Meta(FileRun.Meta):
        verbose_name = _("import of violations")
        verbose_name_plural = _("imports of violations")


class OffenceImport(FileRun):
    """One reading of a catalogue of offences."""

    FOLDER = "offence-imports"

    mapping = models.TextField(_("columns"), default="portal")
    fine = PriceField(_("fine where the file names none"), null=True, blank=True)

    class Meta(FileRun.Meta):
        verbose_name = _("import of offences")
        verbose_name_plural = _("imports of offences")
