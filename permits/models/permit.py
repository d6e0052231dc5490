"""The right to park."""

from datetime import date, datetime, timedelta
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from forms_module.models import Submission
from opscom.lib.codes import new_code
from opscom.lib.dates import Period, day_before, today
from opscom.lib.events import StateEvent
from opscom.lib.states import StateModel
from payments.models import Charge, StoredCard
from permits.models.lot import Lot
from permits.models.number import PermitNumber
from permits.models.sale import PermitType, SalesWindow
from vehicles.models import Vehicle


class PermitQuerySet(models.QuerySet["Permit"]):
    """Questions about permits."""

    def for_user(self, user: object) -> "PermitQuerySet":
        """That person's permits."""
        return self.filter(holder=user)

    def active_on(self, day: date) -> "PermitQuerySet":
        """Paid permits that are valid on that day."""
        return self.filter(state=Permit.State.ACTIVE, valid_from__lte=day, valid_before__gt=day)

    def rolling_on(self, day: date) -> "PermitQuerySet":
        """Those that renew themselves and have not ended by that day."""
        return self.filter(rollover=True, state=Permit.State.ACTIVE, valid_before__gt=day)

    def taking_space(self, at: datetime) -> "PermitQuerySet":
        """Permits that take a space: paid, or held and not lapsed at that moment (RULES 1)."""
        return self.filter(models.Q(state__in=Permit.KEPT) | models.Q(state=Permit.State.HELD, held_until__gt=at))

    def keeping_number(self, period: Period) -> "PermitQuerySet":
        """Those of the permits that have their number at some moment of the period. One that renews itself keeps it, and so
        does one whose next month is owed."""
        first, end = period.start, period.end
        start = today(first) if isinstance(first, datetime) else first
        before = today(end) + timedelta(days=1) if isinstance(end, datetime) else end
        goes_on = models.Q(rollover=True) | models.Q(terms__state="due", terms__ends_before__gt=start)
        by_day = models.Q(valid_from__lt=before) & (models.Q(valid_before__gt=start) | goes_on)
        if isinstance(first, datetime):
            by_day = models.Q(starts_at=None) & by_day | models.Q(starts_at__lt=end, ends_at__gt=first)
        return self.filter(by_day)

    def lapsed(self, at: datetime) -> "PermitQuerySet":
        """Holds that nobody paid in time."""
        return self.filter(state=Permit.State.HELD, held_until__lte=at)


