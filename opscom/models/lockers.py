"""Lockers: who gets how many, and what holders do with them."""

from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils.translation import gettext_lazy as _
from django.utils.translation import gettext_noop


class LockerFields(models.Model):
    lockers_enabled = models.BooleanField(
        _("lockers"), default=True, help_text=_("Off: the Lockers tab, its pages and the card on Home disappear.")
    )
    locker_disclaimer = models.TextField(
        _("locker disclaimer"),
        default=gettext_noop(
            "A locker is for one person and one term. The office may open it when the term is over or there is danger."
        ),
        blank=True,
        help_text=_("Agreed to before lockers are shown. Empty: no disclaimer."),
    )
    lockers_per_person = models.PositiveSmallIntegerField(
        _("lockers for one person"),
        default=1,
        validators=[MinValueValidator(1), MaxValueValidator(20)],
        help_text=_("How many lockers somebody may have on the same day. The office may give more."),
    )
    locker_reminder_days = models.PositiveSmallIntegerField(
        _("locker reminder, days"),
        default=10,
        validators=[MaxValueValidator(60)],
        help_text=_("How long before a locker's term ends its holder gets an e-mail. 0: nobody does."),
    )
    locker_switching = models.BooleanField(
        _("switching lockers"),
        default=True,
        help_text=_(
            "Holders switch to another free locker and pay what it costs more. Off: only the office moves them."
        ),
    )
    locker_releasing = models.BooleanField(
        _("giving lockers back"),
        default=True,
        help_text=_("Holders give a locker back before its term ends. Off: only the office ends a term."),
    )

    class Meta:
        abstract = True
