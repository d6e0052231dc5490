"""The numbers of tickets."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TicketSeries(models.Model):
    """One running series of ticket numbers. Its row is locked while a number is taken, so the next one waits for the commit:
    no number is given twice, and one that was rolled back is given again."""

    prefix = models.CharField(_("prefix"), max_length=12, unique=True)
    last = models.PositiveBigIntegerField(_("last number given"))

    class Meta:
        verbose_name = _("series of ticket numbers")
        verbose_name_plural = _("series of ticket numbers")
        ordering = ["prefix"]

    def __str__(self) -> str:
        return f"{self.prefix}{self.last}"


class NumberNote(models.Model):
    """Why numbers of a series are missing: those from `first` through `last`."""

    series = models.ForeignKey(TicketSeries, on_delete=models.CASCADE, related_name="notes")
    first = models.PositiveBigIntegerField(_("first missing number"))
    last = models.PositiveBigIntegerField(_("last missing number"))
    reason = models.CharField(_("reason"), max_length=250)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)

    class Meta:
        verbose_name = _("reason for missing numbers")
        verbose_name_plural = _("reasons for missing numbers")
        ordering = ["first"]
        constraints = [
            models.UniqueConstraint(fields=["series", "first", "last"], name="number_note_once"),
            models.CheckConstraint(name="number_note_in_order", condition=models.Q(first__lte=models.F("last"))),
        ]

    def __str__(self) -> str:
        return self.reason
