"""Where somebody lives and gets mail and bills."""

from collections.abc import Collection

from django.conf import settings
from django.db import models
from django.db.models import F, Q, Value
from django.db.models.functions import Concat, Lower, Replace
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.places import REGIONS, WITH_REGIONS, country_name

_BAR = Value("|")


class Address(models.Model):
    """One postal address of one person; at most one of each kind. `place` is the same for who writes the same address in other
    capitals, blanks or full stops."""

    class Kind(models.TextChoices):
        HOME = "home", _("Home address")
        MAILING = "mailing", _("Mailing address")
        BILLING = "billing", _("Billing address")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="addresses"
    )
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.HOME)
    line1 = models.CharField(_("street and number"), max_length=100)
    line2 = models.CharField(_("apartment, unit or floor"), max_length=100, blank=True)
    city = models.CharField(_("city"), max_length=60)
    region = models.CharField(_("province or state"), max_length=6, choices=REGIONS, blank=True)
    postal_code = models.CharField(_("postal code"), max_length=12, blank=True)
    country = models.CharField(_("country"), max_length=2, default="CA", help_text=_("Two letters, as in CA."))
    updated_at = models.DateTimeField(_("changed"), default=timezone.now)
    place = models.GeneratedField(
        expression=Lower(
            Replace(
                Replace(
                    Concat("line1", _BAR, "line2", _BAR, "city", _BAR, "region", _BAR, "postal_code", _BAR, "country"),
                    Value(" "),
                ),
                Value("."),
            )
        ),
        output_field=models.CharField(max_length=300),
        db_persist=True,
        editable=False,
    )

    class Meta:
        verbose_name = _("address")
        verbose_name_plural = _("addresses")
        ordering = ["user", "pk"]
        indexes = [models.Index(fields=["place"], name="address_place", condition=Q(kind="home"))]
        constraints = [
            models.UniqueConstraint(fields=["user", "kind"], name="address_once_per_kind"),
            models.CheckConstraint(
                name="address_region_of_its_country", condition=Q(region="") | Q(region__startswith=F("country"))
            ),
            models.CheckConstraint(
                name="address_whole_where_known",
                condition=~Q(country__in=WITH_REGIONS) | (~Q(region="") & ~Q(postal_code="")),
            ),
        ]

    def __str__(self) -> str:
        return ", ".join(self.lines)

    def validate_constraints(self, exclude: Collection[str] | None = None) -> None:
        """The form checks the same with better words, and the service puts a second address of a kind in the place of the
        first; asking the database beforehand would cost a query for each constraint."""

    @property
    def lines(self) -> list[str]:
        """The address as it stands on an envelope, in the active language."""
        place = " ".join(part for part in (self.city, self.region.partition("-")[2], self.postal_code) if part)
        return [line for line in (self.line1, self.line2, place, country_name(self.country)) if line]
