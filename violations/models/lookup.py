"""Who tried which ticket number: the memory of the throttle, and what staff see of it."""

from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class TicketLookup(models.Model):
    """One try to open a ticket by number and PIN. The PIN that was typed is not kept."""

    at = models.DateTimeField(_("when"), default=timezone.now)
    number = models.CharField(_("ticket number"), max_length=30)
    address = models.GenericIPAddressField(_("address"))
    network = models.CharField(_("network"), max_length=50)
    found = models.BooleanField(_("found"))
    locked = models.BooleanField(
        _("turned away"),
        default=False,
        help_text=_("Too many tries before it; it was not looked at and does not count."),
    )

    class Meta:
        verbose_name = _("ticket look-up")
        verbose_name_plural = _("ticket look-ups")
        ordering = ["-at", "-pk"]
        indexes = [
            models.Index(fields=["-at", "-id"], name="lookup_newest"),
            models.Index(fields=["number", "at"], name="lookup_number", condition=models.Q(found=False)),
            models.Index(fields=["address", "at"], name="lookup_address", condition=models.Q(found=False)),
            models.Index(fields=["network", "at"], name="lookup_network", condition=models.Q(found=False)),
        ]

    def __str__(self) -> str:
        return f"{self.number} ({self.address})"
