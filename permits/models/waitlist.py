"""Who waits for a place, in which order, and the places that they are offered."""

import re
from datetime import date, datetime
from typing import ClassVar

from django.conf import settings
from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from accounts.models import Mail, UserType
from opscom.lib.codes import new_code
from opscom.lib.dates import Period, day_before
from opscom.lib.events import StateEvent
from opscom.lib.states import StateModel
from permits.models.permit import Permit
from permits.models.sale import PermitType, SalesWindow


def check_month_day(text: str) -> None:
    """ValidationError where it is no day of every year."""
    try:
        if not re.fullmatch(r"\d\d-\d\d", text):  # fromisoformat reads weeks, too
            raise ValueError(text)
        date.fromisoformat(f"2025-{text}")
    except ValueError as error:
        raise ValidationError(_("Write month and day, for example 04-30. Not February 29.")) from error


class WaitlistQuerySet(models.QuerySet["Waitlist"]):
    """Questions about waitlists."""

    def open_to(self, user: object) -> "WaitlistQuerySet":
        """Those that this person may join; no user types on a list means everybody."""
        return self.for_type(getattr(user, "user_type_id", None))

    def for_type(self, user_type: int | None) -> "WaitlistQuerySet":
        """Those that people of that type may join, by its key."""
        return self.filter(Q(user_types=None) | Q(user_types=user_type), active=True).distinct()


class Waitlist(models.Model):
    """One queue for the places of one or several permit types, which may be of several lots."""

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    name = models.CharField(_("name"), max_length=80)
    permit_types = models.ManyToManyField(
        PermitType,
        verbose_name=_("permit types"),
        related_name="waitlists",
        help_text=_("Whose places are offered to this list, as they become free."),
    )
    user_types = models.ManyToManyField(
        UserType, verbose_name=_("user types"), blank=True, help_text=_("Who may join. None chosen: everybody.")
    )
    first_types = models.ManyToManyField(
        UserType,
        verbose_name=_("user types that come first"),
        blank=True,
        related_name="+",
        help_text=_("Who joins and is of one of these stands before everybody who is of none of them. None: in order."),
    )
    active = models.BooleanField(
        _("open"), default=True, help_text=_("Off: nobody can join; those who wait are still offered places.")
    )
    show_position = models.BooleanField(
        _("show the position"),
        default=True,
        help_text=_("Users see the position that they would get, and later the one that they have."),
    )
    only_when_full = models.BooleanField(
        _("join only when full"),
        default=True,
        help_text=_("On: whoever could reserve a place now cannot join. Off: everybody can."),
    )
    automatic = models.BooleanField(
        _("offers by itself"),
        default=True,
        help_text=_("A free place is offered to the next person at once. Off: staff make the offers."),
    )
    offer_hours = models.PositiveSmallIntegerField(
        _("time to answer, hours"),
        default=48,
        validators=[MinValueValidator(1), MaxValueValidator(720)],
        help_text=_("Counted from when the e-mail left. Afterwards the next person is asked."),
    )
    business_days = models.BooleanField(
        _("hours of business days"),
        default=False,
        help_text=_("On: weekends and closed days do not count, and 24 hours are one business day."),
    )
    most_snoozes = models.PositiveSmallIntegerField(
        _("snoozes"),
        default=2,
        validators=[MaxValueValidator(20)],
        help_text=_("How often a person may let an offer pass and keep the place in the queue. 0: never."),
    )
    emptied_on = models.CharField(
        _("emptied each year on"),
        max_length=5,
        blank=True,
        validators=[check_month_day],
        help_text=_(
            "Month and day, for example 04-30: at its end nobody waits any more, and everybody is told. Empty: the list goes on."
        ),
    )
    notice_days = models.PositiveSmallIntegerField(
        _("notice before, days"),
        default=14,
        validators=[MaxValueValidator(90)],
        help_text=_("How long before that day those who wait hear of it."),
    )
    noticed_for = models.DateField(_("notice given for"), null=True, editable=False)
    emptied_for = models.DateField(_("emptied for"), null=True, editable=False)
    position = models.PositiveSmallIntegerField(
        _("position"),
        default=0,
        help_text=_("Of two lists for the same places the one with the lower number is first."),
    )

    objects = WaitlistQuerySet.as_manager()

    class Meta:
        verbose_name = _("waitlist")
        verbose_name_plural = _("waitlists")
        ordering = ["position", "pk"]
        permissions = [("process_waitlist", _("Can make offers and change the order of a waitlist"))]

    def __str__(self) -> str:
        return self.name

    @property
    def emptied_day(self) -> date | None:
        """A day of some year on whose end it is emptied, to be said as month and day."""
        return date.fromisoformat(f"2025-{self.emptied_on}") if self.emptied_on else None


