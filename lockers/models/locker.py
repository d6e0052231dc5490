"""The lockers themselves."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from lockers.models.site import LockerSite


class Locker(models.Model):
    """One locker, known by its number within its site. Whoever gives it to somebody locks this row first."""

    class Condition(models.TextChoices):
        GOOD = "good", _("Good")
        BROKEN = "broken", _("Broken")
        ARCHIVED = "archived", _("Archived")

    site = models.ForeignKey(LockerSite, verbose_name=_("site"), on_delete=models.PROTECT, related_name="lockers")
    number = models.CharField(_("number"), max_length=20)
    condition = models.CharField(
        _("condition"),
        max_length=10,
        choices=Condition.choices,
        default=Condition.GOOD,
        help_text=_("Broken: shown as out of order. Archived: no longer shown. Who has it keeps it."),
    )
    size = models.CharField(_("size or kind"), max_length=60, blank=True, help_text=_("Empty: as its site says."))
    note = models.CharField(_("note of the office"), max_length=200, blank=True)
    in_use = models.PositiveSmallIntegerField(_("combination in use"), default=0, editable=False)
    to_change = models.BooleanField(
        _("combination to be changed"),
        default=False,
        editable=False,
        help_text=_("Somebody else had it: its next holder sees the combination when the lock is changed."),
    )

    class Meta:
        verbose_name = _("locker")
        verbose_name_plural = _("lockers")
        ordering = ["site", "number"]
        permissions = [("open_locker", _("Can see and change combinations"))]
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="locker_number_once")]

    def __str__(self) -> str:
        return f"{self.site} {self.number}"
