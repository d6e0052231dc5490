"""Permits and vehicles, and what holders do with them themselves."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator, RegexValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop

from opscom.lib.dates import DAY
from opscom.lib.money import PriceField


class PermitFields(models.Model):
    class CancelRefund(models.TextChoices):
        NOTHING = "nothing", _("Nothing")
        DAY = "day", _("The days left")
        MONTH = "month", _("The whole months left")
        STEPS = "steps", _("A percentage that falls in steps")

    class ExchangeValue(models.TextChoices):
        DAYS = "days", _("The days left")
        CANCEL = "cancel", _("What a cancellation would give back")

    vehicle_disclaimer = models.TextField(
        _("vehicle disclaimer"),
        default=gettext_noop("I am the owner of this vehicle or may use it, and I keep its details up to date."),
        help_text=_("Agreed to before a vehicle is added."),
    )
    permit_disclaimer = models.TextField(
        _("permit disclaimer"),
        default=gettext_noop(
            "A permit gives a place in its lot, not a certain space. The rules of the lot hold at all times."
        ),
        blank=True,
        help_text=_("Agreed to before permits are shown. Empty: no disclaimer."),
    )
    print_once = models.BooleanField(
        _("printing happens once"),
        default=True,
        help_text=_(
            "A holder prints a permit once, and again only when it is lost, changed, or the office allows it. Off: as often "
            "as they like, each copy with its number."
        ),
    )
    copy_fee = PriceField(
        _("fee for a lost or stolen permit"),
        default=Decimal("0.00"),
        help_text=_(
            "Owed by whoever reports the printed copy lost or stolen and gets a new one. Where the office allows another "
            "print, nothing is. 0: no fee."
        ),
    )
    print_text = models.TextField(
        _("text on printed permits"),
        blank=True,
        max_length=300,
        help_text=_("Stands at the foot of every printed permit, in its language. Empty: nothing more stands there."),
    )
    hold_minutes = models.PositiveSmallIntegerField(
        _("hold, minutes"),
        default=15,
        validators=[MinValueValidator(5), MaxValueValidator(4320)],
        help_text=_(
            "How long a reserved place waits for its payment before others may take it. Temporary parking, visitor hours and "
            "lockers wait a day at most."
        ),
    )
    permits_per_person = models.PositiveSmallIntegerField(
        _("permits of one person"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
        help_text=_(
            "How many standard permits a person may hold at the same time, in all lots together. Empty: any number."
        ),
    )
    cancelling = models.BooleanField(
        _("cancelling permits"),
        default=True,
        help_text=_("Holders cancel their own permits. Off: Cancel Permit disappears and its page answers 404."),
    )
    cancel_refund = models.CharField(
        _("cancelled permit, refund"),
        max_length=10,
        choices=CancelRefund.choices,
        default=CancelRefund.DAY,
        help_text=_(
            "What its holder gets back of a paid permit. The day, or month, of the cancellation counts as used."
        ),
    )
    cancel_step_days = models.PositiveSmallIntegerField(
        _("cancelled permit, days of a step"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
        help_text=_("For a percentage that falls in steps: how long each lasts, from the first day of the permit on."),
    )
    cancel_step_percent = models.PositiveSmallIntegerField(
        _("cancelled permit, percent less with each step"),
        default=25,
        validators=[MinValueValidator(1), MaxValueValidator(100)],
        help_text=_("25: three quarters come back during the first step, half during the second, and so on."),
    )
    cancel_full_days = models.PositiveSmallIntegerField(
        _("cancelled permit, days with everything back"),
        default=3,
        validators=[MaxValueValidator(366)],
        help_text=_(
            "For so many days from the first one all is refunded, without a fee. 0: only before the first day."
        ),
    )
    cancel_fee = PriceField(
        _("cancelled permit, fee"),
        default=Decimal("0.00"),
        help_text=_("Kept of what is refunded afterwards, at most all of it."),
    )
    cancel_least = PriceField(
        _("cancelled permit, least refund"),
        default=Decimal("0.00"),
        help_text=_("Where less than this would come back after the fee, nothing does. 0: every sum is refunded."),
    )
    exchanging = models.BooleanField(
        _("exchanging permits"),
        default=True,
        help_text=_("Holders exchange a paid permit for one in another lot. Off: Exchange disappears."),
    )
    exchange_value = models.CharField(
        _("exchanged permit, what counts"),
        max_length=10,
        choices=ExchangeValue.choices,
        default=ExchangeValue.DAYS,
        help_text=_(
            "How much of the old permit's price counts for the new one. Its holder pays or gets the difference."
        ),
    )
    exchange_fee = PriceField(
        _("exchanged permit, fee"),
        default=Decimal("0.00"),
        help_text=_("Owed on top of the difference once the new permit has taken the place of the old one. 0: no fee."),
    )
    ban_months = models.CharField(
        _("lost privileges, months"),
        max_length=40,
        default="3, 6, 0",
        validators=[RegexValidator(r"^\d{1,3}(\s*,\s*\d{1,3})*$", _("Write numbers of months with commas: 3, 6, 0"))],
        help_text=_(
            "For how long a person gets no permits the first time that staff say so, the second, and so on; the last one also "
            "later. 0: for good."
        ),
    )
    permit_reminder_days = models.PositiveSmallIntegerField(
        _("permit reminder, days"),
        default=5,
        validators=[MaxValueValidator(60)],
        help_text=_("How long before a permit ends its holder gets an e-mail. 0: nobody does."),
    )
    permit_plates = models.PositiveSmallIntegerField(
        _("plates of a permit, at most"),
        default=4,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("How many plates one permit may have, of which one is parked at a time."),
    )
    plate_changes = models.PositiveSmallIntegerField(
        _("changed plates a month"),
        default=5,
        validators=[MaxValueValidator(100)],
        help_text=_("How many plates a holder may put on a permit in a calendar month. 0: only the office does."),
    )
    plate_fee = PriceField(
        _("fee for each further plate"),
        default=Decimal("0.00"),
        help_text=_("A holder may put on more plates than that, and owes so much for each. 0: no more than that."),
    )
    courtesy_days = models.PositiveSmallIntegerField(
        _("courtesy car, days"),
        default=14,
        validators=[MaxValueValidator(92)],
        help_text=_("How long a courtesy car may use a permit at a time. 0: Courtesy Car disappears."),
    )
    courtesy_times = models.PositiveSmallIntegerField(
        _("courtesy car, times a year"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("How often in twelve months a holder may put a courtesy car on one permit."),
    )

    class Meta:
        abstract = True

    @property
    def short_hold_minutes(self) -> int:
        """Of what is used within days."""
        return min(self.hold_minutes, DAY)
