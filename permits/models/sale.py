"""What is sold of a lot, when, and for how much."""

from datetime import date, datetime

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.db.models import Exists, OuterRef
from django.utils.translation import gettext_lazy as _

from accounts.models import UserType
from forms_module.models import FormDefinition
from opscom.lib.codes import new_code
from opscom.lib.money import PriceField
from opscom.lib.proration import Proration
from opscom.lib.weektimes import check_times
from permits.models.lot import Lot, LotGroup, SpaceKind


class PermitType(models.Model):
    """A kind of permit for a lot."""

    class Kind(models.TextChoices):
        STANDARD = "standard", _("Standard")
        TEMPORARY = "temporary", _("Temporary")

    class Layout(models.TextChoices):
        HANG_TAG = "hang_tag", _("Hang tag")
        A6 = "a6", _("A6 card")
        LETTER = "letter", _("Letter page")

    class Counted(models.TextChoices):
        TYPE = "type", _("Permits of this type")
        LOT = "lot", _("Permits in the same lot")
        GROUP = "group", _("Permits in the same group of lots")
        ALL = "all", _("All permits")

    class Yearly(models.TextChoices):
        """Whose days of a year are counted."""

        PLATE = "plate", _("a vehicle")
        PERSON = "person", _("a person")
        HOUSEHOLD = "household", _("a household")

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    lot = models.ForeignKey(Lot, verbose_name=_("lot"), on_delete=models.PROTECT, related_name="permit_types")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices, default=Kind.STANDARD)
    name = models.CharField(_("name"), max_length=80)
    prefix = models.CharField(
        _("number prefix"), max_length=6, help_text=_("Permit numbers start with it, for example Y for Y-20418.")
    )
    first_number = models.PositiveIntegerField(_("first number"), default=1)
    space_kind = models.CharField(
        _("kind of space"),
        max_length=10,
        choices=SpaceKind.choices,
        default=SpaceKind.STANDARD,
        help_text=_("Shown with the permit. How many there are to sell is the allocation."),
    )
    numbered = models.BooleanField(
        _("numbers from stock"),
        default=False,
        help_text=_(
            "On: every permit gets the lowest number that is free among the type's permit numbers, and only as many are sold "
            "as there are good ones. Off: numbers run on from the first one."
        ),
    )
    allocation = models.PositiveIntegerField(
        _("allocation"),
        null=True,
        blank=True,
        help_text=_("How many of the lot's spaces this type may take at a time. Empty: as many as the lot has."),
    )
    proration = models.CharField(
        _("price of a late purchase"),
        max_length=10,
        choices=Proration.choices,
        default=Proration.NONE,
        help_text=_("What is asked of somebody who buys after a sales window's permits have begun to be valid."),
    )
    per_window = models.PositiveSmallIntegerField(
        _("permits of one person"),
        default=1,
        validators=[MinValueValidator(1)],
        help_text=_("How many of one sales window a person may hold, each for another plate."),
    )
    household_counts = models.CharField(
        _("household counts"),
        max_length=10,
        choices=Counted.choices,
        blank=True,
        help_text=_(
            "Which permits of a household at the same time make the next one dearer or cheaper by the household steps. Empty: "
            "households do not matter."
        ),
    )
    household_most = models.PositiveSmallIntegerField(
        _("most of a household"),
        null=True,
        blank=True,
        help_text=_("How many of the counted permits a household may hold at the same time. Empty: any number."),
    )
    active = models.BooleanField(_("on sale"), default=True)
    layout = models.CharField(
        _("printed as"),
        max_length=10,
        choices=Layout.choices,
        default=Layout.A6,
        help_text=_("A hang tag goes on the mirror, a card or a page on the dashboard."),
    )
    layout_choice = models.BooleanField(
        _("holder chooses the layout"), default=False, help_text=_("On: Print offers the other layouts too.")
    )
    hourly = PriceField(
        _("price of an hour"),
        null=True,
        blank=True,
        help_text=_(
            "Parts of an hour cost their part. The prices by hour of the week, where there are any, replace it."
        ),
    )
    daily = PriceField(
        _("price of a day"),
        null=True,
        blank=True,
        help_text=_(
            "The most that the hours of a day cost, 24 hours from the start. Without hours, every day begun costs it."
        ),
    )
    weekly = PriceField(
        _("price of a week"),
        null=True,
        blank=True,
        help_text=_("Seven days from the start. It is taken wherever it is cheaper than their days and hours."),
    )
    block_days = models.PositiveSmallIntegerField(
        _("days with a price of their own"),
        null=True,
        blank=True,
        validators=[MinValueValidator(2), MaxValueValidator(366)],
        help_text=_("For example 2 or 30. Taken, like a week, wherever it is cheaper than the same days otherwise."),
    )
    block_price = PriceField(_("price of those days"), null=True, blank=True)
    free = models.BooleanField(
        _("free of charge"),
        default=False,
        help_text=_("On: a temporary permit costs nothing, whatever the prices say, and is valid at once."),
    )
    most_days = models.PositiveSmallIntegerField(
        _("days at most"),
        default=30,
        validators=[MinValueValidator(1), MaxValueValidator(30)],
        help_text=_("How long one temporary permit may be, up to 30 days."),
    )
    office_days = models.PositiveSmallIntegerField(
        _("days at most at the office"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
        help_text=_("How long it may be where staff act for the person. Empty: no longer than for everybody."),
    )
    days_ahead = models.PositiveSmallIntegerField(
        _("sold ahead, days"),
        null=True,
        blank=True,
        validators=[MaxValueValidator(366)],
        help_text=_("How many days before its start it is sold at most. 0: only on its own day. Empty: a year."),
    )
    year_days = models.PositiveSmallIntegerField(
        _("days of a year"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(366)],
        help_text=_("How many days of temporary permits of this type there are a calendar year. Empty: any number."),
    )
    year_counts = models.CharField(
        _("days of a year count for"),
        max_length=10,
        choices=Yearly.choices,
        default=Yearly.PLATE,
        help_text=_("A day is 24 hours from the start, begun or whole. A household is who has the same home address."),
    )
    buffer_minutes = models.PositiveSmallIntegerField(
        _("minutes between two permits"),
        default=0,
        validators=[MaxValueValidator(240)],
        help_text=_(
            "A place rests so long after a temporary permit of this type before the next one of the type begins."
        ),
    )
    takes_hours = models.BooleanField(
        _("visitor hours"),
        default=False,
        help_text=_("On: people book it for their visitors with hours that they bought."),
    )
    needs_form = models.ForeignKey(
        FormDefinition,
        verbose_name=_("approved form"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Only whose answers to this form the office has approved gets a permit. Empty: no form is needed."),
    )
    needs_group = models.ForeignKey(
        LotGroup,
        verbose_name=_("only with a permit for"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_(
            "Only who has a paid standard permit for a lot of this group gets one: it must hold on the first day, and in each "
            "month that Permit Rollover adds. Empty: no other permit is needed."
        ),
    )
    review_days = models.PositiveSmallIntegerField(
        _("days while the form is reviewed"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1), MaxValueValidator(90)],
        help_text=_(
            "Standard permits: who has submitted the form gets the permit at once, at its price, for so many days. Approved "
            "meanwhile, it goes on; refused, or not decided by then, it ends and the days not used are paid back. Empty: only "
            "with an approved form."
        ),
    )
    valid_times = models.TextField(
        _("holds only"),
        blank=True,
        max_length=500,
        validators=[check_times],
        help_text=_(
            "Times at which its permits hold, one to a line, for example mon,wed or 16:30-07:00. Empty: always. Whoever parks at "
            "another time is not covered."
        ),
    )
    print_at_home = models.BooleanField(
        _("holder prints it"), default=True, help_text=_("Off: Print disappears, and the office makes the hang tag.")
    )
    pick_up = models.BooleanField(
        _("hang tag picked up"), default=False, help_text=_("The office makes it, and the holder comes for it.")
    )
    post = models.BooleanField(
        _("hang tag posted"), default=False, help_text=_("The office makes it, and posts it to the holder.")
    )

    class Meta:
        verbose_name = _("permit type")
        verbose_name_plural = _("permit types")
        ordering = ["lot", "name"]
        constraints = [
            models.CheckConstraint(
                name="permit_type_block_whole",
                condition=models.Q(block_days=None, block_price=None)
                | models.Q(block_days__isnull=False, block_price__isnull=False),
                violation_error_message=_("Give the number of days and their price, or neither."),
            )
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def sold_in_review(self) -> bool:
        """Somebody whose form the office has not decided on yet can have it meanwhile."""
        return bool(self.kind == self.Kind.STANDARD and self.needs_form_id and self.review_days)


class SalesWindowQuerySet(models.QuerySet["SalesWindow"]):
    """Questions about sales windows."""

    def for_type(self, user_type: int | OuterRef | None) -> "SalesWindowQuerySet":
        """Windows that sell to people of that type, by its key, as far as their lots do; without user types they sell to all."""
        return self.filter(sold_to(user_type))


class SalesWindow(models.Model):
    """When a permit type is sold, and for which days the permit is then valid."""

    class Period(models.TextChoices):
        MONTH = "month", _("a month")
        SEMESTER = "semester", _("a semester")
        YEAR = "year", _("a year")
        OTHER = "other", _("for the whole time")

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    permit_type = models.ForeignKey(
        PermitType, verbose_name=_("permit type"), on_delete=models.PROTECT, related_name="windows"
    )
    name = models.CharField(_("name"), max_length=80)
    period = models.CharField(_("period"), max_length=10, choices=Period.choices, default=Period.MONTH)
    sale_starts = models.DateTimeField(_("sale starts"))
    sale_ends = models.DateTimeField(_("sale ends"))
    valid_from = models.DateField(_("permit valid from"))
    valid_before = models.DateField(
        _("permit ends before"), help_text=_("The first day on which it is no longer valid.")
    )
    user_types = models.ManyToManyField(
        UserType,
        verbose_name=_("user types"),
        blank=True,
        help_text=_(
            "Who may buy in this window, of those whom the lot is for: so each group has its own dates and prices. None chosen: "
            "everybody."
        ),
    )
    active = models.BooleanField(_("active"), default=True)

    objects = SalesWindowQuerySet.as_manager()

    class Meta:
        verbose_name = _("sales window")
        verbose_name_plural = _("sales windows")
        ordering = ["valid_from", "pk"]
        constraints = [
            models.CheckConstraint(
                name="window_sale_forward", condition=models.Q(sale_ends__gt=models.F("sale_starts"))
            ),
            models.CheckConstraint(
                name="window_valid_forward", condition=models.Q(valid_before__gt=models.F("valid_from"))
            ),
        ]

    def __str__(self) -> str:
        return f"{self.permit_type}, {self.name}"

    def get_period_display(self) -> str:  # type: ignore[no-redef]
        """What Django would find in a table that it makes anew each time: the Permits page asks it of every window."""
        return str(self.Period(self.period).label)

    def is_on_sale(self, at: datetime) -> bool:
        """It sells at that moment; needs `permit_type`."""
        return self.active and self.permit_type.active and self.sale_starts <= at < self.sale_ends


class WindowPrice(models.Model):
    """A price from a day on, until the next row's day: a calendar that cannot overlap, and ends with its window."""

    window = models.ForeignKey(
        SalesWindow, verbose_name=_("sales window"), on_delete=models.CASCADE, related_name="prices"
    )
    from_day = models.DateField(_("from"))
    amount = PriceField(_("price"))

    class Meta:
        verbose_name = _("price")
        verbose_name_plural = _("prices")
        ordering = ["from_day"]
        constraints = [
            models.UniqueConstraint(fields=["window", "from_day"], name="price_day_once"),
            models.CheckConstraint(name="price_positive", condition=models.Q(amount__gt=0)),
        ]

    def __str__(self) -> str:
        return f"{self.amount} ({self.from_day})"


def sold_to(user_type: int | OuterRef | None) -> models.Q:
    """A condition of windows: they name that user type, by its key, or none."""
    said = SalesWindow.user_types.through.objects.filter(saleswindow=OuterRef("pk"))
    return models.Q(~Exists(said) | Exists(said.filter(usertype=user_type)))


def price_on(prices: list[WindowPrice], day: date) -> WindowPrice | None:
    """The price in force on that day, or None before the first."""
    return max((p for p in prices if p.from_day <= day), key=lambda p: p.from_day, default=None)


def price_ends(prices: list[WindowPrice], day: date) -> date | None:
    """The first day after `day` on which another price begins, if one does."""
    return min((p.from_day for p in prices if p.from_day > day), default=None)
