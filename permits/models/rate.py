"""Prices of temporary parking by the hour of the week."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import PriceField
from permits.models.sale import PermitType


class HourPrice(models.Model):
    """What an hour costs on some days of the week, from one full hour of the office's clock until another. The rows of a
    permit type fill its week, 7 days of 24 hours, without gap and overlap."""

    permit_type = models.ForeignKey(
        PermitType, verbose_name=_("permit type"), on_delete=models.CASCADE, related_name="hour_prices"
    )
    name = models.CharField(_("name"), max_length=40, help_text=_("As buyers read it, for example Evenings."))
    weekdays = models.JSONField(_("weekdays"), default=list)
    from_hour = models.PositiveSmallIntegerField(_("from hour"), validators=[MaxValueValidator(23)])
    until_hour = models.PositiveSmallIntegerField(
        _("until hour"), validators=[MinValueValidator(1), MaxValueValidator(24)], help_text=_("24 is midnight.")
    )
    amount = PriceField(_("price of an hour"))

    class Meta:
        verbose_name = _("price by hour of the week")
        verbose_name_plural = _("prices by hour of the week")
        ordering = ["from_hour", "pk"]
        constraints = [
            models.CheckConstraint(
                name="hour_price_forward",
                condition=models.Q(until_hour__gt=models.F("from_hour"), until_hour__lte=24),
            )
        ]

    def __str__(self) -> str:
        return self.name
