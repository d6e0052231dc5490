"""Money: promises, refunds, stored cards and what renews itself."""

from decimal import Decimal

from django.core.validators import MaxValueValidator, MinValueValidator
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
    payment_plans = models.BooleanField(
        _("payment plans"),
        default=False,
        help_text=_(
            "People pay what they owe for tickets and fees in monthly instalments, and no late fee is added meanwhile. Off: "
            "nobody can agree to a plan; those that run go on."
        ),
    )
    plan_least = PriceField(
        _("payment plan, least owed"),
        default=Decimal("100.00"),
        help_text=_("For less than this nobody makes a plan without the office."),
    )
    plan_most = PriceField(
        _("payment plan, most owed"),
        default=Decimal("2000.00"),
        help_text=_("For more than this nobody makes a plan without the office. 0: any sum."),
    )
    plan_instalments = models.PositiveSmallIntegerField(
        _("payment plan, most instalments"),
        default=6,
        validators=[MinValueValidator(2), MaxValueValidator(24)],
        help_text=_("Into how many monthly instalments a person may divide it. The office may offer more."),
    )
    plan_first_percent = models.PositiveSmallIntegerField(
        _("payment plan, paid at once, percent"),
        default=0,
        validators=[MaxValueValidator(90)],
        help_text=_(
            "How much of it the first instalment is, due on the day of the agreement. 0: the first is due a month later."
        ),
    )
    plan_grace_days = models.PositiveSmallIntegerField(
        _("payment plan, grace days"),
        default=7,
        validators=[MaxValueValidator(27)],
        help_text=_("How long after its day an instalment may still be paid; then the plan ends."),
    )
    plan_catch_up = models.BooleanField(
        _("payment plan, late fees follow a default"),
        default=False,
        help_text=_(
            "What a plan that is not kept does. On: the late fees that it held back are added at once. Off: the days of the plan "
            "do not count, and late fees go on from its end."
        ),
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
