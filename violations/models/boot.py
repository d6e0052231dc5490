"""Boots: the inventory, and which of them stands on which vehicle for which ticket."""

from datetime import datetime, timedelta
from typing import ClassVar

from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from accounts.models import User
from opscom.lib.codes import new_code, random_code
from opscom.lib.events import StateEvent
from opscom.lib.states import StateModel
from payments.models import Charge, Checkout, Payment
from vehicles.models import PlateType
from violations.models.appeal import Appeal
from violations.models.violation import Violation


class Boot(StateModel):
    """One boot of the office. `code` is in the address on its label; `sealed` is what opens it (opscom.lib.sealed)."""

    class State(models.TextChoices):
        STOCK = "stock", _("In stock")
        VEHICLE = "vehicle", _("On a vehicle")
        OUT = "out", _("Out for return")
        DAMAGED = "damaged", _("Damaged")
        LOST = "lost", _("Lost")

    number = models.CharField(_("boot number"), max_length=20, unique=True)
    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    condition = models.CharField(
        _("condition"), max_length=120, blank=True, help_text=_("What staff should know, for example a scratched arm.")
    )
    sealed = models.CharField(_("release code, encrypted"), max_length=300, blank=True, editable=False)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.STOCK, protected=True)

    class Meta:
        verbose_name = _("boot")
        verbose_name_plural = _("boots")
        ordering = ["number"]

    def __str__(self) -> str:
        return self.number

    @transition(field=state, source=State.STOCK, target=State.VEHICLE)
    def fit(self) -> None:
        """An officer puts it on a wheel."""

    @transition(field=state, source=State.VEHICLE, target=State.OUT)
    def release(self) -> None:
        """Its code is given: the driver takes it off and brings it back."""

    @transition(field=state, source=[State.VEHICLE, State.OUT, State.DAMAGED, State.LOST], target=State.STOCK)
    def take_back(self) -> None:
        """It is back, whole."""

    @transition(field=state, source=[State.STOCK, State.VEHICLE, State.OUT, State.LOST], target=State.DAMAGED)
    def damage(self) -> None:
        """It is here and must be repaired."""

    @transition(field=state, source=[State.STOCK, State.VEHICLE, State.OUT, State.DAMAGED], target=State.LOST)
    def lose(self) -> None:
        """Nobody knows where it is."""


class BootEvent(StateEvent):
    """History of a boot."""

    boot = models.ForeignKey(Boot, on_delete=models.CASCADE, related_name="events")


class BootAssignmentQuerySet(models.QuerySet["BootAssignment"]):
    """Questions about boots on vehicles."""

    def open(self) -> "BootAssignmentQuerySet":
        """On a wheel, or not back yet."""
        return self.filter(state__in=BootAssignment.OPEN)

    def to_tow(self, at: datetime, *, hours: int) -> "BootAssignmentQuerySet":
        """On a wheel for so long, counted anew from the decision on an appeal, that the vehicle may be towed; none where the office
        says no hours, nor while an appeal runs or a payment is under way or promised."""
        if not hours:
            return self.none()
        since = at - timedelta(hours=hours)
        appeals = Appeal.objects.filter(decided_at__gt=since).order_by().values("violation")
        paying = Payment.objects.filter(state__in=Payment.LIVE, checkout__lines__charge=OuterRef("violation__charge"))
        long = self.filter(state=BootAssignment.State.FITTED, fitted_at__lte=since).exclude(violation__in=appeals)
        return long.exclude(violation__in=Appeal.objects.running().values("violation")).exclude(Exists(paying))

    def about(self, user: User) -> "BootAssignmentQuerySet":
        """For this person's ticket, or paid by them."""
        return self.filter(models.Q(violation__charge__payer=user) | models.Q(checkout__user=user))

    def shown_to(self, user: object) -> "BootAssignmentQuerySet":
        """Of those whose address somebody holds, what they may open: their own, and what a guest paid or nobody answers
        for; then the long code in the address is the key, as for a guest's receipt."""
        bearer = models.Q(checkout__isnull=False, checkout__user=None)
        bearer |= models.Q(checkout=None, violation__charge__payer=None)
        if isinstance(user, User):
            bearer |= models.Q(violation__charge__payer=user) | models.Q(checkout__user=user)
        return self.filter(bearer)


def assignment_code() -> str:
    """The address of the page with the release code: for a guest it is the only key, so it is long."""
    return random_code(20)


