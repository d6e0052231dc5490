"""Payments that the card's holder disputes at the bank (RULES 38, 39)."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.events import StateEvent
from opscom.lib.money import PriceField
from opscom.lib.states import StateModel
from payments.models.payment import Payment


class Dispute(StateModel):
    """What the provider says about one dispute. While it is open, nothing of its payment is refunded; once it is lost, the
    money is gone and stands in the books as a refund made at the provider. What was bought stays."""

    class State(models.TextChoices):
        OPEN = "open", _("Open")
        WON = "won", _("Won")
        LOST = "lost", _("Lost")

    payment = models.ForeignKey(Payment, verbose_name=_("payment"), on_delete=models.PROTECT, related_name="disputes")
    provider_ref = models.CharField(_("provider's reference"), max_length=120, unique=True)
    amount = PriceField(_("amount"))
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.OPEN, protected=True)
    opened_at = models.DateTimeField(_("opened"), default=timezone.now)

    class Meta:
        verbose_name = _("dispute")
        verbose_name_plural = _("disputes")
        ordering = ["-opened_at", "-pk"]
        indexes = [models.Index(fields=["-opened_at", "-id"], name="dispute_newest")]

    def __str__(self) -> str:
        return self.provider_ref

    @transition(field=state, source=[State.OPEN, State.LOST], target=State.WON)
    def win(self) -> None:
        """The bank gives the money to the office."""

    @transition(field=state, source=State.OPEN, target=State.LOST)
    def lose(self) -> None:
        """The bank gives the money to the card's holder."""


class DisputeEvent(StateEvent):
    """History of a dispute."""

    dispute = models.ForeignKey(Dispute, on_delete=models.CASCADE, related_name="events")
