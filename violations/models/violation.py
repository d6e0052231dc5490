"""Tickets."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.codes import random_code
from opscom.lib.events import StateEvent
from opscom.lib.money import PriceField
from opscom.lib.sealed import seal, unseal
from opscom.lib.states import StateModel
from payments.models import Charge
from permits.models import Lot
from vehicles.models import PlateType, Vehicle
from violations.models.offence import Offence

MAP = "https://www.openstreetmap.org/?mlat={latitude}&mlon={longitude}#map=18/{latitude}/{longitude}"


class ViolationQuerySet(models.QuerySet["Violation"]):
    """Questions about tickets."""

    def for_user(self, user: object) -> "ViolationQuerySet":
        """Tickets that this person owes."""
        return self.filter(charge__payer=user)

    def with_boot(self) -> "ViolationQuerySet":
        """Adds `booted`: whether there is, or was, a boot for it."""
        from violations.models.boot import BootAssignment

        boots = BootAssignment.objects.filter(violation=models.OuterRef("pk"))
        return self.annotate(booted=models.Exists(boots))

    def unpaid(self) -> "ViolationQuerySet":
        """Tickets still owed."""
        return self.filter(state=Violation.State.OPEN)


class Violation(StateModel):
    """One ticket. Its number and PIN stand on the paper as TT-10133-3K; the PIN is no part of the number, and kept sealed
    (opscom.lib.sealed): who reads the table, a backup or a log does not learn it, and nothing can be searched by it."""

    class State(models.TextChoices):
        OPEN = "open", _("Owed")
        PAID = "paid", _("Paid")
        VOID = "void", _("Void")
        WARNING = "warning", _("Warning")

    class Voided(models.TextChoices):
        """The transition that ended it."""

        WITHDRAWN = "withdraw", _("Withdrawn")
        SPOILED = "spoil", _("Spoiled: written by mistake")
        APPEAL = "grant_appeal", _("Cancelled on appeal")

    number = models.CharField(_("ticket number"), max_length=30, unique=True)
    sealed_pin = models.CharField(_("PIN, encrypted"), max_length=120, editable=False)
    offence = models.ForeignKey(Offence, verbose_name=_("offence"), on_delete=models.PROTECT, related_name="violations")
    amount = PriceField(_("fine"), help_text=_("As it was when the ticket was written."))
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.OPEN, protected=True)
    voided_as = models.CharField(_("why it is void"), max_length=12, choices=Voided.choices, blank=True, editable=False)
    issued_at = models.DateTimeField(_("issued"))
    time_known = models.BooleanField(_("time known"), default=True)
    lot = models.ForeignKey(
        Lot, verbose_name=_("lot"), null=True, blank=True, on_delete=models.PROTECT, related_name="violations"
    )
    location = models.CharField(_("location"), max_length=120, blank=True)
    plate = models.CharField(_("plate"), max_length=12, blank=True)
    plate_region = models.CharField(_("province or state"), max_length=6, blank=True)
    plate_type = models.CharField(
        _("plate type"), max_length=12, choices=PlateType.choices, default=PlateType.PASSENGER
    )
    make = models.CharField(_("make"), max_length=40, blank=True)
    colour = models.CharField(_("colour"), max_length=30, blank=True)
    vehicle = models.ForeignKey(
        Vehicle, verbose_name=_("vehicle"), null=True, blank=True, on_delete=models.PROTECT, related_name="violations"
    )
    officer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("officer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    notes = models.TextField(_("officer's notes"), blank=True, max_length=1000, help_text=_("The driver sees them."))
    charge = models.OneToOneField(
        Charge, verbose_name=_("charge"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    terms = models.JSONField(
        _("terms"), default=dict, blank=True, editable=False, help_text=_("What held when the ticket was written.")
    )
    next_change_on = models.DateField(
        _("next change"), null=True, blank=True, editable=False, help_text=_("On this day the amount rises, if unpaid.")
    )
    stopped = models.JSONField(
        default=list,
        blank=True,
        editable=False,
        help_text="The spans in which a payment plan keeps its clock standing: first day, and the day from which it runs again.",
    )
    latitude = models.DecimalField(_("latitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    longitude = models.DecimalField(_("longitude"), max_digits=8, decimal_places=5, null=True, blank=True)
    client_key = models.UUIDField(
        null=True, unique=True, editable=False, help_text="Made by the officer's phone: sent twice, it is one ticket."
    )
    source = models.SlugField(_("imported from"), max_length=40, blank=True)
    entered_at = models.DateTimeField(_("entered"), default=timezone.now)

    objects = ViolationQuerySet.as_manager()
    booted: bool

    class Meta:
        verbose_name = _("violation")
        verbose_name_plural = _("violations")
        ordering = ["-issued_at", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="violation_owed_has_charge", condition=~models.Q(state="open") | models.Q(charge__isnull=False)
            ),
            models.CheckConstraint(name="violation_pin_sealed", condition=~models.Q(sealed_pin="")),
        ]
        indexes = [
            models.Index(fields=["plate"], name="violation_plate_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["-issued_at"], name="violation_issued"),
            models.Index(fields=["next_change_on"], name="violation_due_to_rise", condition=models.Q(state="open")),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def pin(self) -> str:
        """The two characters after the number. ImproperlyConfigured where the operator took the key away."""
        return unseal(self.sealed_pin)

    @pin.setter
    def pin(self, pin: str) -> None:
        self.sealed_pin = seal(pin)

    @property
    def full_number(self) -> str:
        """Number with PIN, as printed on the ticket."""
        return f"{self.number}-{self.pin}"

    @property
    def map_address(self) -> str:
        """Where the officer's phone was, on a public map; empty where it did not tell."""
        if self.latitude is None or self.longitude is None:
            return ""
        return MAP.format(latitude=self.latitude, longitude=self.longitude)

    def is_overdue_on(self, day: date) -> bool:
        """Still owed after its due date; needs `charge`."""
        return (
            self.state == self.State.OPEN
            and self.charge is not None
            and self.charge.due_on is not None
            and day > self.charge.due_on
        )

    @transition(field=state, source=State.OPEN, target=State.PAID)
    def pay(self) -> None:
        """Its charge is settled."""

    @transition(field=state, source=State.PAID, target=State.OPEN)
    def owe_again(self) -> None:
        """The bank took the money back (RULES 46)."""

    @transition(field=state, source=State.OPEN, target=State.WARNING)
    def warn(self) -> None:
        """It only warns: nothing is owed."""

    @transition(field=state, source=State.OPEN, target=State.VOID)
    def withdraw(self) -> None:
        """The office lets it go."""

    @transition(field=state, source=[State.OPEN, State.PAID], target=State.VOID)
    def grant_appeal(self) -> None:
        """An appeal was right: nothing is owed, and what was paid goes back."""

    @transition(field=state, source=[State.OPEN, State.WARNING], target=State.VOID)
    def spoil(self) -> None:
        """Written by mistake; the number stays so that the sequence is complete."""


