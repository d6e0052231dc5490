"""Vehicles are shared facts, known by their plate; who drives one is a row between a person and it."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.db.models.functions import Replace
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import new_code
from opscom.lib.import_runs import FileRun
from opscom.lib.places import REGIONS
from vehicles.plates import LOOK_ALIKES, normalise_plate

plate_shape = RegexValidator(
    r"^[A-Z0-9]{1,10}$", _("Enter the plate with letters and digits only, for example CKRT 418.")
)


def look_in_sql() -> models.F | Replace:
    """`vehicles.plates.look_of` as the database works it out, for its index and for whoever asks it."""
    look: models.F | Replace = models.F("plate")
    for letter, digit in LOOK_ALIKES:
        look = Replace(look, models.Value(letter), models.Value(digit))
    return look


class PlateType(models.TextChoices):
    """What kind of plate it is; with the plate and its region it names one vehicle."""

    PASSENGER = "passenger", _("Passenger")
    COMMERCIAL = "commercial", _("Commercial")
    MOTORCYCLE = "motorcycle", _("Motorcycle")
    RENTAL = "rental", _("Rental or dealer")
    OTHER = "other", _("Other")


class Vehicle(models.Model):
    """One vehicle: unique by plate (without spaces, hyphens and case), province or state, and plate type."""

    plate = models.CharField(_("plate"), max_length=10, validators=[plate_shape])
    region = models.CharField(_("province or state"), max_length=6, choices=REGIONS, default="CA-ON")
    plate_type = models.CharField(
        _("plate type"), max_length=12, choices=PlateType.choices, default=PlateType.PASSENGER
    )
    year = models.PositiveSmallIntegerField(
        _("year"), null=True, blank=True, validators=[MinValueValidator(1900), MaxValueValidator(2100)]
    )
    make = models.CharField(_("make"), max_length=40, blank=True)
    colour = models.CharField(_("colour"), max_length=30, blank=True)

    class Meta:
        verbose_name = _("vehicle")
        verbose_name_plural = _("vehicles")
        ordering = ["plate"]
        indexes = [
            models.Index(fields=["plate"], name="vehicle_plate_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(look_in_sql(), name="vehicle_look"),
        ]
        constraints = [
            models.UniqueConstraint(fields=["plate", "region", "plate_type"], name="vehicle_plate_unique"),
            models.CheckConstraint(name="vehicle_plate_normalised", condition=models.Q(plate__regex=r"^[A-Z0-9]+$")),
        ]

    def __str__(self) -> str:
        return f"{self.plate} {self.region_short}"

    def clean_fields(self, exclude: object = None) -> None:
        self.plate = normalise_plate(self.plate)
        super().clean_fields(exclude=exclude)  # type: ignore[arg-type]

    @property
    def region_short(self) -> str:
        """ON for CA-ON: what stands on the plate."""
        return self.region.partition("-")[2]


class VehicleOwnerQuerySet(models.QuerySet["VehicleOwner"]):
    """Questions about a person's vehicles."""

    def for_user(self, user: object) -> "VehicleOwnerQuerySet":
        """That person's vehicles, the primary one first."""
        return self.filter(user=user).select_related("vehicle").order_by("-active", "-primary", "pk")


class VehicleOwner(models.Model):
    """A person who drives a vehicle. Several people may share one; the primary driver of a vehicle gets its mail."""

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="vehicle_links"
    )
    vehicle = models.ForeignKey(
        Vehicle, verbose_name=_("vehicle"), on_delete=models.PROTECT, related_name="owner_links"
    )
    active = models.BooleanField(_("active"), default=True)
    primary = models.BooleanField(_("primary driver"), default=False)
    disclaimer_at = models.DateTimeField(_("disclaimer agreed"), default=timezone.now)

    objects = VehicleOwnerQuerySet.as_manager()

    class Meta:
        verbose_name = _("driver")
        verbose_name_plural = _("drivers")
        constraints = [
            models.UniqueConstraint(fields=["user", "vehicle"], name="vehicle_owner_once"),
            models.UniqueConstraint(fields=["vehicle"], condition=models.Q(primary=True), name="vehicle_one_primary"),
        ]

    def __str__(self) -> str:
        return f"{self.vehicle} – {self.user}"


class PeopleImport(FileRun):
    """One reading of a file of people and their vehicles."""

    FOLDER = "people-imports"

    class Meta(FileRun.Meta):
        verbose_name = _("import of people and vehicles")
        verbose_name_plural = _("imports of people and vehicles")
