"""Months by which a permit renews itself on a stored card, and the runs in which the office has that done."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.codes import new_code
from opscom.lib.dates import day_before
from opscom.lib.events import StateEvent
from opscom.lib.states import StateModel
from payments.models import Charge, Payment
from permits.models.permit import Permit


class PermitTerm(StateModel):
    """One renewal of a permit, from `starts_on` until before `ends_before`, with its charge. Permit and first day are its
    key: whatever is repeated, nobody owes a month twice (RULES 31).

    `next_try_at` is when the card is charged (again); empty once only the person can pay. At `lapses_at` the grace ends.
    """

    class State(models.TextChoices):
        DUE = "due", _("Owed")
        PAID = "paid", _("Paid")
        LAPSED = "lapsed", _("Lapsed")
        CANCELLED = "cancelled", _("Cancelled")

    permit = models.ForeignKey(Permit, verbose_name=_("permit"), on_delete=models.PROTECT, related_name="terms")
    starts_on = models.DateField(_("from"))
    ends_before = models.DateField(_("ends before"))
    charge = models.OneToOneField(Charge, verbose_name=_("charge"), on_delete=models.PROTECT, related_name="+")
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.DUE, protected=True)
    created_at = models.DateTimeField(_("made"), default=timezone.now)
    tried_at = models.DateTimeField(_("first try"), null=True, blank=True)
    next_try_at = models.DateTimeField(_("next try"), null=True, blank=True)
    lapses_at = models.DateTimeField(_("grace ends"))
    judged = models.ForeignKey(
        Payment, verbose_name=_("last try"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    problem = models.CharField(_("problem"), max_length=20, blank=True)

    class Meta:
        verbose_name = _("permit term")
        verbose_name_plural = _("permit terms")
        ordering = ["-starts_on", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["permit", "starts_on"], name="permit_term_once"),
            models.UniqueConstraint(fields=["permit"], condition=models.Q(state="due"), name="permit_term_one_due"),
            models.CheckConstraint(
                name="permit_term_forward", condition=models.Q(ends_before__gt=models.F("starts_on"))
            ),
        ]
        indexes = [
            models.Index(fields=["-starts_on", "-id"], name="permit_term_newest"),
            models.Index(fields=["next_try_at"], name="permit_term_try", condition=models.Q(state="due")),
            models.Index(fields=["lapses_at"], name="permit_term_lapse", condition=models.Q(state="due")),
        ]

    def __str__(self) -> str:
        return f"{self.permit}: {self.starts_on}"

    @property
    def last_day(self) -> date:
        """The last day of the month, as people say it."""
        return day_before(self.ends_before)

    @transition(field=state, source=State.DUE, target=State.PAID)
    def pay(self) -> None:
        """The money is there: the permit goes on."""

    @transition(field=state, source=State.DUE, target=State.LAPSED)
    def lapse(self) -> None:
        """The grace is over and nobody paid."""

    @transition(field=state, source=State.DUE, target=State.CANCELLED)
    def cancel(self) -> None:
        """The holder does not want the permit to go on."""

    @transition(field=state, source=[State.LAPSED, State.CANCELLED], target=State.DUE)
    def take_again(self) -> None:
        """Late money found the place still free (RULES 6)."""


class PermitTermEvent(StateEvent):
    """History of a renewal."""

    term = models.ForeignKey(PermitTerm, on_delete=models.CASCADE, related_name="events")


class RolloverRun(models.Model):
    """One time that permits were renewed: by staff after looking at the rehearsal, or by itself once a day. Its items are
    written before the first card is charged, so that a run that broke off goes on where it was."""

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("started by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    through = models.DateField(_("permits that end until"))
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)

    class Meta:
        verbose_name = _("rollover")
        verbose_name_plural = _("rollovers")
        ordering = ["-started_at", "-pk"]
        permissions = [("process_rolloverrun", _("Can start rollovers"))]
        indexes = [models.Index(fields=["started_at"], name="rollover_running", condition=models.Q(finished_at=None))]

    def __str__(self) -> str:
        return self.code


class RolloverItemQuerySet(models.QuerySet["RolloverItem"]):
    """Permits of runs."""

    def left_out_on(self, day: date) -> "RolloverItemQuerySet":
        """Those that staff left out and that wait on that day for a later run."""
        return self.filter(outcome=RolloverItem.Outcome.LEFT_OUT, until__gt=day)


class RolloverItem(models.Model):
    """One permit of a run, and what came of it. One that staff left out, with `note` as the reason, is taken up again by the
    first run from the day `until` on."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        RENEWED = "renewed", _("Renewed")
        CHECKING = "checking", _("Being checked")
        RETRY = "retry", _("Declined; tried again later")
        ASKED = "asked", _("The holder is asked to pay")
        SKIPPED = "skipped", _("Not renewed")
        LEFT_OUT = "left_out", _("Left out by the office")

    run = models.ForeignKey(RolloverRun, verbose_name=_("rollover"), on_delete=models.CASCADE, related_name="items")
    permit = models.ForeignKey(Permit, verbose_name=_("permit"), on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    note = models.CharField(_("note"), max_length=250, blank=True)
    taken_at = models.DateTimeField(_("begun"), null=True, blank=True)
    until = models.DateField(_("left out until"), null=True, blank=True)

    objects = RolloverItemQuerySet.as_manager()

    class Meta:
        verbose_name = _("permit of a rollover")
        verbose_name_plural = _("permits of a rollover")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(fields=["run", "permit"], name="rollover_item_once"),
            models.CheckConstraint(
                name="rollover_item_left_out_until",
                condition=models.Q(outcome="left_out", until__isnull=False)
                | ~models.Q(outcome="left_out") & models.Q(until=None),
            ),
        ]
        indexes = [
            models.Index(fields=["run"], name="rollover_item_waiting", condition=models.Q(outcome="waiting")),
            models.Index(
                fields=["permit", "until"], name="rollover_item_left_out", condition=models.Q(outcome="left_out")
            ),
        ]

    def __str__(self) -> str:
        return f"{self.permit}: {self.outcome}"
