"""A tree of sites, the lockers in them, and the terms for which the office gives them out."""

from datetime import date

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class LockerSite(models.Model):
    """A building, or an area within one."""

    parent = models.ForeignKey(
        "self", verbose_name=_("within"), null=True, blank=True, on_delete=models.PROTECT, related_name="children"
    )
    name = models.CharField(_("name"), max_length=80)

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


class Locker(models.Model):
    """One locker, known by its number within its site."""

    site = models.ForeignKey(LockerSite, verbose_name=_("site"), on_delete=models.PROTECT, related_name="lockers")
    number = models.CharField(_("number"), max_length=20)

    class Meta:
        verbose_name = _("locker")
        verbose_name_plural = _("lockers")
        ordering = ["site", "number"]
        constraints = [models.UniqueConstraint(fields=["site", "number"], name="locker_number_once")]

    def __str__(self) -> str:
        return f"{self.site} {self.number}"


class LockerTermQuerySet(models.QuerySet["LockerTerm"]):
    """Questions about locker terms."""

    def for_user(self, user: object) -> "LockerTermQuerySet":
        """That person's terms."""
        return self.filter(user=user)

    def active_on(self, day: date) -> "LockerTermQuerySet":
        """Terms that hold on that day."""
        return self.filter(starts_on__lte=day, ends_before__gt=day)


class LockerTerm(models.Model):
    """A person's right to a locker from a day until before another."""

    locker = models.ForeignKey(Locker, verbose_name=_("locker"), on_delete=models.PROTECT, related_name="terms")
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="locker_terms"
    )
    starts_on = models.DateField(_("from"))
    ends_before = models.DateField(_("ends before"))
    given_at = models.DateTimeField(_("given"), default=timezone.now, editable=False)

    objects = LockerTermQuerySet.as_manager()

    class Meta:
        verbose_name = _("locker term")
        verbose_name_plural = _("locker terms")
        ordering = ["-ends_before"]
        constraints = [
            models.CheckConstraint(
                name="locker_term_forward", condition=models.Q(ends_before__gt=models.F("starts_on"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.locker}: {self.user}"
