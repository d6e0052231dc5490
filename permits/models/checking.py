"""Looks at plates on the lots: by enforcement in the office, and by programs that hold a token."""

from django.conf import settings
from django.core.validators import MaxValueValidator, MinValueValidator
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from permits.models.lot import Lot
from permits.models.permit import Permit


class PlateToken(models.Model):
    """What lets a program ask about plates: a camera at a gate, an enforcement app. Of the token only its first part, by
    which it is found, and a digest are kept."""

    class Scope(models.TextChoices):
        ANSWER = "answer", _("Whether a plate is covered, and until when")
        PERMIT = "permit", _("Also the permit's number and type, and plates that look alike")

    name = models.CharField(_("name"), max_length=60, unique=True, help_text=_("Who or what uses it."))
    key = models.CharField(_("begins with"), max_length=12, unique=True, editable=False)
    digest = models.CharField(max_length=64, editable=False)
    scope = models.CharField(_("may learn"), max_length=10, choices=Scope.choices, default=Scope.ANSWER)
    lot = models.ForeignKey(
        Lot,
        verbose_name=_("only in this lot"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
        help_text=_("Empty: in every lot."),
    )
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    per_minute = models.PositiveSmallIntegerField(
        _("checks a minute"),
        default=60,
        validators=[MinValueValidator(1), MaxValueValidator(6000)],
        help_text=_("More are turned away until the minute is over."),
    )
    expires_at = models.DateTimeField(_("expires"), null=True, blank=True, help_text=_("Empty: never."))
    made_at = models.DateTimeField(_("made"), default=timezone.now, editable=False)
    revoked_at = models.DateTimeField(_("revoked"), null=True, blank=True, editable=False)

    class Meta:
        verbose_name = _("plate check token")
        verbose_name_plural = _("plate check tokens")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name


class PlateCheck(models.Model):
    """One look at a plate and its verdict. After the office's days plate, region and permit are taken out of it; the rest
    stays to be counted."""

    class Verdict(models.TextChoices):
        COVERED = "covered", _("Covered")
        UNPAID = "unpaid", _("Not paid")
        SUSPENDED = "suspended", _("Suspended")
        ELSEWHERE = "elsewhere", _("Covered elsewhere")
        LATER = "later", _("Not yet")
        EXPIRED = "expired", _("Expired")
        OFF_HOURS = "off_hours", _("Not at this time")
        FREE = "free", _("No permit needed")
        CLOSED = "closed", _("No parking now")
        UNKNOWN = "unknown", _("No permit")

    at = models.DateTimeField(_("when"), default=timezone.now)
    plate = models.CharField(_("plate"), max_length=10, blank=True)
    region = models.CharField(_("province or state"), max_length=6, blank=True)
    lot = models.ForeignKey(
        Lot, verbose_name=_("lot"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    verdict = models.CharField(_("verdict"), max_length=10, choices=Verdict.choices)
    other_plate = models.BooleanField(_("other plate of the permit seen"), default=False)
    permit = models.ForeignKey(
        Permit, verbose_name=_("permit"), null=True, blank=True, on_delete=models.PROTECT, related_name="+"
    )
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("who"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    token = models.ForeignKey(
        PlateToken, verbose_name=_("token"), null=True, blank=True, on_delete=models.PROTECT, related_name="checks"
    )

    class Meta:
        verbose_name = _("plate check")
        verbose_name_plural = _("plate checks")
        ordering = ["-at", "-pk"]
        permissions = [("check_platecheck", _("Can check plates"))]
        indexes = [
            models.Index(fields=["-at", "-id"], name="plate_check_newest"),
            models.Index(fields=["plate"], name="plate_check_begins", opclasses=["varchar_pattern_ops"]),
            models.Index(fields=["permit", "at"], name="plate_check_permit", condition=models.Q(permit__isnull=False)),
            models.Index(fields=["token", "at"], name="plate_check_token", condition=models.Q(token__isnull=False)),
            models.Index(fields=["by", "at"], name="plate_check_by", condition=models.Q(by__isnull=False)),
            models.Index(fields=["at"], name="plate_check_kept", condition=~models.Q(plate="")),
        ]

    def __str__(self) -> str:
        return f"{self.plate or '–'} {self.verdict}"
