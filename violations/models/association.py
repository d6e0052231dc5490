"""Who may see and appeal a ticket of somebody else's vehicle, for a time."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from violations.models.violation import Violation


class AssociationQuerySet(models.QuerySet["Association"]):
    """Questions about associations."""

    def active(self, at: datetime) -> "AssociationQuerySet":
        """Those that hold at that moment."""
        return self.filter(Q(ends_at__isnull=True) | Q(ends_at__gt=at), began_at__lte=at)

    def waiting(self) -> "AssociationQuerySet":
        """Those that the office has neither allowed nor refused."""
        return self.filter(began_at__isnull=True, refused_at__isnull=True)


class Association(models.Model):
    """A person and the vehicle of a ticket, while they appeal it. Without `began_at` it waits for the office. `ends_at` is
    empty while the appeal runs, and a set number of days after its decision."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="associations"
    )
    violation = models.ForeignKey(
        Violation, verbose_name=_("violation"), on_delete=models.CASCADE, related_name="associations"
    )
    asked_at = models.DateTimeField(_("asked"), default=timezone.now)
    began_at = models.DateTimeField(_("since"), null=True, blank=True)
    ends_at = models.DateTimeField(_("until"), null=True, blank=True)
    refused_at = models.DateTimeField(_("refused"), null=True, blank=True)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("allowed or refused by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )

    objects = AssociationQuerySet.as_manager()

    class Meta:
        verbose_name = _("association with a vehicle")
        verbose_name_plural = _("associations with vehicles")
        ordering = ["-asked_at", "-pk"]
        indexes = [models.Index(fields=["-asked_at", "-id"], name="association_newest")]
        constraints = [
            models.UniqueConstraint(fields=["user", "violation"], name="association_once"),
            models.CheckConstraint(
                name="association_one_answer", condition=Q(began_at__isnull=True) | Q(refused_at__isnull=True)
            ),
        ]

    def __str__(self) -> str:
        return f"{self.user} – {self.violation}"
