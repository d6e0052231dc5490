"""Where lockers stand."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import UserType
from opscom.lib.codes import new_code
from opscom.lib.money import PriceField


class LockerSite(models.Model):
    """A building, or an area within one, as deep as one likes. What is left empty here is as above (lockers.tree)."""

    class Visibility(models.TextChoices):
        SHOWN = "shown", _("Shown")
        HIDDEN = "hidden", _("Hidden")

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    parent = models.ForeignKey(
        "self", verbose_name=_("within"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    name = models.CharField(_("name"), max_length=80)
    price = PriceField(
        _("price"),
        null=True,
        blank=True,
        help_text=_("For a whole term, where the sales window has no price for this place. Empty: as above."),
    )
    size = models.CharField(
        _("size or kind"), max_length=60, blank=True, help_text=_("For example 30 × 50 × 90 cm. Empty: as above.")
    )
    disclaimer = models.TextField(
        _("rules of this place"),
        blank=True,
        max_length=2000,
        help_text=_("Shown where a locker is chosen. Empty: as above."),
    )
    visibility = models.CharField(
        _("visibility"),
        max_length=10,
        blank=True,
        choices=Visibility.choices,
        help_text=_("Hidden: users cannot reserve here; lockers already given stay theirs. Empty: as above."),
    )
    user_types = models.ManyToManyField(
        UserType,
        verbose_name=_("user types"),
        blank=True,
        help_text=_("Who may reserve here. None chosen: as above, and everybody where nothing above says it."),
    )

    class Meta:
        verbose_name = _("locker site")
        verbose_name_plural = _("locker sites")
        ordering = ["name"]
        constraints = [
            models.UniqueConstraint(fields=["parent", "name"], name="locker_site_once"),
            models.UniqueConstraint(fields=["name"], condition=models.Q(parent=None), name="locker_building_once"),
        ]

    def __str__(self) -> str:
        return self.name
