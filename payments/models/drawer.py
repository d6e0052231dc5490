"""A cashier's drawer: what was in it at the start, what should be in it, and what was counted."""

from decimal import Decimal

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import MoneyField, PriceField


class CashDrawerQuerySet(models.QuerySet["CashDrawer"]):
    """Questions about drawers."""

    def open_of(self, cashier: object) -> "CashDrawer | None":
        """The one that this cashier has open."""
        return self.filter(cashier=cashier, closed_at=None).first()


class CashDrawer(models.Model):
    """One shift of one cashier. `counts` holds how many of each note and coin were counted, by their value as a text;
    `expected` is frozen when the drawer is closed."""

    cashier = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("cashier"), on_delete=models.PROTECT, related_name="drawers"
    )
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)
    float_amount = PriceField(_("float"))
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    counts = models.JSONField(_("notes and coins"), default=dict, blank=True)
    counted = PriceField(_("counted"), null=True, blank=True)
    expected = MoneyField(_("expected"), null=True, blank=True)
    reason = models.CharField(_("reason for the difference"), max_length=200, blank=True)

    objects = CashDrawerQuerySet.as_manager()

    class Meta:
        verbose_name = _("cash drawer")
        verbose_name_plural = _("cash drawers")
        ordering = ["-opened_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["cashier"], condition=models.Q(closed_at=None), name="drawer_one_open"),
            models.CheckConstraint(
                name="drawer_closed_whole",
                condition=models.Q(closed_at=None, counted=None, expected=None)
                | models.Q(closed_at__isnull=False, counted__isnull=False, expected__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.cashier}, {timezone.localtime(self.opened_at):%Y-%m-%d %H:%M}"

    @property
    def difference(self) -> Decimal | None:
        """Too much (+) or too little (−), once it is closed."""
        return None if self.counted is None or self.expected is None else self.counted - self.expected
