"""What keeps the books honest: checks of the ledger, comparisons with the providers, locked periods, opening balances."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import MoneyField
from payments.models.adjustment import Adjustment
from payments.models.charge import Charge
from payments.models.payment import Payment


class LedgerCheck(models.Model):
    """One run over all the books. `problems` holds for each broken invariant its name, how many rows break it, and the first
    of them in words: [[name, count, [row…]]…]."""

    at = models.DateTimeField(_("when"), default=timezone.now)
    seconds = models.FloatField(_("seconds"))
    found = models.PositiveIntegerField(_("rows that are wrong"))
    problems = models.JSONField(_("problems"), default=list)

    class Meta:
        verbose_name = _("check of the books")
        verbose_name_plural = _("checks of the books")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at", "-id"], name="ledgercheck_newest")]

    def __str__(self) -> str:
        return timezone.localtime(self.at).isoformat(" ", "minutes")


class Comparison(models.Model):
    """One day of one provider, compared with our books; made once the day is over and the provider has answered."""

    provider = models.SlugField(_("provider"), max_length=20)
    day = models.DateField(_("day"))
    at = models.DateTimeField(_("compared"), default=timezone.now)
    asked = models.PositiveIntegerField(_("movements looked at"))
    looked_back_to = models.PositiveBigIntegerField(default=0, editable=False)
    looked_back_at = models.DateTimeField(
        _("earlier payments asked about"),
        null=True,
        blank=True,
        help_text=_("Where the provider lists no movements, the payments of the last days are asked about one by one."),
    )

    class Meta:
        verbose_name = _("comparison")
        verbose_name_plural = _("comparisons")
        ordering = ["-day", "provider"]
        constraints = [models.UniqueConstraint(fields=["provider", "day"], name="comparison_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.day}"


class DifferenceQuerySet(models.QuerySet["Difference"]):
    """Questions about differences."""

    def open(self) -> "DifferenceQuerySet":
        """Those that nobody has explained yet."""
        return self.filter(closed_at=None)


class Difference(models.Model):
    """Money that moved at the provider and not in our books, or the other way round, or in another amount. A refund's amounts
    are negative. Staff find out why, and close it with their reason; what has to be corrected is a booking of its own."""

    class Kind(models.TextChoices):
        MISSING_HERE = "missing_here", _("Missing in our books")
        MISSING_THERE = "missing_there", _("Missing at the provider")
        AMOUNT = "amount", _("Another amount")
        UNTOLD = "untold", _("Given back there, the provider does not say how much")

    comparison = models.ForeignKey(
        Comparison, verbose_name=_("comparison"), on_delete=models.PROTECT, related_name="differences"
    )
    kind = models.CharField(_("what"), max_length=14, choices=Kind.choices)
    reference = models.CharField(_("our reference"), max_length=40, blank=True)
    provider_ref = models.CharField(_("provider's reference"), max_length=120, blank=True)
    payment = models.ForeignKey(
        Payment, verbose_name=_("payment"), null=True, blank=True, on_delete=models.PROTECT, related_name="differences"
    )
    ours = MoneyField(_("our books"))
    theirs = MoneyField(_("provider"))
    currency = models.CharField(_("currency"), max_length=3)
    closed_at = models.DateTimeField(_("closed"), null=True, blank=True)
    closed_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("closed by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=200, blank=True)

    objects = DifferenceQuerySet.as_manager()

    class Meta:
        verbose_name = _("difference to the provider")
        verbose_name_plural = _("differences to the provider")
        ordering = ["-comparison__day", "pk"]
        indexes = [models.Index(fields=["id"], name="difference_open", condition=models.Q(closed_at=None))]

    def __str__(self) -> str:
        return self.reference or self.provider_ref


class BookLockQuerySet(models.QuerySet["BookLock"]):
    """Questions about locks."""

    def in_force(self) -> "BookLockQuerySet":
        """Those that nobody has lifted."""
        return self.filter(lifted_at=None)


class BookLock(models.Model):
    """Nothing is booked any more on a day up to and with `through`. A lock that is lifted stays as a row."""

    through = models.DateField(_("locked through"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("locked by"), on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("locked"), default=timezone.now)
    reason = models.CharField(_("reason"), max_length=200)
    lifted_at = models.DateTimeField(_("lifted"), null=True, blank=True)
    lifted_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("lifted by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    lifted_reason = models.CharField(_("why it was lifted"), max_length=200, blank=True)

    objects = BookLockQuerySet.as_manager()

    class Meta:
        verbose_name = _("locked period")
        verbose_name_plural = _("locked periods")
        ordering = ["-through", "-pk"]
        constraints = [
            models.UniqueConstraint(fields=["through"], condition=models.Q(lifted_at=None), name="book_lock_once"),
            models.CheckConstraint(
                name="book_lock_lifted_whole",
                condition=models.Q(lifted_at__isnull=True, lifted_by__isnull=True, lifted_reason="")
                | (models.Q(lifted_at__isnull=False, lifted_by__isnull=False) & ~models.Q(lifted_reason="")),
            ),
        ]

    def __str__(self) -> str:
        return self.through.isoformat()


class OpeningBalance(models.Model):
    """What one person owed or had to their credit in an earlier system: one charge or one credit, once per `key`."""

    key = models.CharField(_("key"), max_length=60, unique=True)
    charge = models.OneToOneField(
        Charge, verbose_name=_("charge"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    adjustment = models.OneToOneField(
        Adjustment, verbose_name=_("credit"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    at = models.DateTimeField(_("imported"), default=timezone.now)

    class Meta:
        verbose_name = _("opening balance")
        verbose_name_plural = _("opening balances")
        ordering = ["-pk"]
        constraints = [
            models.CheckConstraint(
                name="opening_is_one",
                condition=models.Q(charge__isnull=False, adjustment__isnull=True)
                | models.Q(charge__isnull=True, adjustment__isnull=False),
            )
        ]

    def __str__(self) -> str:
        return self.key
