"""Cards that the provider keeps for a person. No number of a card is here, nor anywhere else on this server (CARD-3)."""

from datetime import date
from typing import ClassVar

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.codes import new_code, random_code
from opscom.lib.dates import day_before
from opscom.lib.events import StateEvent
from opscom.lib.states import StateModel
from payments.models.method import PaymentMethod


class CardPurpose(models.TextChoices):
    """What a stored card may pay."""

    SUBSCRIPTION = "subscription", _("Payment Subscription")
    PARKING = "parking", _("Payment Subscription and temporary parking")


def setup_code() -> str:
    """The reference that a provider gets: its idempotency key and the return address are made of it."""
    return random_code(20)


class StoredCardQuerySet(models.QuerySet["StoredCard"]):
    """Questions about stored cards."""

    def for_user(self, user: object) -> "StoredCardQuerySet":
        """That person's."""
        return self.filter(user=user)

    def kept(self) -> "StoredCardQuerySet":
        """Those that may be charged, the primary one first."""
        return self.filter(state=StoredCard.State.STORED).order_by("-primary", "-pk")


class StoredCard(StateModel):
    """What we may know of a card: whose it is, how it looks, and by which name the provider charges it. `series_ref` links
    what is charged to the person's first consent."""

    class State(models.TextChoices):
        STORED = "stored", _("Stored")
        REMOVING = "removing", _("Being removed")
        REMOVED = "removed", _("Removed")

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="stored_cards"
    )
    provider = models.SlugField(_("provider"), max_length=20)
    customer_ref = models.CharField(_("customer at the provider"), max_length=120, blank=True)
    token = models.CharField(_("name at the provider"), max_length=120)
    series_ref = models.CharField(_("first consent at the provider"), max_length=120, blank=True)
    brand = models.CharField(_("brand"), max_length=20)
    last4 = models.CharField(_("last four digits"), max_length=4)
    exp_month = models.PositiveSmallIntegerField(_("expires, month"))
    exp_year = models.PositiveSmallIntegerField(_("expires, year"))
    purpose = models.CharField(
        _("may pay"), max_length=12, choices=CardPurpose.choices, default=CardPurpose.SUBSCRIPTION
    )
    primary = models.BooleanField(_("primary"), default=False)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.STORED, protected=True)
    stored_at = models.DateTimeField(_("stored"), default=timezone.now)

    objects = StoredCardQuerySet.as_manager()

    class Meta:
        verbose_name = _("stored card")
        verbose_name_plural = _("stored cards")
        ordering = ["-stored_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["provider", "token"], name="stored_card_token_once"),
            models.UniqueConstraint(fields=["user"], condition=models.Q(primary=True), name="stored_card_one_primary"),
            models.CheckConstraint(
                name="stored_card_primary_is_stored",
                condition=models.Q(primary=False) | models.Q(state="stored"),
            ),
            models.CheckConstraint(name="stored_card_month", condition=models.Q(exp_month__gte=1, exp_month__lte=12)),
        ]
        indexes = [
            models.Index(fields=["-stored_at", "-id"], name="stored_card_newest"),
            models.Index(fields=["state"], name="stored_card_removing", condition=models.Q(state="removing")),
            models.Index(fields=["exp_year", "exp_month"], name="stored_card_expiry"),
        ]

    def __str__(self) -> str:
        return f"{self.brand} •••• {self.last4}"

    @property
    def expires_before(self) -> date:
        """The first day on which it can no longer pay: a card is good through the last day of its month."""
        return date(self.exp_year + self.exp_month // 12, self.exp_month % 12 + 1, 1)

    @property
    def last_day(self) -> date:
        """The last day on which it can pay, as people say it."""
        return day_before(self.expires_before)

    @property
    def expiry(self) -> str:
        """As it stands on the card, for example 04/29."""
        return f"{self.exp_month:02d}/{self.exp_year % 100:02d}"

    @transition(field=state, source=State.STORED, target=State.REMOVING)
    def discard(self) -> None:
        """The person, or the office, does not want it kept; the provider is still to be told."""

    @transition(field=state, source=[State.STORED, State.REMOVING], target=State.REMOVED)
    def forget(self) -> None:
        """The provider does not keep it any more."""

    @transition(field=state, source=[State.REMOVING, State.REMOVED], target=State.STORED)
    def store_again(self) -> None:
        """The person stored the same card anew."""


class StoredCardEvent(StateEvent):
    """History of a stored card."""

    card = models.ForeignKey(StoredCard, on_delete=models.CASCADE, related_name="events")


class CardSetup(StateModel):
    """One attempt to store a card on the provider's page. The provider alone knows how it ends."""

    class State(models.TextChoices):
        OPEN = "open", _("At the card page")
        STORED = "stored", _("Stored")
        FAILED = "failed", _("Declined")
        EXPIRED = "expired", _("Not finished")

    RESULTS: ClassVar[dict[str, str]] = {"declined": "fail", "cancelled": "expire", "expired": "expire"}

    code = models.CharField(_("reference"), max_length=20, unique=True, default=setup_code, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="card_setups"
    )
    provider = models.SlugField(_("provider"), max_length=20)
    customer_ref = models.CharField(_("customer at the provider"), max_length=120, blank=True)
    provider_ref = models.CharField(_("provider's reference"), max_length=120, blank=True)
    purpose = models.CharField(_("may pay"), max_length=12, choices=CardPurpose.choices)
    language = models.CharField(_("language"), max_length=5, default="en")
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.OPEN, protected=True)
    card = models.ForeignKey(
        StoredCard,
        verbose_name=_("stored card"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="setups",
    )
    created_at = models.DateTimeField(_("started"), default=timezone.now)
    expires_at = models.DateTimeField(_("card page closes"))

    class Meta:
        verbose_name = _("attempt to store a card")
        verbose_name_plural = _("attempts to store a card")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["user", "purpose"], condition=models.Q(state="open"), name="card_setup_one_open"
            ),
        ]
        indexes = [
            models.Index(fields=["-created_at", "-id"], name="card_setup_newest"),
            models.Index(fields=["created_at"], name="card_setup_open", condition=models.Q(state="open")),
        ]

    def __str__(self) -> str:
        return self.code

    @transition(field=state, source=[State.OPEN, State.FAILED, State.EXPIRED], target=State.STORED)
    def store(self) -> None:
        """The provider keeps the card."""

    @transition(field=state, source=State.OPEN, target=State.FAILED)
    def fail(self) -> None:
        """The bank said no."""

    @transition(field=state, source=State.OPEN, target=State.EXPIRED)
    def expire(self) -> None:
        """Nobody finished it."""


class CardSetupEvent(StateEvent):
    """History of an attempt to store a card."""

    setup = models.ForeignKey(CardSetup, on_delete=models.CASCADE, related_name="events")


class OfficeArrangement(models.Model):
    """Payroll Deduction, EFT and the like: how a person pays by an arrangement that the office alone makes (CARD-6)."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="arrangements"
    )
    method = models.ForeignKey(
        PaymentMethod, verbose_name=_("payment method"), to_field="code", on_delete=models.PROTECT, related_name="+"
    )
    comment = models.CharField(_("comment"), max_length=200, blank=True, help_text=_("The person sees it."))
    active = models.BooleanField(_("in use"), default=True)
    created_at = models.DateTimeField(_("set up"), default=timezone.now)

    class Meta:
        verbose_name = _("office arrangement")
        verbose_name_plural = _("office arrangements")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["user", "method"], condition=models.Q(active=True), name="arrangement_once")
        ]

    def __str__(self) -> str:
        return f"{self.method}: {self.user}"
