"""Lost parking privileges: a person who gets no permits for some months, or for good."""

from datetime import date, datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.dates import today


class PermitBanQuerySet(models.QuerySet["PermitBan"]):
    """Questions about lost privileges."""

    def in_force(self, at: datetime) -> "PermitBanQuerySet":
        """Those that hold at that moment. One holds from when it is written, also for a purchase that began just before."""
        return self.in_force_on(today(at))

    def in_force_on(self, day: date) -> "PermitBanQuerySet":
        """Those that hold on that day."""
        ends_later = Q(ends_before=None) | Q(ends_before__gt=day)
        return self.filter(ends_later, lifted_at=None)


class PermitBan(models.Model):
    """From one moment until before a day, or for good, a person gets no new permit; what was sold before goes on. The office may
    lift it before, which leaves the row as it was said."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="permit_bans"
    )
    starts_at = models.DateTimeField(_("from"), default=timezone.now, editable=False)
    ends_before = models.DateField(
        _("permits again from"), null=True, blank=True, help_text=_("Empty: never again."), editable=False
    )
    reason = models.CharField(_("reason"), max_length=200, help_text=_("The person reads it."))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+", editable=False
    )
    lifted_at = models.DateTimeField(_("lifted"), null=True, editable=False)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("lifted by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )

    objects = PermitBanQuerySet.as_manager()

    class Meta:
        verbose_name = _("lost privileges")
        verbose_name_plural = _("lost privileges")
        ordering = ["-starts_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.user}: {self.reason}"
