"""Temporary permits, closures, checks of plates and waitlists."""

from decimal import Decimal

from django.core.exceptions import ValidationError
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import PriceField

PASS_HOURS = 24


class ParkingFields(models.Model):
    temporary_permits = models.BooleanField(
        _("temporary permits"),
        default=True,
        help_text=_(
            "Permits by the hour or the day. Off: Temporary disappears from Permits; what is sold stays valid."
        ),
    )
    temporary_step = models.PositiveSmallIntegerField(
        _("temporary permits, steps in minutes"),
        choices=[(minutes, str(minutes)) for minutes in (5, 10, 15, 20, 30, 60)],
        default=15,
        help_text=_("Temporary permits start and end at full hours and so many minutes after."),
    )
    temporary_grace = models.PositiveSmallIntegerField(
        _("temporary permits, late start in minutes"),
        default=15,
        validators=[MaxValueValidator(60)],
        help_text=_("How long ago the start of a new temporary permit may lie, so that one can buy it once parked."),
    )
    temporary_reminder = models.PositiveSmallIntegerField(
        _("temporary permits, reminder in minutes"),
        default=60,
        validators=[MaxValueValidator(1440)],
        help_text=_("How long before a temporary permit ends its holder gets an e-mail. 0: nobody does."),
    )
    closure_days = models.PositiveSmallIntegerField(
        _("closures shown before, days"),
        default=7,
        validators=[MaxValueValidator(60)],
        help_text=_("From how many days before its start a closure or event stands on the lot's card and on permits."),
    )
    show_free_places = models.BooleanField(
        _("show free places"),
        default=True,
        help_text=_("Users see how many places a lot has left; off, only whether it is full."),
    )
    plate_grace_minutes = models.PositiveSmallIntegerField(
        _("plate check, grace minutes"),
        default=15,
        validators=[MaxValueValidator(240)],
        help_text=_("How long after a permit ends enforcement still sees its plates as covered. 0: no longer."),
    )
    plate_other_minutes = models.PositiveSmallIntegerField(
        _("plate check, other plate, minutes"),
        default=60,
        validators=[MaxValueValidator(1440)],
        help_text=_(
            "Two plates of one permit that are checked within so many minutes are pointed out: one may be parked at a time. "
            "0: never."
        ),
    )
    neighbours_ask = models.BooleanField(
        _("permit holders ask about other cars"),
        default=False,
        help_text=_(
            "Who holds a permit for a lot learns yes or no about any plate there, ten times an hour at most; it is in the log of "
            "checks. Off: people ask about their own vehicles only."
        ),
    )
    plate_check_days = models.PositiveSmallIntegerField(
        _("plate checks, retention, days"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(730)],
        help_text=_(
            "After so many days plates and permits are taken out of the log of checks, every night. The counts stay."
        ),
    )
    waitlists_enabled = models.BooleanField(
        _("waitlists"),
        default=True,
        help_text=_(
            "Off: Join Waitlist and My waitlists disappear, and no place is offered. Who waits keeps the order."
        ),
    )
    waitlist_most = models.PositiveSmallIntegerField(
        _("waitlists a person"),
        default=3,
        validators=[MinValueValidator(1), MaxValueValidator(50)],
        help_text=_("On how many waitlists one person may be at a time."),
    )
    waitlist_keep_better = models.BooleanField(
        _("keep better choices"),
        default=True,
        help_text=_(
            "Who takes a place stays on the waitlists that they ranked before it. Off: they leave all their waitlists."
        ),
    )
    waitlist_exchange = models.BooleanField(
        _("a better place takes the first one's"),
        default=True,
        help_text=_(
            "Who has a permit and is offered a place of these days can exchange the one for the other, and what is unused of "
            "the first counts. Off: the first permit is kept beside the new one."
        ),
    )
    visitor_hours = models.BooleanField(
        _("visitor hours"),
        default=False,
        help_text=_(
            "Users buy hours and book their visitors' plates with them, where a temporary permit takes them. Off: Visitors "
            "disappears from Permits; what is booked stays valid."
        ),
    )
    visitor_passes = models.BooleanField(
        _("visitor hours are day passes"),
        default=False,
        help_text=_(
            "On: every 24 hours of them are a pass for one day, and a visit takes a whole pass for each day begun. Give the hours "
            "below as 24 for each pass: 120 are five."
        ),
    )
    visitor_block_hours = models.PositiveSmallIntegerField(
        _("visitor hours, sold at a time"),
        default=10,
        validators=[MinValueValidator(1), MaxValueValidator(1000)],
        help_text=_("How many hours one purchase gives."),
    )
    visitor_block_price = PriceField(
        _("visitor hours, price"),
        default=Decimal("10.00"),
        validators=[MinValueValidator(Decimal("0.01"))],
        help_text=_("What one purchase costs, before taxes."),
    )
    visitor_hours_year = models.PositiveSmallIntegerField(
        _("visitor hours, most in a year"),
        default=100,
        help_text=_("How many hours a person may buy in a calendar year. 0: any number."),
    )
    visitor_hours_days = models.PositiveSmallIntegerField(
        _("visitor hours, valid for days"),
        default=365,
        validators=[MinValueValidator(1), MaxValueValidator(1830)],
        help_text=_("Counted from the day of the purchase. What is not parked by then expires."),
    )

    class Meta:
        abstract = True

    def clean(self) -> None:
        """What is sold to visitors' hosts must be something that they can buy and use."""
        super().clean()
        sold, year = self.visitor_block_hours or 0, self.visitor_hours_year or 0
        if 0 < year < sold:
            words = _(
                "Nobody could buy any: one purchase gives %(hours)s. Enter as many at least, or 0 for any number."
            )
            raise ValidationError({"visitor_hours_year": words % {"hours": sold}})
        if self.visitor_passes and (sold % PASS_HOURS or year % PASS_HOURS):
            words = _(
                "A pass is 24 hours: enter multiples of 24 for what is sold at a time and for the most in a year."
            )
            raise ValidationError({"visitor_passes": words})
