"""Plates that get no ticket."""

from datetime import date

from django.db import models
from django.db.models import F, Q
from django.utils.translation import gettext_lazy as _

from opscom.lib.places import REGIONS
from permits.models import Lot
from vehicles.plates import normalise_plate, spellings_of


class ExemptPlateQuerySet(models.QuerySet["ExemptPlate"]):
    """Questions about plates that get no ticket."""

    def holding(self, plate: str, *, region: str, lot: Lot | None, day: date) -> "ExemptPlateQuerySet":
        """What spares this plate, or one that looks like it, there on that day; without a region or lot, whatever is known."""
        alike = spellings_of(normalise_plate(plate))
        found = self.filter(Q(last_on=None) | Q(last_on__gte=day), plate__in=alike, first_on__lte=day)
        if region:
            found = found.filter(region__in=["", region])
        return found.filter(Q(lot=None) | Q(lot=lot)) if lot else found


class ExemptPlate(models.Model):
    """Do not ticket this plate: from a day on, until another one, everywhere or in one lot, and why."""

    plate = models.CharField(_("plate"), max_length=12)
    region = models.CharField(
        _("province or state"), max_length=6, choices=REGIONS, blank=True, help_text=_("Empty: of any.")
    )
    lot = models.ForeignKey(
        Lot,
        verbose_name=_("lot"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: in every lot."),
    )
    first_on = models.DateField(_("from"))
    last_on = models.DateField(_("through"), null=True, blank=True, help_text=_("Empty: until it is ended."))
    reason = models.CharField(_("reason"), max_length=200, help_text=_("Officers see it on their phones."))

    objects = ExemptPlateQuerySet.as_manager()

    class Meta:
        verbose_name = _("do-not-ticket plate")
        verbose_name_plural = _("do-not-ticket plates")
        ordering = ["plate", "first_on"]
        indexes = [models.Index(fields=["plate"], name="exempt_plate")]
        constraints = [
            models.CheckConstraint(
                name="exempt_plate_days", condition=Q(last_on__isnull=True) | Q(last_on__gte=F("first_on"))
            )
        ]

    def __str__(self) -> str:
        return self.plate
