"""A person's copy of the own data: asked for, written by a worker, and there for a while."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import random_code


def export_code() -> str:
    """The address of a copy, and its name in the storage."""
    return random_code(26)


def export_path(export: "DataExport", filename: str) -> str:
    """Where a copy is stored."""
    return f"exports/{export.code[:2]}/{export.code}.zip"


class DataExportQuerySet(models.QuerySet["DataExport"]):
    """Questions about copies."""

    def for_user(self, user: object) -> "DataExportQuerySet":
        """That person's own."""
        return self.filter(user=user)

    def there(self, at: datetime) -> "DataExportQuerySet":
        """Written, and not over."""
        return self.filter(state=DataExport.State.READY, expires_at__gt=at)


class DataExport(models.Model):
    """One copy. `done` of `steps` parts are written; `claimed_until` is when another worker may take it up."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Being prepared")
        READY = "ready", _("Ready")
        OVER = "over", _("Over")

    code = models.CharField(_("code"), max_length=26, unique=True, default=export_code, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="data_exports"
    )
    language = models.CharField(_("language"), max_length=5, default="en")
    state = models.CharField(_("state"), max_length=10, choices=State.choices, default=State.WAITING)
    done = models.PositiveSmallIntegerField(_("parts done"), default=0)
    steps = models.PositiveSmallIntegerField(_("parts"), default=0)
    file = models.FileField(_("file"), upload_to=export_path, blank=True)
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)
    claimed_until = models.DateTimeField(_("taken up until"), default=timezone.now)
    tries = models.PositiveSmallIntegerField(_("tries"), default=0)
    expires_at = models.DateTimeField(_("there until"), null=True, blank=True)

    objects = DataExportQuerySet.as_manager()

    class Meta:
        verbose_name = _("copy of the own data")
        verbose_name_plural = _("copies of the own data")
        ordering = ["-asked_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user"], condition=models.Q(state="waiting"), name="data_export_one_at_a_time"
            ),
            models.CheckConstraint(
                name="data_export_ready_has_an_end",
                condition=~models.Q(state="ready") | models.Q(expires_at__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user}, {self.asked_at:%Y-%m-%d}"
