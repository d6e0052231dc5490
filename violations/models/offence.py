"""What one can be fined for."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import PriceField


class OffenceCategory(models.Model):
    """A group of offences."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("offence category")
        verbose_name_plural = _("offence categories")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Offence(models.Model):
    """One entry of the office's catalogue: the fine, and what paying early saves."""

    category = models.ForeignKey(
        OffenceCategory, verbose_name=_("category"), on_delete=models.PROTECT, related_name="offences"
    )
    code = models.CharField(_("code"), max_length=20, unique=True)
    description = models.CharField(_("description"), max_length=120)
    amount = PriceField(_("fine"))
    reduced_amount = PriceField(
        _("reduced fine"), null=True, blank=True, help_text=_("What is enough when paid early. Empty: no reduction.")
    )
    reduced_days = models.PositiveSmallIntegerField(
        _("reduced for, days"),
        default=0,
        help_text=_("Counted from the day of the ticket; the last day counts in full."),
    )
    due_days = models.PositiveSmallIntegerField(_("due after, days"), default=30)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("offence")
        verbose_name_plural = _("offences")
        ordering = ["category", "code"]
        constraints = [
            models.CheckConstraint(
                name="offence_reduction_smaller",
                condition=models.Q(reduced_amount__isnull=True)
                | models.Q(reduced_amount__lt=models.F("amount"), reduced_amount__gt=0),
            )
        ]

    def __str__(self) -> str:
        return self.description
