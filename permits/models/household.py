"""People who live together, and what their second and third permit costs."""

from decimal import Decimal

from django.conf import settings
from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import PriceField
from permits.models.sale import PermitType


class Household(models.Model):
    """People whom the office counts as one household, wherever they live. Everybody else's is who has the same home address."""

    name = models.CharField(_("name"), max_length=80)

    class Meta:
        verbose_name = _("household")
        verbose_name_plural = _("households")
        ordering = ["name", "pk"]

    def __str__(self) -> str:
        return self.name


class HouseholdMember(models.Model):
    """One person of a household; nobody is in two."""

    household = models.ForeignKey(
        Household, verbose_name=_("household"), on_delete=models.CASCADE, related_name="members"
    )
    user = models.OneToOneField(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.CASCADE, related_name="household_member"
    )

    class Meta:
        verbose_name = _("member of a household")
        verbose_name_plural = _("members of a household")
        ordering = ["pk"]

    def __str__(self) -> str:
        return str(self.user)


class HouseholdStep(models.Model):
    """What a household's permit costs from the nth one on: an amount, or a percentage of the calendar's price."""

    permit_type = models.ForeignKey(
        PermitType, verbose_name=_("permit type"), on_delete=models.CASCADE, related_name="steps"
    )
    step = models.PositiveSmallIntegerField(
        _("from permit"), validators=[MinValueValidator(1)], help_text=_("2: for the second permit and those after it.")
    )
    amount = PriceField(_("amount"), null=True, blank=True, validators=[MinValueValidator(Decimal("0.01"))])
    percent = models.DecimalField(
        _("percent of the price"),
        max_digits=6,
        decimal_places=2,
        null=True,
        blank=True,
        validators=[MinValueValidator(Decimal("0.01"))],
    )

    class Meta:
        verbose_name = _("household step")
        verbose_name_plural = _("household steps")
        ordering = ["step"]
        constraints = [
            models.UniqueConstraint(fields=["permit_type", "step"], name="household_step_once"),
            models.CheckConstraint(
                name="household_step_either",
                condition=Q(amount__isnull=False, amount__gt=0, percent=None)
                | Q(amount=None, percent__isnull=False, percent__gt=0),
                violation_error_message=_("Give an amount or a percentage, not both."),
            ),
            models.CheckConstraint(name="household_step_positive", condition=Q(step__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.step}: {self.amount or self.percent}"
