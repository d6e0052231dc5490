"""Where one can park."""

from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models import UserType


class LotQuerySet(models.QuerySet["Lot"]):
    """Questions about lots."""

    def visible_to(self, user: object) -> "LotQuerySet":
        """Lots that the portal lists for this person; no user types on a lot means everybody."""
        user_type = getattr(user, "user_type_id", None)
        allowed = models.Q(user_types=None) | models.Q(user_types=user_type)
        return self.filter(allowed, visible=True).distinct()


class Lot(models.Model):
    """A lot or zone with so many spaces."""

    class Zone(models.TextChoices):
        NONE = "", _("None")
        BLACK = "black", _("Black")
        RED = "red", _("Red")
        YELLOW = "yellow", _("Yellow")
        GREEN = "green", _("Green")

    code = models.SlugField(_("code"), max_length=20, unique=True)
    name = models.CharField(_("name"), max_length=80)
    description = models.TextField(_("description"), blank=True, max_length=500)
    zone = models.CharField(_("zone colour"), max_length=10, choices=Zone.choices, blank=True, default=Zone.NONE)
    spaces = models.PositiveIntegerField(_("spaces"))
    visible = models.BooleanField(
        _("visible"), default=True, help_text=_("Off: users do not see the lot; permits already sold stay valid.")
    )
    user_types = models.ManyToManyField(
        UserType, verbose_name=_("user types"), blank=True, help_text=_("Who may buy here. None chosen: everybody.")
    )
    position = models.PositiveSmallIntegerField(_("position"), default=0)

    objects = LotQuerySet.as_manager()

    class Meta:
        verbose_name = _("lot")
        verbose_name_plural = _("lots")
        ordering = ["position", "code"]

    def __str__(self) -> str:
        return self.name


class LotBlock(models.Model):
    """Spaces that the office keeps for itself for a while: an event, works, visitors."""

    lot = models.ForeignKey(Lot, verbose_name=_("lot"), on_delete=models.CASCADE, related_name="blocks")
    spaces = models.PositiveIntegerField(_("spaces"))
    starts_on = models.DateField(_("from"))
    ends_before = models.DateField(_("ends before"))
    reason = models.CharField(_("reason"), max_length=120)

    class Meta:
        verbose_name = _("office block")
        verbose_name_plural = _("office blocks")
        ordering = ["starts_on"]
        constraints = [
            models.CheckConstraint(name="block_forward", condition=models.Q(ends_before__gt=models.F("starts_on")))
        ]

    def __str__(self) -> str:
        return f"{self.lot}: {self.reason}"
