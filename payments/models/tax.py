"""Taxes as the office sets them up, who is exempt, and what was frozen on each charge."""

from datetime import date
from decimal import Decimal

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import PriceField
from payments.models.charge import Charge


class RateField(models.DecimalField):
    """A rate in percent with three decimals, for example 9.975."""

    def __init__(self, *args: object, **kwargs: object) -> None:
        kwargs.setdefault("max_digits", 6)
        kwargs.setdefault("decimal_places", 3)
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]


class TaxQuerySet(models.QuerySet["Tax"]):
    """Questions about taxes."""

    def in_force(self, day: date) -> "TaxQuerySet":
        """Those that new charges of that day bear, in the office's order."""
        started = models.Q(from_day=None) | models.Q(from_day__lte=day)
        running = models.Q(before_day=None) | models.Q(before_day__gt=day)
        return self.filter(started, running, active=True)

    def not_exempt(self, payer: int, day: date) -> "TaxQuerySet":
        """Without those that the office has exempted this person from on that day."""
        held = TaxExemption.objects.filter(user=payer).filter(models.Q(through=None) | models.Q(through__gte=day))
        covers = held.filter(models.Q(taxes=None) | models.Q(taxes=models.OuterRef("pk")))
        return self.exclude(models.Exists(covers))


class Tax(models.Model):
    """One tax. Every tax is computed on the price without taxes, never on another tax. A change holds for charges that are
    made from then on; those that are there keep what was frozen on them."""

    name = models.CharField(_("name"), max_length=40, help_text=_("As payers read it, for example GST."))
    rate = RateField(
        _("rate, percent"),
        validators=[MinValueValidator(Decimal(0)), MaxValueValidator(Decimal(100))],
        help_text=_("Of the price without taxes, with up to three decimals. New charges bear it; older ones stay."),
    )
    registration = models.CharField(
        _("registration number"),
        max_length=40,
        blank=True,
        help_text=_("The office's number with the tax authority; every receipt and invoice shows it."),
    )
    inclusive = models.BooleanField(
        _("contained in the price"),
        default=False,
        help_text=_("Ticked: prices contain it and receipts split it out. Otherwise it is added on top of the price."),
    )
    kinds = models.JSONField(
        _("items"), default=list, help_text=_("What it is charged on. What is not ticked bears no tax.")
    )
    from_day = models.DateField(
        _("from"), null=True, blank=True, help_text=_("The first day on which charges bear it. Empty: since ever.")
    )
    before_day = models.DateField(
        _("before"), null=True, blank=True, help_text=_("The first day on which they no longer do. Empty: no end.")
    )
    ledger_code = models.CharField(
        _("ledger code"), max_length=20, blank=True, help_text=_("The account in the office's bookkeeping.")
    )
    position = models.PositiveSmallIntegerField(
        _("position"), default=0, help_text=_("Receipts list taxes in this order.")
    )
    active = models.BooleanField(_("in use"), default=True, help_text=_("Off: new charges do not bear it."))

    objects = TaxQuerySet.as_manager()

    class Meta:
        verbose_name = _("tax")
        verbose_name_plural = _("taxes")
        ordering = ["position", "pk"]
        constraints = [
            models.CheckConstraint(name="tax_rate_sound", condition=models.Q(rate__gte=0, rate__lte=100)),
            models.CheckConstraint(
                name="tax_days_forward",
                condition=models.Q(from_day=None)
                | models.Q(before_day=None)
                | models.Q(before_day__gt=models.F("from_day")),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def clean(self) -> None:
        """Days that run forward, said plainly."""
        if self.from_day and self.before_day and self.before_day <= self.from_day:
            raise ValidationError({"before_day": _("A tax ends after the day on which it starts.")})


class TaxExemption(models.Model):
    """The office exempts a person. It is judged when a charge is made: charges made before stay as they are."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="tax_exemptions"
    )
    taxes = models.ManyToManyField(
        Tax, verbose_name=_("taxes"), blank=True, help_text=_("From which taxes. None chosen: from all of them.")
    )
    reason = models.CharField(_("reason"), max_length=200, help_text=_("Why; auditors read it."))
    certificate = models.CharField(
        _("certificate"), max_length=60, blank=True, help_text=_("Number of the certificate that was shown.")
    )
    through = models.DateField(
        _("through"), null=True, blank=True, help_text=_("The last day of the exemption. Empty: no end.")
    )
    created_at = models.DateTimeField(_("created"), default=timezone.now, editable=False)

    class Meta:
        verbose_name = _("tax exemption")
        verbose_name_plural = _("tax exemptions")
        ordering = ["-created_at", "-pk"]

    def __str__(self) -> str:
        return self.reason


class ChargeTax(models.Model):
    """One tax within one charge, frozen when the charge was made. `reduced_amount` is what is within the charge's reduced
    amount; the name is kept in every language."""

    charge = models.ForeignKey(Charge, verbose_name=_("charge"), on_delete=models.CASCADE, related_name="taxes")
    tax = models.ForeignKey(Tax, verbose_name=_("tax"), on_delete=models.PROTECT, related_name="+")
    name = models.CharField(_("name"), max_length=40)
    rate = RateField(_("rate, percent"))
    registration = models.CharField(_("registration number"), max_length=40, blank=True)
    inclusive = models.BooleanField(_("contained in the price"))
    amount = PriceField(_("amount"))
    reduced_amount = PriceField(_("reduced amount"), null=True, blank=True)

    class Meta:
        verbose_name = _("tax on a charge")
        verbose_name_plural = _("taxes on charges")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["charge", "tax"], name="charge_tax_once")]

    def __str__(self) -> str:
        return self.name