class Permit(StateModel):
    """One person's place in a lot from `valid_from` until before `valid_before`. A temporary permit has its moments too, within
    those days, and no sales window. PostgreSQL gives a number from stock to one unreleased permit at a time (the constraint
    permit_stock_once of a migration); on SQLite the service that takes numbers is the only guard."""

    class State(models.TextChoices):
        HELD = "held", _("Held")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        RELEASED = "released", _("Released")
        CANCELLED = "cancelled", _("Cancelled")

    KEPT: ClassVar[list[str]] = [State.ACTIVE, State.SUSPENDED]
    TAKEN: ClassVar[list[str]] = [*KEPT, State.CANCELLED]  # paid, whatever became of it
    UNRELEASED: ClassVar[list[str]] = [State.HELD, *KEPT]

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    serial = models.PositiveIntegerField(_("serial number"))
    number = models.CharField(_("permit number"), max_length=20)
    stock = models.ForeignKey(
        PermitNumber,
        verbose_name=_("number from stock"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="permits",
    )
    holder = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("holder"), on_delete=models.PROTECT, related_name="permits"
    )
    lot = models.ForeignKey(Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="permits")
    permit_type = models.ForeignKey(
        PermitType, verbose_name=_("permit type"), on_delete=models.PROTECT, related_name="permits"
    )
    window = models.ForeignKey(
        SalesWindow,
        verbose_name=_("sales window"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="permits",
    )
    valid_from = models.DateField(_("valid from"))
    valid_before = models.DateField(_("ends before"))
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.HELD, protected=True)
    held_until = models.DateTimeField(_("held until"), null=True, blank=True)
    charge = models.ForeignKey(Charge, verbose_name=_("charge"), on_delete=models.PROTECT, related_name="+")
    on_hours = models.BooleanField(
        _("paid with visitor hours"),
        default=False,
        help_text=_("The charge is that of the hours, which pays for others, too."),
    )
    step = models.PositiveSmallIntegerField(_("permit of its household"), null=True, blank=True)
    price_note = models.CharField(_("how its price came about"), max_length=200, blank=True)
    replaces = models.ForeignKey(
        "self",
        verbose_name=_("takes the place of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replacements",
        help_text=_("The permit that ends when this one is paid."),
    )
    renews = models.ForeignKey(
        "self",
        verbose_name=_("goes on from"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="renewals",
        help_text=_("The permit that this one was bought to follow, while it still ran."),
    )
    earlier_id = models.CharField(
        _("in the earlier system"), max_length=60, null=True, blank=True, unique=True, editable=False
    )
    review = models.ForeignKey(
        Submission,
        verbose_name=_("form under review"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("The permit was given before the office had decided on it."),
    )
    provisional_before = models.DateField(
        _("while the form is reviewed, ends before"),
        null=True,
        blank=True,
        help_text=_("Empty once the form is approved, and where none is needed."),
    )
    reserved_at = models.DateTimeField(_("reserved"), default=timezone.now)
    reminded_of = models.DateField(_("reminded of the end"), null=True, blank=True, editable=False)
    texted_of = models.DateTimeField(_("reminded by text of the end"), null=True, blank=True, editable=False)
    printed_at = models.DateTimeField(_("last printed"), null=True, blank=True)
    rollover = models.BooleanField(
        _("Permit Rollover"), default=False, help_text=_("It renews itself every month on the holder's stored card.")
    )
    rollover_card = models.ForeignKey(
        StoredCard,
        verbose_name=_("card for the rollover"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: the primary one."),
    )
    anchor_day = models.PositiveSmallIntegerField(_("day on which a month begins"), null=True, blank=True)
    vehicles = models.ManyToManyField(
        Vehicle, verbose_name=_("vehicles"), through="PermitVehicle", related_name="permits"
    )

    objects = PermitQuerySet.as_manager()

    class Meta:
        verbose_name = _("permit")
        verbose_name_plural = _("permits")
        ordering = ["-valid_from", "-pk"]
        permissions = [
            ("process_permit", _("Can import permits")),
            ("release_permit", _("Can release what is held and not paid")),
            ("move_permit", _("Can swap permits and pass them on")),
        ]
        constraints = [
            models.UniqueConstraint(fields=["permit_type", "serial"], name="permit_serial_once"),
            models.UniqueConstraint(fields=["charge"], condition=models.Q(on_hours=False), name="permit_charge_once"),
            models.UniqueConstraint(fields=["number"], condition=models.Q(stock=None), name="permit_number_once"),
            models.UniqueConstraint(
                fields=["renews"],
                condition=models.Q(state__in=["held", "active", "suspended"]),
                name="permit_one_renewal",
            ),
            models.CheckConstraint(
                name="permit_provisional_by_review",
                condition=models.Q(provisional_before=None) | models.Q(review__isnull=False),
            ),
            models.CheckConstraint(name="permit_forward", condition=models.Q(valid_before__gt=models.F("valid_from"))),
            models.CheckConstraint(
                name="permit_moments_forward",
                condition=models.Q(starts_at=None, ends_at=None)
                | models.Q(starts_at__isnull=False, ends_at__isnull=False, ends_at__gt=models.F("starts_at")),
            ),
        ]
        indexes = [
            models.Index(fields=["number"], name="permit_number_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["-valid_from", "-id"], name="permit_newest"),
            models.Index(
                fields=["lot", "valid_before"],
                name="permit_taking",
                condition=models.Q(state__in=["held", "active", "suspended"]),
            ),
            models.Index(fields=["valid_before"], name="permit_rollover", condition=models.Q(rollover=True)),
            models.Index(
                fields=["holder", "window"],
                name="permit_of_window",
                condition=models.Q(state__in=["held", "active", "suspended"]),
            ),
            models.Index(
                fields=["provisional_before"],
                name="permit_provisional",
                condition=models.Q(provisional_before__isnull=False),
            ),
            models.Index(fields=["held_until"], name="permit_held", condition=models.Q(state="held")),
        ]

    def __str__(self) -> str:
        return self.number

    def is_valid_on(self, day: date) -> bool:
        """Paid, and valid on that day."""
        ends = min(self.valid_before, self.provisional_before or self.valid_before)
        return self.state == self.State.ACTIVE and self.valid_from <= day < ends

    def has_begun(self, at: datetime | None = None) -> bool:
        """Its first day or moment is there."""
        at = at or timezone.now()
        return self.starts_at <= at if self.starts_at else self.valid_from <= today(at)

    def is_over(self, at: datetime | None = None) -> bool:
        """Nothing is left of it."""
        at = at or timezone.now()
        return self.ends_at <= at if self.ends_at else self.valid_before <= today(at)

    def can_go_on(self, at: datetime) -> bool:
        """A paid permit of a sales window that runs, or will, and does not renew itself."""
        paid = self.state == self.State.ACTIVE and self.valid_before > today(at)
        return paid and self.window_id is not None and not self.rollover

    @property
    def period(self) -> Period:
        """Its days, or its moments where it has them."""
        return Period(self.starts_at or self.valid_from, self.ends_at or self.valid_before)

    @property
    def last_day(self) -> date:
        """The last day on which it is valid, as people say it."""
        return day_before(self.valid_before)

    @property
    def plate_words(self) -> str:
        """The plates that it covers now."""
        return ", ".join(link.vehicle.plate for link in self.plates.all())

    @property
    def last_provisional_day(self) -> date | None:
        """The last day on which it is valid while the form is not approved."""
        return self.provisional_before and day_before(self.provisional_before)

    @transition(field=state, source=State.HELD, target=State.ACTIVE)
    def activate(self) -> None:
        """It is paid."""

    @transition(field=state, source=State.HELD, target=State.RELEASED)
    def release(self) -> None:
        """Nobody paid in time; the space is free again."""

    @transition(field=state, source=State.RELEASED, target=State.HELD)
    def hold_again(self) -> None:
        """Late money found a space still free (RULES 6)."""

    @transition(field=state, source=State.ACTIVE, target=State.SUSPENDED)
    def suspend(self) -> None:
        """Its payment was undone; the space stays taken until it is paid again or the office takes it back (RULES 46)."""

    @transition(field=state, source=State.SUSPENDED, target=State.ACTIVE)
    def resume(self) -> None:
        """It is paid again."""

    @transition(field=state, source=UNRELEASED, target=State.CANCELLED)
    def cancel(self) -> None:
        """Its holder gave it up, or the office took it back."""


class PermitVehicleQuerySet(models.QuerySet["PermitVehicle"]):
    """Questions about plates of permits."""

    def in_force(self, at: datetime) -> "PermitVehicleQuerySet":
        """Those that a permit covered at that moment, past or to come; of the permit's own validity this says nothing."""
        ended = models.Q(until_at__isnull=False, until_at__lte=at)
        return self.filter(from_at__lte=at).exclude(ended)

    def own(self) -> "PermitVehicleQuerySet":
        """The permit's own plates, without courtesy cars."""
        return self.filter(courtesy=False)

    def courtesies(self) -> "PermitVehicleQuerySet":
        """Courtesy cars of any time, but those that were ended before they began."""
        return self.filter(courtesy=True, until_at__gt=models.F("from_at"))


class PlatesNow(models.Manager["PermitVehicle"]):
    """Plates as they are now; `PermitVehicle.every` has those of other times too."""

    def get_queryset(self) -> PermitVehicleQuerySet:
        return PermitVehicleQuerySet(self.model, using=self._db).in_force(timezone.now())


class PermitVehicle(models.Model):
    """A vehicle that may use a permit from one moment until before another, or until it is taken off. A courtesy car's end
    is known when it begins: it reverts by itself, because nothing asks for more than these moments.

    `objects`, and so `permit.plates`, holds what is in force now; `every` is the history, in which a plate that was taken
    off and put on again has two rows.
    """

    permit = models.ForeignKey(Permit, on_delete=models.CASCADE, related_name="plates")
    vehicle = models.ForeignKey(
        Vehicle, verbose_name=_("vehicle"), on_delete=models.PROTECT, related_name="permit_links"
    )
    from_at = models.DateTimeField(_("from"), default=timezone.now)
    until_at = models.DateTimeField(_("until"), null=True, blank=True)
    courtesy = models.BooleanField(_("courtesy car"), default=False)

    objects = PlatesNow()
    every = PermitVehicleQuerySet.as_manager()

    class Meta:
        verbose_name = _("permit vehicle")
        verbose_name_plural = _("permit vehicles")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["permit", "vehicle"],
                condition=models.Q(until_at=None, courtesy=False),
                name="permit_vehicle_once_now",
            ),
            models.CheckConstraint(
                name="permit_vehicle_forward",
                condition=models.Q(until_at=None) | models.Q(until_at__gte=models.F("from_at")),
            ),
            models.CheckConstraint(
                name="permit_courtesy_ends", condition=models.Q(courtesy=False) | models.Q(until_at__isnull=False)
            ),
        ]

    def __str__(self) -> str:
        return str(self.vehicle)

    @property
    def first_day(self) -> date:
        """The day on which it begins."""
        return today(self.from_at)

    @property
    def last_day(self) -> date | None:
        """The last day of which it has some, where it has an end."""
        return self.until_at and today(self.until_at - timedelta.resolution)


class PermitEvent(StateEvent):
    """History of a permit."""

    permit = models.ForeignKey(Permit, on_delete=models.CASCADE, related_name="events")
