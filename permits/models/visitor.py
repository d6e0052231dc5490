"""Hours of parking for visitors: bought in blocks, spent on bookings, and what is left given back. How many somebody has is a
sum of rows, never a stored number."""

from datetime import date
from decimal import ROUND_CEILING, ROUND_DOWN, Decimal

from django.conf import settings
from django.db import models
from django.db.models import F, OuterRef, Q, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.codes import new_code
from opscom.lib.dates import day_before, written_hours
from opscom.lib.money import CENT, ZERO, MoneyField
from payments.models import Charge, Refund
from permits.models.permit import Permit
from vehicles.models import Vehicle


class VisitorPlate(models.Model):
    """A visitor whom somebody expects again: a plate under a name."""

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="visitor_plates"
    )
    vehicle = models.ForeignKey(
        Vehicle, verbose_name=_("vehicle"), on_delete=models.PROTECT, related_name="visitor_plates"
    )
    name = models.CharField(_("name"), max_length=60)

    class Meta:
        verbose_name = _("visitor's plate")
        verbose_name_plural = _("visitors' plates")
        ordering = ["name", "pk"]
        constraints = [models.UniqueConstraint(fields=["user", "vehicle"], name="visitor_plate_once")]

    def __str__(self) -> str:
        return f"{self.name}, {self.vehicle}"


class HourBlockQuerySet(models.QuerySet["HourBlock"]):
    """Questions about blocks of hours."""

    def for_user(self, user: object) -> "HourBlockQuerySet":
        """That person's."""
        return self.filter(user=user)

    def paid(self) -> "HourBlockQuerySet":
        """Those whose hours are there, paid or granted by the office: what was taken back by the bank is not."""
        return self.filter(Q(charge__state=Charge.State.SETTLED) | Q(granted_by__isnull=False))

    def usable_on(self, day: date) -> "HourBlockQuerySet":
        """Paid ones that have not expired by that day, the first to expire first."""
        return self.paid().filter(ends_before__gt=day).order_by("ends_before", "pk")

    def with_left(self) -> "HourBlockQuerySet":
        """With what `left` and `worth` need. One query."""
        back = Refund.objects.counted().filter(charge=OuterRef("charge")).order_by().values("charge")
        return self.annotate(
            parked=-Coalesce(Sum("entries__minutes", filter=Q(entries__permit__isnull=False)), 0),
            taken_back=-Coalesce(Sum("entries__minutes", filter=Q(entries__permit=None)), 0),
            cost=F("charge__amount"),
            refunded=Coalesce(Subquery(back.annotate(n=Sum("amount")).values("n")), ZERO, output_field=MoneyField()),
        )


class HourBlock(models.Model):
    """Hours that somebody bought at once, or that the office granted. They are there while the charge is paid, until before
    a day, and go with what of it is refunded. The charge of granted hours is void: it says what they are worth, and nobody
    owes it."""

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="hour_blocks"
    )
    charge = models.OneToOneField(Charge, verbose_name=_("charge"), on_delete=models.PROTECT, related_name="+")
    minutes = models.PositiveIntegerField(_("minutes"))
    ends_before = models.DateField(_("expires before"))
    bought_at = models.DateTimeField(_("bought"), default=timezone.now)
    granted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("granted by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = HourBlockQuerySet.as_manager()
    parked: int
    taken_back: int
    cost: Decimal
    refunded: Decimal

    class Meta:
        verbose_name = _("block of visitor hours")
        verbose_name_plural = _("visitor hours")
        ordering = ["-bought_at", "-pk"]
        indexes = [models.Index(fields=["-bought_at", "-id"], name="hour_block_newest")]
        constraints = [models.CheckConstraint(name="hour_block_positive", condition=Q(minutes__gt=0))]

    def __str__(self) -> str:
        return str(self.charge)

    @property
    def last_day(self) -> date:
        """The last day on which its hours can be parked."""
        return day_before(self.ends_before)

    @property
    def left(self) -> int:
        """The minutes that can still be parked; a refund is for those that the office took back, as far as there are some.
        Needs `with_left()`."""
        refunded = (self.minutes * self.refunded / self.cost).to_integral_value(ROUND_CEILING)
        return max(0, self.minutes - self.parked - max(self.taken_back, int(refunded)))

    @property
    def worth(self) -> Decimal:
        """What of their price can go back: not what was paid for the minutes that are parked or booked. Needs
        `with_left()`."""
        unspent = (self.cost * (self.minutes - self.parked) / self.minutes).quantize(CENT, ROUND_DOWN)
        return ZERO if self.granted_by_id else max(ZERO, unspent - self.refunded)


class HourEntry(models.Model):
    """Minutes that were taken out of a block (less than 0) or came back, never changed. Without a permit, the office did
    it and says why."""

    block = models.ForeignKey(HourBlock, verbose_name=_("block"), on_delete=models.PROTECT, related_name="entries")
    permit = models.ForeignKey(
        Permit, verbose_name=_("permit"), null=True, blank=True, on_delete=models.PROTECT, related_name="hours"
    )
    minutes = models.IntegerField(_("minutes"))
    at = models.DateTimeField(_("when"))
    reason = models.CharField(_("reason"), max_length=200, blank=True)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")

    class Meta:
        verbose_name = _("use of visitor hours")
        verbose_name_plural = _("use of visitor hours")
        ordering = ["at", "pk"]
        constraints = [models.CheckConstraint(name="hour_entry_something", condition=~Q(minutes=0))]

    def __str__(self) -> str:
        return ("−" if self.minutes < 0 else "+") + written_hours(abs(self.minutes))