class WaitlistEntryQuerySet(models.QuerySet["WaitlistEntry"]):
    """Questions about people who wait."""

    def for_user(self, user: object) -> "WaitlistEntryQuerySet":
        """That person's."""
        return self.filter(user=user)

    def in_queue(self) -> "WaitlistEntryQuerySet":
        """Those who wait or have an offer in hand."""
        return self.filter(state__in=WaitlistEntry.IN_QUEUE)

    def waiting(self) -> "WaitlistEntryQuerySet":
        """Those who are to be asked, in their order."""
        return self.filter(state=WaitlistEntry.State.WAITING).order_by("turn", "pk")

    def to_answer_by(self, moment: datetime) -> "WaitlistEntryQuerySet":
        """Those whose open offer ends before then."""
        offers = WaitlistOffer.objects.live().filter(expires_at__lt=moment)
        return self.filter(pk__in=offers.order_by().values("entry"))


class WaitlistEntry(StateModel):
    """One person in one queue. The queue goes by `turn`: the moment of joining, unless staff moved the person. `rank` orders
    the person's own lists, the first choice first. `passed_over`: the person snoozed, and the next place goes to
    somebody else."""

    class State(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        OFFERED = "offered", _("Offered")
        TAKEN = "taken", _("Place taken")
        DECLINED = "declined", _("Declined")
        LAPSED = "lapsed", _("Lapsed")
        LEFT = "left", _("Left")

    IN_QUEUE: ClassVar[list[str]] = [State.WAITING, State.OFFERED]

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    waitlist = models.ForeignKey(Waitlist, verbose_name=_("waitlist"), on_delete=models.PROTECT, related_name="entries")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="waitlist_entries"
    )
    rank = models.PositiveSmallIntegerField(_("own rank"), default=1)
    joined_at = models.DateTimeField(_("joined"), default=timezone.now)
    turn = models.DateTimeField(_("in the queue since"), default=timezone.now)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.WAITING, protected=True)
    snoozes = models.PositiveSmallIntegerField(_("snoozed"), default=0)
    passed_over = models.BooleanField(_("passed over once"), default=False)
    note = models.CharField(_("note of the office"), max_length=200, blank=True)

    objects = WaitlistEntryQuerySet.as_manager()

    class Meta:
        verbose_name = _("person on a waitlist")
        verbose_name_plural = _("people on waitlists")
        ordering = ["waitlist", "turn", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["waitlist", "user"], condition=Q(state__in=["waiting", "offered"]), name="waitlist_entry_once"
            )
        ]
        indexes = [
            models.Index(fields=["waitlist", "turn", "id"], name="waitlist_queue", condition=Q(state="waiting")),
        ]

    def __str__(self) -> str:
        return f"{self.user}: {self.waitlist}"

    @transition(field=state, source=State.WAITING, target=State.OFFERED)
    def offer(self) -> None:
        """A place is offered."""

    @transition(field=state, source=State.OFFERED, target=State.WAITING)
    def wait_on(self) -> None:
        """Snoozed, or the offer was withdrawn: the place in the queue stays."""

    @transition(field=state, source=State.OFFERED, target=State.TAKEN)
    def take(self) -> None:
        """The place is paid."""

    @transition(field=state, source=State.OFFERED, target=State.DECLINED)
    def decline(self) -> None:
        """The person does not want it."""

    @transition(field=state, source=State.OFFERED, target=State.LAPSED)
    def lapse(self) -> None:
        """Nobody answered, or paid, in time."""

    @transition(field=state, source=IN_QUEUE, target=State.LEFT)
    def leave(self) -> None:
        """The person waits no longer."""

    @transition(field=state, source=[State.DECLINED, State.LAPSED, State.LEFT], target=State.WAITING)
    def come_back(self) -> None:
        """Staff put the person back."""


class WaitlistEntryEvent(StateEvent):
    """History of a person on a waitlist."""

    entry = models.ForeignKey(WaitlistEntry, on_delete=models.CASCADE, related_name="events")


