"""Parking by text message: what a person and the office have said so far, step by step (TXT-2, TXT-3)."""

from datetime import datetime
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.events import StateEvent
from opscom.lib.money import MoneyField
from opscom.lib.states import StateModel
from payments.models import StoredCard
from permits.models.permit import Permit
from permits.models.sale import PermitType


class TextConversationQuerySet(models.QuerySet["TextConversation"]):
    """Questions about conversations."""

    def for_user(self, user: object) -> "TextConversationQuerySet":
        """That person's."""
        return self.filter(user=user)

    def under_way(self) -> "TextConversationQuerySet":
        """Those that wait for an answer, or for the bank."""
        return self.filter(state__in=TextConversation.UNDER_WAY)

    def silent(self, at: datetime) -> "TextConversationQuerySet":
        """Those that nobody answered in time."""
        return self.filter(state__in=TextConversation.ASKING, expires_at__lte=at)


class TextConversation(StateModel):
    """One person's way to parking, or to parking longer (`extends`), by text from `number`. `state` is the step whose answer
    is waited for; `offered` holds the keys of what was last listed there, in the order of its numbers, so that a number means what
    the person read. `permit` is what came of it: the mark of a permit that was bought by text."""

    class State(models.TextChoices):
        START = "start", _("P or Q")
        SESSION = "session", _("Which parking")
        LOT = "lot", _("Lot")
        MINUTES = "minutes", _("Minutes")
        QUOTE = "quote", _("Price: C or L")
        PLATE = "plate", _("Plate")
        CONFIRM = "confirm", _("Summary: C or L")
        PAYING = "paying", _("Card is being charged")
        PARKED = "parked", _("Parked")
        UNPAID = "unpaid", _("Not paid")
        QUIT = "quit", _("Given up")
        EXPIRED = "expired", _("Not answered in time")

    ASKING: ClassVar[list[str]] = [
        State.START,
        State.SESSION,
        State.LOT,
        State.MINUTES,
        State.QUOTE,
        State.PLATE,
        State.CONFIRM,
    ]
    UNDER_WAY: ClassVar[list[str]] = [*ASKING, State.PAYING]

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="text_conversations"
    )
    number = models.CharField(_("telephone"), max_length=20)
    state = FSMField(_("step"), max_length=10, choices=State.choices, default=State.START, protected=True)
    offered = models.JSONField(default=list, editable=False)
    page = models.PositiveSmallIntegerField(default=0, editable=False)
    permit_type = models.ForeignKey(
        PermitType,
        verbose_name=_("permit type"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    extends = models.ForeignKey(
        Permit,
        verbose_name=_("parks longer"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="text_extensions",
    )
    minutes = models.PositiveIntegerField(_("minutes"), null=True, blank=True)
    starts_at = models.DateTimeField(_("starts"), null=True, blank=True)
    ends_at = models.DateTimeField(_("ends"), null=True, blank=True)
    price = MoneyField(_("price"), null=True, blank=True)
    plate = models.CharField(_("plate"), max_length=10, blank=True)
    region = models.CharField(_("province or state"), max_length=6, blank=True)
    card = models.ForeignKey(
        StoredCard, verbose_name=_("card"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    permit = models.ForeignKey(
        Permit,
        verbose_name=_("permit"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="text_conversations",
    )
    problem = models.CharField(_("problem"), max_length=20, blank=True)
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    expires_at = models.DateTimeField(_("waits until"))
    charged_at = models.DateTimeField(_("card asked"), null=True, blank=True, editable=False)
    ended_at = models.DateTimeField(_("ended"), null=True, blank=True)

    objects = TextConversationQuerySet.as_manager()

    class Meta:
        verbose_name = _("parking by text")
        verbose_name_plural = _("parking by text")
        ordering = ["-started_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["number"],
                condition=models.Q(
                    state__in=["start", "session", "lot", "minutes", "quote", "plate", "confirm", "paying"]
                ),
                name="text_conversation_one",
            )
        ]
        indexes = [
            models.Index(fields=["-started_at", "-id"], name="text_conversation_newest"),
            models.Index(fields=["expires_at"], name="text_conversation_waits", condition=models.Q(ended_at=None)),
            models.Index(fields=["number"], name="text_conversation_number", opclasses=["varchar_pattern_ops"]),
        ]

    def __str__(self) -> str:
        return f"{self.number}, {self.started_at:%Y-%m-%d %H:%M}"

    @transition(field=state, source=ASKING, target=State.START)
    def start_over(self) -> None:
        """ParkMe once more."""

    @transition(field=state, source=State.START, target=State.SESSION)
    def ask_session(self) -> None:
        """Several run: which one is meant."""

    @transition(field=state, source=ASKING, target=State.LOT)
    def ask_lot(self) -> None:
        """The lots, from the menu or back from a later step."""

    @transition(field=state, source=ASKING, target=State.MINUTES)
    def ask_minutes(self) -> None:
        """How long."""

    @transition(field=state, source=[State.MINUTES, State.QUOTE, State.CONFIRM], target=State.QUOTE)
    def ask_agreement(self) -> None:
        """Price and end are said; they are said anew where they have changed."""

    @transition(field=state, source=[State.QUOTE, State.PLATE, State.CONFIRM], target=State.PLATE)
    def ask_plate(self) -> None:
        """With which vehicle."""

    @transition(field=state, source=[State.QUOTE, State.PLATE, State.CONFIRM], target=State.CONFIRM)
    def sum_up(self) -> None:
        """Everything once more, before it is bought."""

    @transition(field=state, source=[State.QUOTE, State.CONFIRM], target=State.PAYING)
    def pay(self) -> None:
        """The place is held and the card is charged, once."""

    @transition(field=state, source=[State.QUOTE, State.PAYING, State.UNPAID], target=State.PARKED)
    def park(self) -> None:
        """It is paid, or costs nothing more; the bank may say so late."""

    @transition(field=state, source=[*UNDER_WAY, State.UNPAID], target=State.UNPAID)
    def fail(self) -> None:
        """The card did not pay, or cannot, or nobody knows: the place is free again."""

    @transition(field=state, source=ASKING, target=State.QUIT)
    def give_up(self) -> None:
        """The person quit, or nothing can be had."""

    @transition(field=state, source=ASKING, target=State.EXPIRED)
    def expire(self) -> None:
        """Nobody answered in time."""


class TextConversationEvent(StateEvent):
    """History of a conversation."""

    conversation = models.ForeignKey(TextConversation, on_delete=models.CASCADE, related_name="events")
