"""What opens a built-in lock, and who looked at it."""

from django.conf import settings
from django.db import models
from django.utils.translation import gettext_lazy as _

from lockers.models.locker import Locker
from lockers.models.term import LockerTerm
from opscom.lib.acting import current_actor


class LockerCombination(models.Model):
    """One of the combinations that a lock can be set to, sealed (opscom.lib.sealed). Locks go round: the one after the last
    is the first."""

    locker = models.ForeignKey(Locker, verbose_name=_("locker"), on_delete=models.CASCADE, related_name="combinations")
    position = models.PositiveSmallIntegerField(_("position"))
    sealed = models.CharField(_("combination, encrypted"), max_length=300, editable=False)

    class Meta:
        verbose_name = _("combination")
        verbose_name_plural = _("combinations")
        ordering = ["position"]
        constraints = [models.UniqueConstraint(fields=["locker", "position"], name="locker_combination_once")]

    def __str__(self) -> str:
        return f"{self.position + 1}"


class CombinationView(models.Model):
    """Somebody saw a combination: its holder, of a term, or staff."""

    locker = models.ForeignKey(
        Locker, verbose_name=_("locker"), on_delete=models.CASCADE, related_name="combination_views"
    )
    term = models.ForeignKey(
        LockerTerm, verbose_name=_("locker term"), null=True, on_delete=models.CASCADE, related_name="+"
    )
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    acting = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acted for the person"),
        null=True,
        default=current_actor,
        on_delete=models.PROTECT,
        related_name="+",
    )
    at = models.DateTimeField(_("when"))

    class Meta:
        verbose_name = _("view of a combination")
        verbose_name_plural = _("views of combinations")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at", "-id"], name="combination_view_newest")]

    def __str__(self) -> str:
        return f"{self.locker}: {self.by}"
