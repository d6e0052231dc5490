"""What one can be fined for, and how the amount changes with time and with repetition."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import ZERO, PriceField
from violations.amounts import Act


class OffenceCategory(models.Model):
    """A group of offences."""

    name = models.CharField(_("name"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("offence category")
        verbose_name_plural = _("offence categories")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class Offence(models.Model):
    """One entry of the office's catalogue: the fine, what paying early saves, what paying late costs (`steps`), and what a
    repeated offence costs (`repeats`). A ticket freezes all of it when it is written."""

    class Repeats(models.TextChoices):
        OFFENCE = "offence", _("tickets for the same offence")
        CATEGORY = "category", _("tickets of the same category")
        ALL = "all", _("all tickets")

    category = models.ForeignKey(
        OffenceCategory, verbose_name=_("category"), on_delete=models.PROTECT, related_name="offences"
    )
    code = models.CharField(_("code"), max_length=20, unique=True)
    description = models.CharField(_("description"), max_length=120)
    rule = models.TextField(
        _("rule"),
        max_length=1000,
        blank=True,
        help_text=_("What the by-law or rule says. Drivers read it on the ticket's page."),
    )
    amount = PriceField(_("fine"))
    admin_fee = PriceField(
        _("administration fee"), default=ZERO, help_text=_("Added to the fine from the first day; no discount on it.")
    )
    reduced_amount = PriceField(
        _("reduced fine"), null=True, blank=True, help_text=_("What is enough when paid early. Empty: no reduction.")
    )
    reduced_days = models.PositiveSmallIntegerField(
        _("reduced for, days"),
        default=0,
        help_text=_("Counted from the day of the ticket; the last day counts in full."),
    )
    due_days = models.PositiveSmallIntegerField(_("due after, days"), default=30)
    safety = models.BooleanField(
        _("concerns safety"), default=False, help_text=_("A fire route, for example. It is never forgiven.")
    )
    forgive_first = models.BooleanField(
        _("first ticket forgiven"),
        default=False,
        help_text=_("The first ticket of a vehicle or person becomes a warning. It counts as the first all the same."),
    )
    repeat_counts = models.CharField(
        _("counted for repetition"),
        max_length=10,
        choices=Repeats.choices,
        default=Repeats.OFFENCE,
        help_text=_("Which tickets of the same plate or person make this one a repeated one."),
    )
    boot_eligible = models.BooleanField(
        _("boot allowed"), default=False, help_text=_("A boot may be fitted for a ticket of this offence.")
    )
    appeal_days = models.PositiveSmallIntegerField(
        _("appeal within, days"),
        null=True,
        blank=True,
        help_text=_(
            "Counted from the day of the ticket; the last day counts in full. Empty: the days of the office's settings. 0: no appeal."
        ),
    )
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("offence")
        verbose_name_plural = _("offences")
        ordering = ["category", "code"]
        constraints = [
            models.CheckConstraint(
                name="offence_reduction_smaller",
                condition=models.Q(reduced_amount__isnull=True)
                | models.Q(reduced_amount__lt=models.F("amount"), reduced_amount__gt=0),
            ),
            models.CheckConstraint(
                name="offence_safety_unforgiven", condition=~models.Q(safety=True, forgive_first=True)
            ),
        ]

    def __str__(self) -> str:
        return self.description


class EscalationStep(models.Model):
    """So many days after the ticket the fine rises."""

    offence = models.ForeignKey(Offence, on_delete=models.CASCADE, related_name="steps")
    after_days = models.PositiveSmallIntegerField(
        _("after, days"), help_text=_("Counted from the day of the ticket; the last day still costs less.")
    )
    act = models.CharField(_("what happens"), max_length=8, choices=Act.choices, default=Act.ADD)
    amount = PriceField(_("amount"), default=ZERO, help_text=_("What is added, or what the fine is raised to."))

    class Meta:
        verbose_name = _("escalation step")
        verbose_name_plural = _("escalation steps")
        ordering = ["after_days"]
        constraints = [
            models.UniqueConstraint(fields=["offence", "after_days"], name="step_once_a_day"),
            models.CheckConstraint(
                name="step_amount_or_double",
                condition=models.Q(act=Act.DOUBLE) | models.Q(amount__gt=0),
                violation_error_message=_("Enter an amount."),
            ),
        ]

    def __str__(self) -> str:
        return f"{self.after_days}: {self.get_act_display()}"


class RepeatAmount(models.Model):
    """The fine of the n-th ticket in a row, and of those after it up to the next row."""

    offence = models.ForeignKey(Offence, on_delete=models.CASCADE, related_name="repeats")
    nth = models.PositiveSmallIntegerField(_("from ticket number"), help_text=_("2 for the second in a row."))
    amount = PriceField(_("fine"))
    reduced_amount = PriceField(_("reduced fine"), null=True, blank=True, help_text=_("Empty: no reduction."))

    class Meta:
        verbose_name = _("repeated offence")
        verbose_name_plural = _("repeated offences")
        ordering = ["nth"]
        constraints = [
            models.UniqueConstraint(fields=["offence", "nth"], name="repeat_once"),
            models.CheckConstraint(
                name="repeat_from_second", condition=models.Q(nth__gte=2), violation_error_message=_("Enter 2 or more.")
            ),
            models.CheckConstraint(
                name="repeat_reduction_smaller",
                condition=models.Q(reduced_amount__isnull=True)
                | models.Q(reduced_amount__lt=models.F("amount"), reduced_amount__gt=0),
            ),
        ]

    def __str__(self) -> str:
        return str(self.nth)


class ClosedDay(models.Model):
    """A weekday on which the office is closed: no business day."""

    day = models.DateField(_("day"), unique=True)
    name = models.CharField(_("name"), max_length=80, blank=True)

    class Meta:
        verbose_name = _("closed day")
        verbose_name_plural = _("closed days")
        ordering = ["-day"]

    def __str__(self) -> str:
        return str(self.day)
