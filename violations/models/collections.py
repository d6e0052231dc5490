"""Tickets that a collection agency has: which, for how much, and what came of them."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.events import StateEvent
from opscom.lib.money import PriceField
from opscom.lib.states import StateModel
from payments.models import Payment
from violations.models.violation import Violation


class CollectionsBatch(models.Model):
    """What went to the agency as one file, which is always the same."""

    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("made"), default=timezone.now)
    fetched_at = models.DateTimeField(_("file fetched"), null=True, editable=False)

    class Meta:
        verbose_name = _("file for the collection agency")
        verbose_name_plural = _("files for the collection agency")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.pk} · {timezone.localtime(self.made_at):%Y-%m-%d %H:%M}"


class CollectionsCase(StateModel):
    """One ticket at the agency, with name and address as they were given to it. A ticket is there once at a time."""

    class State(models.TextChoices):
        OUT = "out", _("At the agency")
        PAID = "paid", _("Paid")
        RECALLED = "recalled", _("Recalled")

    batch = models.ForeignKey(CollectionsBatch, verbose_name=_("file"), on_delete=models.PROTECT, related_name="cases")
    violation = models.ForeignKey(
        Violation, verbose_name=_("violation"), on_delete=models.PROTECT, related_name="collections"
    )
    amount = PriceField(_("owed when it was sent"))
    name = models.CharField(_("name"), max_length=120)
    address = models.TextField(_("address"), max_length=400, blank=True)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.OUT, protected=True)

    class Meta:
        verbose_name = _("ticket at the collection agency")
        verbose_name_plural = _("tickets at the collection agency")
        ordering = ["-pk"]
        constraints = [
            models.UniqueConstraint(name="collections_out_once", fields=["violation"], condition=Q(state="out")),
        ]

    def __str__(self) -> str:
        return self.violation.number

    @transition(field=state, source=State.OUT, target=State.PAID)
    def pay(self) -> None:
        """All of it is paid, by way of the agency or not."""

    @transition(field=state, source=State.OUT, target=State.RECALLED)
    def recall(self) -> None:
        """The office has it back."""


class CollectionsCaseEvent(StateEvent):
    """History of a ticket at the agency."""

    case = models.ForeignKey(CollectionsCase, on_delete=models.CASCADE, related_name="events")


class CollectionsPayment(models.Model):
    """Money that the agency passed on for one ticket: once for each of its references."""

    case = models.ForeignKey(
        CollectionsCase, verbose_name=_("ticket"), on_delete=models.PROTECT, related_name="payments"
    )
    reference = models.CharField(_("reference of the agency"), max_length=60, unique=True)
    amount = PriceField(_("amount"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    payment = models.OneToOneField(
        Payment, verbose_name=_("payment"), null=True, on_delete=models.PROTECT, related_name="+"
    )

    class Meta:
        verbose_name = _("payment of the collection agency")
        verbose_name_plural = _("payments of the collection agency")
        ordering = ["at", "pk"]

    def __str__(self) -> str:
        return self.reference
