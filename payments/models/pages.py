"""What we must remember of card providers that cannot be asked by our own reference."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import MoneyField, PriceField


class CardPage(models.Model):
    """A provider's page that was opened for a reference of ours, so that asking twice answers the same page.

    Providers that cannot close a page keep it open on their side; `closed_at` says that we gave it up. An amount of zero
    stores a card.
    """

    provider = models.SlugField(_("provider"), max_length=20)
    reference = models.CharField(_("our reference"), max_length=40)
    provider_ref = models.CharField(_("provider's reference"), max_length=120)
    url = models.CharField(_("address"), max_length=500)
    amount = MoneyField(_("amount"))
    currency = models.CharField(_("currency"), max_length=3)
    success_url = models.CharField(_("way back"), max_length=300)
    cancel_url = models.CharField(_("way back after cancelling"), max_length=300)
    expires_at = models.DateTimeField(_("closes"))
    closed_at = models.DateTimeField(_("given up"), null=True, blank=True)
    created_at = models.DateTimeField(_("opened"), default=timezone.now)

    class Meta:
        verbose_name = _("card page")
        verbose_name_plural = _("card pages")
        constraints = [models.UniqueConstraint(fields=["provider", "reference"], name="card_page_once")]

    def __str__(self) -> str:
        return f"{self.provider} {self.reference}"


class SentRefund(models.Model):
    """A refund that a provider was asked for which keeps no reference of ours: its own is noted as soon as it is known,
    so that two refunds of one amount on one payment are not taken for each other."""

    provider = models.SlugField(_("provider"), max_length=20)
    reference = models.CharField(_("our reference"), max_length=40)
    order = models.CharField(_("refunded order"), max_length=40)
    amount = PriceField(_("amount"))
    provider_ref = models.CharField(_("provider's reference"), max_length=120, blank=True)
    created_at = models.DateTimeField(_("sent"), default=timezone.now)

    class Meta:
        verbose_name = _("sent refund")
        verbose_name_plural = _("sent refunds")
        constraints = [models.UniqueConstraint(fields=["provider", "reference"], name="sent_refund_once")]
        indexes = [models.Index(fields=["provider", "order"], name="sent_refund_order")]

    def __str__(self) -> str:
        return f"{self.provider} {self.reference}"
