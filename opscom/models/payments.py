"""Money: promises, refunds, stored cards and what renews itself."""

from decimal import Decimal

from django.core.validators import MaxValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import PriceField


class PaymentFields(models.Model):
    promise_days = models.PositiveSmallIntegerField(
        _("promise, days"),
        default=5,
        validators=[MaxValueValidator(60)],
        help_text=_("By when cash or a cheque must reach the office; users see this date."),
    )
    promise_grace_days = models.PositiveSmallIntegerField(
        _("promise, grace days"),
        default=3,
        validators=[MaxValueValidator(60)],
        help_text=_("How many days longer the place is kept. Users do not see it."),
    )
    refund_limit = PriceField(
        _("refund limit"),
        default=Decimal("100.00"),
        help_text=_("What one member of staff may refund of a payment alone. Above it a second person must approve."),
    )
    stored_cards = models.BooleanField(
        _("stored cards"),
        default=True,
        help_text=_(
            "Users store cards at the card provider, and monthly permits renew themselves on them. Off: Manage Credit Cards "
            "and Permit Rollover disappear, and nothing is charged."
        ),
    )
    stored_cards_for_parking = models.BooleanField(
        _("stored cards for temporary parking"),
        default=False,
        help_text=_("A stored card may also pay temporary parking. Off: it pays subscriptions only."),
    )
    rollover_automatic = models.BooleanField(
        _("automatic rollover"),
        default=True,
        help_text=_("Permits that renew themselves are charged every day as they fall due. Off: when staff start it."),
    )
    rollover_days_before = models.PositiveSmallIntegerField(
        _("rollover, days before"),
        default=3,
        validators=[MaxValueValidator(14)],
        help_text=_("How long before a permit ends its next month is charged, at the price of that day."),
    )
    rollover_price_days = models.PositiveSmallIntegerField(
        _("rollover, notice of a new price, days"),
        default=14,
        validators=[MaxValueValidator(60)],
        help_text=_("How long before its renewal the holder hears of a price that differs from the last one."),
    )
    rollover_grace_days = models.PositiveSmallIntegerField(
        _("rollover, grace days"),
        default=7,
        validators=[MaxValueValidator(27)],
        help_text=_("How long a permit stays valid when its renewal could not be charged; then it lapses."),
    )
    rollover_needs_no_fines = models.BooleanField(
        _("rollover without overdue tickets only"),
        default=False,
        help_text=_("On: a permit whose holder owes an overdue ticket is not renewed."),
    )
    payroll_email = models.EmailField(
        _("Payroll Notification Email"),
        blank=True,
        help_text=_("Hears of every payment by payroll deduction once it is processed. Empty: nobody does."),
    )
    bounced_cheque_fee = PriceField(
        _("fee for a bounced cheque"),
        default=Decimal("0.00"),
        help_text=_("Charged to the payer when a cheque bounces. 0: no fee."),
    )

    class Meta:
        abstract = True
