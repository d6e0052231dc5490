"""The numbers of tickets."""

from django.db import models
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