class BootAssignment(StateModel):
    """A boot on a vehicle for one ticket, until it is back. The code is copied from the boot when it is fitted."""

    class State(models.TextChoices):
        FITTED = "fitted", _("On the vehicle")
        RELEASED = "released", _("Code given")
        OVERDUE = "overdue", _("Not back in time")
        RETURNED = "returned", _("Returned")
        FORFEITED = "forfeited", _("Deposit kept")
        LOST = "lost", _("Lost")

    OPEN: ClassVar[list[str]] = [State.FITTED, State.RELEASED, State.OVERDUE]
    OUT: ClassVar[list[str]] = [State.RELEASED, State.OVERDUE]

    code = models.CharField(_("code"), max_length=20, unique=True, default=assignment_code, editable=False)
    boot = models.ForeignKey(Boot, verbose_name=_("boot"), on_delete=models.PROTECT, related_name="assignments")
    violation = models.ForeignKey(
        Violation, verbose_name=_("violation"), on_delete=models.PROTECT, related_name="boot_assignments"
    )
    plate = models.CharField(_("plate"), max_length=12, blank=True)
    plate_region = models.CharField(_("province or state"), max_length=6, blank=True)
    plate_type = models.CharField(_("plate type"), max_length=12, choices=PlateType.choices)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.FITTED, protected=True)
    sealed = models.CharField(_("release code, encrypted"), max_length=300, editable=False)
    fitted_at = models.DateTimeField(_("fitted"))
    fitted_by = models.ForeignKey(User, verbose_name=_("fitted by"), on_delete=models.PROTECT, related_name="+")
    location = models.CharField(_("where"), max_length=120, blank=True)
    fee = models.OneToOneField(
        Charge, verbose_name=_("boot fee"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    deposit = models.OneToOneField(
        Charge, verbose_name=_("deposit"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    penalty = models.OneToOneField(
        Charge, verbose_name=_("kept or owed"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    checkout = models.ForeignKey(
        Checkout, verbose_name=_("checkout"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    released_at = models.DateTimeField(_("code given"), null=True, blank=True)
    due_at = models.DateTimeField(_("due back"), null=True, blank=True)
    seen_at = models.DateTimeField(_("code shown in the office"), null=True, blank=True)
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)
    undone_at = models.DateTimeField(
        _("payment undone"),
        null=True,
        blank=True,
        help_text=_("After the code was given, money for it was taken back."),
    )
    problem = models.CharField(_("to be settled by hand"), max_length=250, blank=True)

    objects = BootAssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("boot on a vehicle")
        verbose_name_plural = _("boots on vehicles")
        ordering = ["-fitted_at", "-pk"]
        permissions = [("release_bootassignment", _("Can release a boot without payment, and see its code"))]
        constraints = [
            models.UniqueConstraint(
                fields=["boot"],
                condition=models.Q(state__in=["fitted", "released", "overdue"]),
                name="boot_open_once",
            ),
            models.UniqueConstraint(
                fields=["violation"],
                condition=models.Q(state__in=["fitted", "released", "overdue"]),
                name="boot_open_once_a_ticket",
            ),
            models.UniqueConstraint(
                fields=["plate", "plate_region", "plate_type"],
                condition=models.Q(state__in=["fitted", "released", "overdue"]) & ~models.Q(plate=""),
                name="boot_open_once_a_vehicle",
            ),
            models.CheckConstraint(
                name="boot_released_is_due",
                condition=~models.Q(state__in=["released", "overdue"]) | models.Q(due_at__isnull=False),
            ),
        ]
        indexes = [
            models.Index(fields=["-fitted_at", "-id"], name="boot_assignment_newest"),
            models.Index(fields=["state", "due_at"], name="boot_state_due"),
        ]

    def __str__(self) -> str:
        return f"{self.boot} · {self.violation}"

    @property
    def charge_keys(self) -> set[int]:
        """The keys of what stands behind it: the ticket's charge, fee and deposit. Needs `violation`."""
        keys = (self.violation.charge_id, self.fee_id, self.deposit_id)
        return {key for key in keys if key is not None}

    def towed_from(self, *, hours: int, decided_at: datetime | None = None) -> datetime | None:
        """When the vehicle may be towed, if the office says after how many hours; they count anew from the decision on an appeal."""
        return max(self.fitted_at, decided_at or self.fitted_at) + timedelta(hours=hours) if hours else None

    def is_late(self, at: datetime) -> bool:
        """Given and not back by its time."""
        return self.due_at is not None and at > self.due_at

    @transition(field=state, source=State.FITTED, target=State.RELEASED)
    def release(self) -> None:
        """All that is required is paid, or staff let it go: its code is given, once (RULES 33)."""

    @transition(field=state, source=State.RELEASED, target=State.OVERDUE)
    def fall_due(self) -> None:
        """The time allowed is over."""

    @transition(field=state, source=OPEN, target=State.RETURNED)
    def take_back(self) -> None:
        """The office has it."""

    @transition(field=state, source=OUT, target=State.FORFEITED)
    def forfeit(self) -> None:
        """It did not come back: the deposit is the office's."""

    @transition(field=state, source=OPEN, target=State.LOST)
    def lose(self) -> None:
        """It is gone."""


class BootAssignmentEvent(StateEvent):
    """History of a boot on a vehicle."""

    assignment = models.ForeignKey(BootAssignment, on_delete=models.CASCADE, related_name="events")
