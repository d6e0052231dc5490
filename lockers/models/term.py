"""Who has which locker, and from when until when."""

from datetime import date, datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from lockers.models.locker import Locker
from lockers.models.sale import LockerWindow
from opscom.lib.codes import new_code
from opscom.lib.dates import Period, day_before
from opscom.lib.events import StateEvent
from opscom.lib.states import StateModel
from payments.models import Charge


class LockerTermQuerySet(models.QuerySet["LockerTerm"]):
    """Questions about locker terms."""

    def for_user(self, user: object) -> "LockerTermQuerySet":
        """That person's terms."""
        return self.filter(user=user)

    def active_on(self, day: date) -> "LockerTermQuerySet":
        """Terms that hold on that day."""
        return self.filter(state=LockerTerm.State.ACTIVE, starts_on__lte=day, ends_before__gt=day)

    def taking(self, period: Period) -> "LockerTermQuerySet":
        """Terms that take their locker on a day of that period. A lapsed hold does until it is released."""
        return self.filter(state__in=LockerTerm.TAKING, starts_on__lt=period.end, ends_before__gt=period.start)

    def but(self, term: "LockerTerm | None") -> "LockerTermQuerySet":
        """All of them except that one."""
        return self.exclude(pk=term.pk) if term else self

    def lapsed(self, at: datetime) -> "LockerTermQuerySet":
        """Holds that nobody paid in time."""
        return self.filter(state=LockerTerm.State.HELD, held_until__lte=at)

    def over(self, day: date) -> "LockerTermQuerySet":
        """Terms that ended before that day, and whose locker nobody has found empty yet."""
        return self.filter(state=LockerTerm.State.ACTIVE, ends_before__lte=day)


class LockerTerm(StateModel):
    """A person's right to a locker from `starts_on` until before `ends_before`. The office gives it without window and
    charge. `replaces` is the term that it takes the place of, after a switch to another locker.

    No two terms that take a locker share a day: on PostgreSQL an exclusion constraint (migration 0005) holds it."""

    class State(models.TextChoices):
        HELD = "held", _("Held")
        ACTIVE = "active", _("Active")
        SUSPENDED = "suspended", _("Suspended")
        RELEASED = "released", _("Released")
        CANCELLED = "cancelled", _("Cancelled")
        ENDED = "ended", _("Ended")

    TAKING: ClassVar[list[str]] = [State.HELD, State.ACTIVE, State.SUSPENDED]

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    locker = models.ForeignKey(Locker, verbose_name=_("locker"), on_delete=models.PROTECT, related_name="terms")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="locker_terms"
    )
    window = models.ForeignKey(
        LockerWindow,
        verbose_name=_("sales window"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="terms",
        editable=False,
    )
    starts_on = models.DateField(_("from"))
    ends_before = models.DateField(_("ends before"))
    state = FSMField(
        _("state"), max_length=10, choices=State.choices, default=State.ACTIVE, protected=True, editable=False
    )
    held_until = models.DateTimeField(_("held until"), null=True, blank=True, editable=False)
    charge = models.OneToOneField(
        Charge,
        verbose_name=_("charge"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        editable=False,
    )
    replaces = models.ForeignKey(
        "self",
        verbose_name=_("in place of"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="replacements",
        editable=False,
    )
    given_at = models.DateTimeField(_("given"), default=timezone.now, editable=False)
    reminded_of = models.DateField(_("reminded of the end"), null=True, blank=True, editable=False)
    noticed_on = models.DateField(_("last asked to empty it"), null=True, blank=True, editable=False)

    objects = LockerTermQuerySet.as_manager()

    class Meta:
        verbose_name = _("locker term")
        verbose_name_plural = _("locker terms")
        ordering = ["-ends_before", "-pk"]
        constraints = [
            models.CheckConstraint(
                name="locker_term_forward", condition=models.Q(ends_before__gt=models.F("starts_on"))
            )
        ]
        indexes = [
            models.Index(fields=["starts_on"], name="locker_term_start"),
            models.Index(fields=["-ends_before", "-id"], name="locker_term_latest"),
            models.Index(
                fields=["locker", "ends_before"],
                name="locker_term_taking",
                condition=models.Q(state__in=["held", "active", "suspended"]),
            ),
            models.Index(fields=["held_until"], name="locker_term_held", condition=models.Q(state="held")),
        ]

    def __str__(self) -> str:
        return f"{self.locker}: {self.user}"

    @property
    def period(self) -> Period:
        """Its days."""
        return Period(self.starts_on, self.ends_before)

    @property
    def last_day(self) -> date:
        """The last day on which it holds, as people say it."""
        return day_before(self.ends_before)

    @transition(field=state, source=State.HELD, target=State.ACTIVE)
    def activate(self) -> None:
        """It is paid, or costs nothing."""

    @transition(field=state, source=State.HELD, target=State.RELEASED)
    def release(self) -> None:
        """Nobody paid in time; the locker is free again."""

    @transition(field=state, source=State.RELEASED, target=State.HELD)
    def hold_again(self) -> None:
        """Late money found the locker still free (RULES 6)."""

    @transition(field=state, source=State.HELD, target=State.CANCELLED)
    def cancel(self) -> None:
        """Taken out of the cart, or given up before it was paid."""

    @transition(field=state, source=State.ACTIVE, target=State.SUSPENDED)
    def suspend(self) -> None:
        """Its payment was undone; the locker stays taken until it is paid again or the office takes it back (RULES 46)."""

    @transition(field=state, source=State.SUSPENDED, target=State.ACTIVE)
    def resume(self) -> None:
        """It is paid again."""

    @transition(field=state, source=[State.ACTIVE, State.SUSPENDED], target=State.ENDED)
    def end(self) -> None:
        """Given back, taken back, exchanged for another locker, or found empty after its end."""


class LockerTermEvent(StateEvent):
    """History of a locker term."""

    term = models.ForeignKey(LockerTerm, on_delete=models.CASCADE, related_name="events")
