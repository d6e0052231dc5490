"""A person's way from one e-mail address to another."""

from datetime import datetime

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class EmailChangeQuerySet(models.QuerySet["EmailChange"]):
    """Questions about changes of addresses."""

    def open(self, at: datetime | None = None) -> "EmailChangeQuerySet":
        """Those that may still come true."""
        return self.filter(ended="", expires_at__gt=at or timezone.now())

    def give_up(self, user: object) -> int:
        """No link of an earlier wish of that person works any more; answers how many there were."""
        return self.filter(user=user, ended="").update(ended=EmailChange.Ended.VOID)


class EmailChange(models.Model):
    """One wish to change, confirmed at both addresses or never come true. Of the links only digests are stored."""

    class Ended(models.TextChoices):
        DONE = "done", _("Changed")
        VOID = "void", _("Given up")
        TAKEN = "taken", _("The new address belongs to somebody else")

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.CASCADE, related_name="email_changes"
    )
    old = models.EmailField(_("old address"))
    new = models.EmailField(_("new address"))
    old_digest = models.CharField(max_length=64, unique=True, editable=False)
    new_digest = models.CharField(max_length=64, unique=True, editable=False)
    created_at = models.DateTimeField(_("asked for"), default=timezone.now)
    expires_at = models.DateTimeField(_("good until"))
    old_confirmed_at = models.DateTimeField(_("confirmed at the old address"), null=True, blank=True)
    new_confirmed_at = models.DateTimeField(_("confirmed at the new address"), null=True, blank=True)
    ended = models.CharField(_("end"), max_length=10, choices=Ended.choices, blank=True)

    objects = EmailChangeQuerySet.as_manager()

    class Meta:
        verbose_name = _("change of address")
        verbose_name_plural = _("changes of address")
        ordering = ["-created_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user"], condition=Q(ended=""), name="email_change_one_open")]

    def __str__(self) -> str:
        return f"{self.old} → {self.new}"
