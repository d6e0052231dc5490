"""The books: append-only entries, in whose sums every balance lies, and the receipts given for them."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.models import CompanyMembership, User
from opscom.lib.codes import new_code
from opscom.lib.money import MoneyField
from payments.models.adjustment import Adjustment
from payments.models.charge import Charge
from payments.models.payment import Payment
from payments.models.refund import Refund


class LedgerEntry(models.Model):
    """One side of a booking. Debits are positive, credits negative; the entries of one payment add up to zero, and so do
    those of an adjustment that belong to no payment.

    A refund's entries are among those of the payment that it gives back. Entries on CREDIT name the adjustment that they
    make or spend: what is left of it is the sum of them.

    The database refuses to change or delete a row (migration 0002). `key` makes each booking happen once.
    """

    class Account(models.TextChoices):
        CARD = "card", _("Received by card")
        OFFICE = "office", _("Received at the office")
        DISCOUNT = "discount", _("Early payment discount")
        CHARGE = "charge", _("Credited to a charge")
        SURPLUS = "surplus", _("Surplus of the payer")
        CREDIT = "credit", _("Credit of the payer")
        REFUND = "refund", _("Given back on a charge")
        OPENING = "opening", _("Opening balance")

    at = models.DateTimeField(_("when"), default=timezone.now)
    payment = models.ForeignKey(
        Payment, verbose_name=_("payment"), null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    charge = models.ForeignKey(
        Charge, verbose_name=_("charge"), null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    adjustment = models.ForeignKey(
        Adjustment,
        verbose_name=_("adjustment"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="entries",
    )
    refund = models.ForeignKey(
        Refund, verbose_name=_("refund"), null=True, blank=True, on_delete=models.PROTECT, related_name="entries"
    )
    account = models.CharField(_("account"), max_length=10, choices=Account.choices)
    amount = MoneyField(_("amount"))
    key = models.CharField(_("key"), max_length=80, unique=True)

    class Meta:
        verbose_name = _("ledger entry")
        verbose_name_plural = _("ledger entries")
        permissions = [("export_ledgerentry", _("Can export the books"))]
        ordering = ["at", "pk"]
        indexes = [
            models.Index(fields=["at", "id"], name="ledger_oldest"),
            models.Index(fields=["payment"], name="ledger_surplus", condition=models.Q(account="surplus")),
        ]
        constraints = [
            models.CheckConstraint(name="ledger_not_zero", condition=~models.Q(amount=0)),
            models.CheckConstraint(
                name="ledger_has_source",
                condition=models.Q(payment__isnull=False) | models.Q(adjustment__isnull=False),
            ),
            models.CheckConstraint(
                name="ledger_credit_named",
                condition=~models.Q(account="credit") | models.Q(adjustment__isnull=False),
            ),
        ]

    def __str__(self) -> str:
        return self.key


class ReceiptSeries(models.Model):
    """The last receipt number of a year; its row is locked while the next one is taken, so that no number is missing."""

    year = models.PositiveSmallIntegerField(primary_key=True)
    last = models.PositiveIntegerField(default=0)

    def __str__(self) -> str:
        return f"{self.year}: {self.last}"


class ReceiptQuerySet(models.QuerySet["Receipt"]):
    """Questions about receipts."""

    def for_user(self, user: object) -> "ReceiptQuerySet":
        """That person's own, and those of the company that they pay for now, whoever paid then; a guest's receipt belongs to
        whoever holds its address."""
        owner = models.Q(payment__checkout__user=None)
        if isinstance(user, User):
            company = CompanyMembership.objects.paying().filter(user=user).values("company")
            owner |= models.Q(payment__checkout__user=user) | models.Q(payment__checkout__company__in=company)
        return self.filter(owner)


class Receipt(models.Model):
    """Proof of one payment. `code` is the confirmation code, `number` runs without gaps within a year."""

    payment = models.OneToOneField(Payment, verbose_name=_("payment"), on_delete=models.PROTECT, related_name="receipt")
    number = models.CharField(_("receipt number"), max_length=20, unique=True)
    code = models.CharField(_("confirmation code"), max_length=12, unique=True, default=new_code)
    issued_at = models.DateTimeField(_("issued"), default=timezone.now)

    objects = ReceiptQuerySet.as_manager()

    class Meta:
        verbose_name = _("receipt")
        verbose_name_plural = _("receipts")
        ordering = ["-issued_at", "-pk"]
        indexes = [models.Index(fields=["-issued_at", "-id"], name="receipt_newest")]

    def __str__(self) -> str:
        return self.number
