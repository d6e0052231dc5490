"""Files of tickets that the office brings in."""

from pathlib import PurePath

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import random_code


def run_code() -> str:
    """The folder of a stored file: 130 bits that nobody guesses."""
    return random_code(26)


def run_path(run: "ImportRun", filename: str) -> str:
    """Where the file and its errors are stored."""
    return f"ticket-imports/{run.code}/{PurePath(filename).name}"


class ImportRun(models.Model):
    """One reading of a file, for trial or for real. A worker that has taken it says so with each batch; one that fell silent
    is followed by another, which skips what is there."""

    code = models.CharField(max_length=26, unique=True, default=run_code, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("file"), max_length=200)
    file = models.FileField(_("file"), upload_to=run_path, blank=True)
    mapping = models.TextField(_("columns"), help_text=_("The name of a built-in mapping, or one of your own (TOML)."))
    words = models.TextField(_("offences and lots"), blank=True)
    create_offences = models.BooleanField(_("enter unknown offences as the file names them"), default=False)
    dry_run = models.BooleanField(_("trial"), default=True)
    made_at = models.DateTimeField(_("handed in"), default=timezone.now)
    taken_at = models.DateTimeField(_("last sign of the worker"), null=True, editable=False)
    finished_at = models.DateTimeField(_("finished"), null=True, editable=False)
    expires_at = models.DateTimeField(null=True, editable=False)
    rows = models.PositiveIntegerField(_("rows"), default=0, editable=False)
    read = models.PositiveIntegerField(_("read"), default=0, editable=False)
    imported = models.PositiveIntegerField(_("imported"), default=0, editable=False)
    unchanged = models.PositiveIntegerField(_("there already"), default=0, editable=False)
    refused = models.PositiveIntegerField(_("refused"), default=0, editable=False)
    problems = models.JSONField(default=dict, editable=False, help_text="How often each problem occurred.")
    failure = models.TextField(_("why it stopped"), blank=True, editable=False)
    missing = models.TextField(
        blank=True, editable=False, help_text="A table to complete, of unknown offences and lots."
    )
    errors = models.FileField(_("errors"), upload_to=run_path, blank=True, editable=False)

    class Meta:
        verbose_name = _("import of violations")
        verbose_name_plural = _("imports of violations")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return self.name