class WaitlistOfferQuerySet(models.QuerySet["WaitlistOffer"]):
    """Questions about offers."""

    def for_user(self, user: object) -> "WaitlistOfferQuerySet":
        """Made to that person."""
        return self.filter(entry__user=user)

    def live(self) -> "WaitlistOfferQuerySet":
        """Still to be answered; each takes a space (RULES 4)."""
        return self.filter(state=WaitlistOffer.State.OPEN)


class WaitlistOffer(StateModel):
    """A place for somebody who waits, good once and for ever once (RULES 11). While it is open it takes a space; accepted,
    its permit's hold does. The time to answer runs from `mailed_at`, when its e-mail left (RULES 15)."""

    class State(models.TextChoices):
        OPEN = "open", _("Waits for the answer")
        ACCEPTED = "accepted", _("Accepted, not paid")
        TAKEN = "taken", _("Place taken")
        DECLINED = "declined", _("Declined")
        SNOOZED = "snoozed", _("Snoozed")
        LAPSED = "lapsed", _("Lapsed")
        WITHDRAWN = "withdrawn", _("Withdrawn")

    UNFINISHED: ClassVar[list[str]] = [State.OPEN, State.ACCEPTED]

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    entry = models.ForeignKey(WaitlistEntry, verbose_name=_("person"), on_delete=models.PROTECT, related_name="offers")
    permit_type = models.ForeignKey(
        PermitType, verbose_name=_("permit type"), on_delete=models.PROTECT, related_name="+"
    )
    window = models.ForeignKey(SalesWindow, verbose_name=_("sales window"), on_delete=models.PROTECT, related_name="+")
    valid_from = models.DateField(_("valid from"))
    valid_before = models.DateField(_("ends before"))
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.OPEN, protected=True)
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    hours = models.PositiveSmallIntegerField(_("time to answer, hours"))
    mail = models.ForeignKey(Mail, verbose_name=_("e-mail"), null=True, on_delete=models.SET_NULL, related_name="+")
    mailed_at = models.DateTimeField(_("e-mail left"), null=True, blank=True)
    expires_at = models.DateTimeField(_("to be answered by"))
    reminded_at = models.DateTimeField(_("reminded"), null=True, blank=True)
    permit = models.OneToOneField(
        Permit, verbose_name=_("permit"), null=True, blank=True, on_delete=models.PROTECT, related_name="waitlist_offer"
    )

    objects = WaitlistOfferQuerySet.as_manager()

    class Meta:
        verbose_name = _("waitlist offer")
        verbose_name_plural = _("waitlist offers")
        ordering = ["-made_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["entry"], condition=Q(state__in=["open", "accepted"]), name="waitlist_offer_one_open"
            ),
            models.CheckConstraint(name="waitlist_offer_forward", condition=Q(valid_before__gt=models.F("valid_from"))),
        ]
        indexes = [models.Index(fields=["expires_at"], name="waitlist_offer_open", condition=Q(state="open"))]

    def __str__(self) -> str:
        return f"{self.entry}: {self.code}"

    @property
    def period(self) -> Period:
        """The days that are offered."""
        return Period(self.valid_from, self.valid_before)

    @property
    def last_day(self) -> date:
        """The last of them, as people say it."""
        return day_before(self.valid_before)

    def is_over(self, at: datetime) -> bool:
        """It can no longer be answered at that moment."""
        return self.state != self.State.OPEN or (self.mailed_at is not None and self.expires_at <= at)

    @transition(field=state, source=State.OPEN, target=State.ACCEPTED)
    def accept(self) -> None:
        """The person wants it: a hold takes its space over."""

    @transition(field=state, source=State.ACCEPTED, target=State.TAKEN)
    def take(self) -> None:
        """It is paid."""

    @transition(field=state, source=UNFINISHED, target=State.DECLINED)
    def decline(self) -> None:
        """The person does not want it."""

    @transition(field=state, source=State.OPEN, target=State.SNOOZED)
    def snooze(self) -> None:
        """Not this one, but the next."""

    @transition(field=state, source=UNFINISHED, target=State.LAPSED)
    def lapse(self) -> None:
        """Not answered, or not paid, in time."""

    @transition(field=state, source=UNFINISHED, target=State.WITHDRAWN)
    def withdraw(self) -> None:
        """The office took it back, or the sale ended; also after it was accepted, where the person lost the privileges."""


class WaitlistOfferEvent(StateEvent):
    """History of an offer."""

    offer = models.ForeignKey(WaitlistOffer, on_delete=models.CASCADE, related_name="events")
