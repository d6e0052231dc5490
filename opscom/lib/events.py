"""History as rows: an event is written with every change of state and never changed again."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from opscom.lib.acting import current_actor


class StateEvent(models.Model):
    """What happened to one row: who took it from which state to which, when, and why. `by` is empty for the system;
    `acting` is who acted in that person's name, where somebody did."""

    at = models.DateTimeField(_("when"))
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    acting = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acted for the person"),
        null=True,
        blank=True,
        default=current_actor,
        on_delete=models.PROTECT,
        related_name="+",
    )
    from_state = models.CharField(_("from"), max_length=20, blank=True)
    to_state = models.CharField(_("to"), max_length=20)
    reason = models.CharField(_("reason"), max_length=250, blank=True)

    class Meta:
        abstract = True
        ordering = ["at", "pk"]
        verbose_name = _("event")
        verbose_name_plural = _("events")

    def __str__(self) -> str:
        return f"{self.from_state} → {self.to_state}"
