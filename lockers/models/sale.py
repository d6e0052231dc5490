"""When lockers are sold, for which days, and for how much."""

from datetime import datetime
from decimal import Decimal

from django.db import models
from django.utils.translation import gettext_lazy as _

from lockers.models.site import LockerSite
from opscom.lib.codes import new_code
from opscom.lib.dates import Period
from opscom.lib.money import PriceField
from opscom.lib.proration import Proration, part_left


class LockerWindow(models.Model):
    """A term for which lockers are sold. Who has a locker may renew it from `renewal_starts` on, before the others."""

    class Kind(models.TextChoices):
        SEMESTER = "semester", _("a semester")
        YEAR = "year", _("a year")
        OTHER = "other", _("for the whole time")

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    name = models.CharField(_("name"), max_length=80)
    kind = models.CharField(_("period"), max_length=10, choices=Kind.choices, default=Kind.SEMESTER)
    renewal_starts = models.DateTimeField(
        _("renewals start"),
        null=True,
        blank=True,
        help_text=_("From then on holders may renew. Empty: when the sale starts."),
    )
    sale_starts = models.DateTimeField(_("sale starts"))
    sale_ends = models.DateTimeField(_("sale ends"))
    valid_from = models.DateField(_("lockers valid from"))
    valid_before = models.DateField(_("lockers end before"), help_text=_("The first day on which they are no longer."))
    proration = models.CharField(
        _("price of a late purchase"),
        max_length=10,
        choices=Proration.choices,
        default=Proration.NONE,
        help_text=_("What is asked of somebody who reserves, or switches, after the term has begun."),
    )
    active = models.BooleanField(_("active"), default=True)

    class Meta:
        verbose_name = _("locker sales window")
        verbose_name_plural = _("locker sales windows")
        ordering = ["valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                name="locker_window_sale_forward", condition=models.Q(sale_ends__gt=models.F("sale_starts"))
            ),
            models.CheckConstraint(
                name="locker_window_valid_forward", condition=models.Q(valid_before__gt=models.F("valid_from"))
            ),
            models.CheckConstraint(
                name="locker_window_renewal_first",
                condition=models.Q(renewal_starts=None) | models.Q(renewal_starts__lte=models.F("sale_starts")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def period(self) -> Period:
        """The days of its terms."""
        return Period(self.valid_from, self.valid_before)

    def part_of(self, price: Decimal, period: Period) -> Decimal:
        """What of a price for the whole term is asked for those days of it."""
        part = part_left(self.proration, self.period, period)
        return part.of(price) if part and price else price

    def is_on_sale(self, at: datetime) -> bool:
        """Everybody may reserve at that moment."""
        return self.active and self.sale_starts <= at < self.sale_ends

    def is_renewed(self, at: datetime) -> bool:
        """Holders may renew at that moment."""
        return self.active and (self.renewal_starts or self.sale_starts) <= at < self.sale_ends


class LockerPrice(models.Model):
    """What a locker costs in a window, at a site and below it. Nothing: it is free of charge."""

    window = models.ForeignKey(
        LockerWindow, verbose_name=_("sales window"), on_delete=models.CASCADE, related_name="prices"
    )
    site = models.ForeignKey(LockerSite, verbose_name=_("site"), on_delete=models.CASCADE, related_name="window_prices")
    amount = PriceField(_("price"))

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["site"]
        constraints = [models.UniqueConstraint(fields=["window", "site"], name="locker_price_once")]

    def __str__(self) -> str:
        return f"{self.amount} ({self.site})"
