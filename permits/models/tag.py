"""Hang tags that the office makes: picked up at its counter, or posted."""

from typing import ClassVar

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.events import StateEvent
from opscom.lib.states import StateModel
from permits.models.permit import Permit


class HangTag(StateModel):
    """One tag of a permit that somebody waits for. A permit has one at a time that is not out yet."""

    class Way(models.TextChoices):
        PICK_UP = "pick_up", _("Pick up")
        POST = "post", _("Post")

    class State(models.TextChoices):
        WANTED = "wanted", _("Waits for the payment")
        TO_MAKE = "to_make", _("To make")
        MADE = "made", _("Made")
        OUT = "out", _("Posted or handed over")
        DROPPED = "dropped", _("Not wanted any more")

    OPEN: ClassVar[list[str]] = [State.TO_MAKE, State.MADE]

    permit = models.ForeignKey(Permit, verbose_name=_("permit"), on_delete=models.PROTECT, related_name="tags")
    way = models.CharField(_("how it gets to its holder"), max_length=10, choices=Way.choices)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.TO_MAKE, protected=True)
    address = models.TextField(_("address"), blank=True, help_text=_("As it stood when it was asked for."))
    asked_at = models.DateTimeField(_("asked for"), default=timezone.now)

    class Meta:
        verbose_name = _("hang tag")
        verbose_name_plural = _("hang tags")
        ordering = ["asked_at", "pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["permit"], condition=models.Q(state__in=["to_make", "made"]), name="tag_one_at_a_time"
            ),
            models.CheckConstraint(
                name="tag_posted_somewhere", condition=~models.Q(way="post", address="") | models.Q(state="dropped")
            ),
        ]
        indexes = [
            models.Index(fields=["asked_at", "id"], name="hang_tag_oldest"),
            models.Index(fields=["asked_at"], name="tag_to_do", condition=models.Q(state__in=["to_make", "made"])),
        ]

    def __str__(self) -> str:
        return str(self.permit)

    @transition(field=state, source=State.WANTED, target=State.TO_MAKE)
    def ask(self) -> None:
        """The permit is paid."""

    @transition(field=state, source=State.TO_MAKE, target=State.MADE)
    def make(self) -> None:
        """It lies in the office."""

    @transition(field=state, source=State.MADE, target=State.OUT)
    def send_out(self) -> None:
        """It is posted, or in its holder's hand."""

    @transition(field=state, source=[State.WANTED, *OPEN], target=State.DROPPED)
    def drop(self) -> None:
        """Its holder wants it otherwise, or the permit is over."""


class HangTagEvent(StateEvent):
    """History of a hang tag."""

    tag = models.ForeignKey(HangTag, on_delete=models.CASCADE, related_name="events")