class ViolationEvent(StateEvent):
    """History of a ticket."""

    violation = models.ForeignKey(Violation, on_delete=models.CASCADE, related_name="events")


class LateFee(models.Model):
    """What was added to a ticket after it was written, each a charge of its own: by one step of its terms, as it was not
    paid in time, or, without `after_days`, for something else."""

    class Kind(models.TextChoices):
        LATE = "late", _("Late fee")
        TOWING = "towing", _("Towing")
        LOOKUP = "lookup", _("Owner look-up")
        OTHER = "other", _("Fee of the office")

    violation = models.ForeignKey(
        Violation, verbose_name=_("violation"), on_delete=models.PROTECT, related_name="late_fees"
    )
    kind = models.CharField(_("what for"), max_length=8, choices=Kind.choices, default=Kind.LATE)
    after_days = models.PositiveSmallIntegerField(_("after, days"), null=True)
    charge = models.OneToOneField(Charge, verbose_name=_("charge"), on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("late fee")
        verbose_name_plural = _("late fees")
        ordering = ["after_days"]
        constraints = [
            models.UniqueConstraint(fields=["violation", "after_days"], name="late_fee_once"),
            models.UniqueConstraint(
                fields=["violation", "kind"],
                name="fee_beside_once",
                condition=models.Q(kind__in=["towing", "lookup"]),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.violation_id}: {self.after_days}"


def photo_path(photo: "ViolationPhoto", filename: str) -> str:
    """Where an evidence photo is stored: a name of our own, never the uploaded one."""
    return f"violations/{photo.code[:2]}/{photo.code}.jpg"


def photo_code() -> str:
    """The name of a stored photo."""
    return random_code(20)


class ViolationPhoto(models.Model):
    """Evidence, re-encoded as JPEG without the camera's metadata. Private: shown with the ticket only."""

    violation = models.ForeignKey(Violation, on_delete=models.CASCADE, related_name="photos")
    code = models.CharField(max_length=20, unique=True, default=photo_code, editable=False)
    image = models.ImageField(_("photo"), upload_to=photo_path, width_field="width", height_field="height")
    width = models.PositiveIntegerField(null=True, editable=False)
    height = models.PositiveIntegerField(null=True, editable=False)
    caption = models.CharField(_("caption"), max_length=120, blank=True)

    class Meta:
        verbose_name = _("photo")
        verbose_name_plural = _("photos")
        ordering = ["pk"]

    def __str__(self) -> str:
        return self.caption or self.code
