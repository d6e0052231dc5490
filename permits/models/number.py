"""Numbers that lie ready to be given out: hang tags, stickers, keys to a barrier."""

from django.db import models
from django.db.models.functions import Length
from django.utils.translation import gettext_lazy as _

from permits.models.sale import PermitType


class PermitNumberQuerySet(models.QuerySet["PermitNumber"]):
    """Questions about numbers."""

    def good(self) -> "PermitNumberQuerySet":
        """Those that may be given to somebody."""
        return self.filter(condition=PermitNumber.Condition.GOOD)

    def in_order(self) -> "PermitNumberQuerySet":
        """The lowest first: 9 comes before 10."""
        return self.order_by(Length("number"), "number")


class PermitNumber(models.Model):
    """One number of a numbered permit type. Once it has been given to somebody it stays, archived at most."""

    class Condition(models.TextChoices):
        GOOD = "good", _("Good")
        LOST = "lost", _("Lost")
        STOLEN = "stolen", _("Stolen")
        ARCHIVED = "archived", _("Archived")

    permit_type = models.ForeignKey(
        PermitType, verbose_name=_("permit type"), on_delete=models.PROTECT, related_name="numbers"
    )
    number = models.CharField(_("number"), max_length=20)
    condition = models.CharField(
        _("condition"), max_length=10, choices=Condition.choices, default=Condition.GOOD, editable=False
    )
    note = models.CharField(_("note"), max_length=200, blank=True)

    objects = PermitNumberQuerySet.as_manager()

    class Meta:
        verbose_name = _("permit number")
        verbose_name_plural = _("permit numbers")
        ordering = ["permit_type", Length("number"), "number"]
        constraints = [models.UniqueConstraint(fields=["permit_type", "number"], name="stock_number_once")]
        indexes = [
            models.Index(
                "permit_type",
                Length("number"),
                "number",
                name="stock_number_lowest",
                condition=models.Q(condition="good"),
            )
        ]

    def __str__(self) -> str:
        return self.number
