"""Where what is booked stands in the office's own bookkeeping, as far as no payment method and no tax says it."""

from django.db import models
from django.utils.translation import gettext_lazy as _


class LedgerCode(models.Model):
    """The ledger code of one kind of item, or of one account of the portal's ledger. Made by the portal, filled in by the
    office."""

    class Source(models.TextChoices):
        KIND = "kind", _("Income from items")
        HELD = "held", _("Held for payers, a liability")
        ACCOUNT = "account", _("Account of the portal")

    source = models.CharField(_("what"), max_length=10, choices=Source.choices)
    key = models.CharField(_("key"), max_length=20)
    ledger_code = models.CharField(
        _("ledger code"), max_length=20, blank=True, help_text=_("The account in the office's bookkeeping.")
    )

    class Meta:
        verbose_name = _("ledger code")
        verbose_name_plural = _("ledger codes")
        ordering = ["-source", "pk"]
        constraints = [models.UniqueConstraint(fields=["source", "key"], name="ledger_code_once")]

    def __str__(self) -> str:
        return self.key
