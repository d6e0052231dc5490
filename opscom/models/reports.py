"""Reports that are sent by e-mail, and who took which report out of the office."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class ReportSchedule(models.Model):
    """A report that goes to staff by e-mail, once for each day, week or month that is over. `asked` holds its filters as
    the address of its page has them, without the days; `sent_through` is the last day of what was sent."""

    class Every(models.TextChoices):
        DAY = "day", _("Each day, of the day before")
        WEEK = "week", _("Each Monday, of the week before")
        MONTH = "month", _("On the first of a month, of the month before")

    report = models.SlugField(_("report"), max_length=40)
    asked = models.CharField(_("filters"), max_length=500, blank=True)
    every = models.CharField(_("when"), max_length=8, choices=Every.choices, default=Every.MONTH)
    recipients = models.ManyToManyField(
        settings.AUTH_USER_MODEL,
        verbose_name=_("to"),
        related_name="+",
        limit_choices_to={"is_staff": True, "is_active": True},
        help_text=_("Only staff. Who may not see the report on the day of sending gets nothing."),
    )
    active = models.BooleanField(_("active"), default=True)
    sent_through = models.DateField(_("sent through"), null=True, blank=True, editable=False)
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("report by e-mail")
        verbose_name_plural = _("reports by e-mail")
        ordering = ["report", "pk"]

    def __str__(self) -> str:
        return f"{self.report}: {self.get_every_display()}"


class ReportDownload(models.Model):
    """A member of staff took a file out of the portal: a report, a list of rows, a letter. Written before the file is sent, and never changed."""

    class File(models.TextChoices):
        CSV = "csv", "CSV"
        XLSX = "xlsx", "XLSX"
        PDF = "pdf", "PDF"
        OTHER = "other", _("Other file")

    report = models.SlugField(_("report"), max_length=40)
    asked = models.CharField(_("filters"), max_length=500, blank=True)
    file = models.CharField(_("file"), max_length=5, choices=File.choices)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("download of a report")
        verbose_name_plural = _("downloads of reports")
        ordering = ["-at", "-pk"]
        permissions = [("export_reportdownload", _("Can take any list that they see out of the office as a file"))]
        indexes = [models.Index(fields=["-at", "-id"], name="report_download_newest")]

    def __str__(self) -> str:
        return f"{self.report}.{self.file}"
