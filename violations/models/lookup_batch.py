"""Whose vehicle was it? Asked of the registry in batches: a file goes out, its answer comes in."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.money import PriceField
from opscom.lib.places import REGIONS
from violations.models.violation import Violation


class LookupBatchQuerySet(models.QuerySet["LookupBatch"]):
    """What the office asks."""

    def with_errors(self) -> "LookupBatchQuerySet":
        """Those with an error of which nobody has taken note."""
        open_errors = LookupItem.objects.filter(outcome=LookupItem.Outcome.ERROR, acknowledged_at=None)
        return self.filter(pk__in=open_errors.order_by().values("batch"))


class LookupBatch(models.Model):
    """Tickets of plates that nobody has registered here. It is locked from the moment in which it is made: its tickets are
    in no other batch, and its file is always the same."""

    region = models.CharField(_("province or state"), max_length=6, choices=REGIONS)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    made_at = models.DateTimeField(_("locked"), default=timezone.now)
    sent_at = models.DateTimeField(_("file fetched"), null=True, editable=False)
    received_at = models.DateTimeField(_("answer received"), null=True, editable=False)

    objects = LookupBatchQuerySet.as_manager()

    class Meta:
        verbose_name = _("owner look-up")
        verbose_name_plural = _("owner look-ups")
        ordering = ["-made_at", "-pk"]

    def __str__(self) -> str:
        return f"{self.region.partition('-')[2]} {timezone.localtime(self.made_at):%Y-%m-%d %H:%M}"


class LookupItem(models.Model):
    """One ticket of a batch. An error waits until somebody has taken note of it; then the ticket may be asked for again. `fee`
    is what the office asked for a look-up when the owner was found, until it is charged to the ticket."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Asked")
        FOUND = "found", _("Owner found")
        ERROR = "error", _("Error")

    batch = models.ForeignKey(LookupBatch, on_delete=models.CASCADE, related_name="items")
    violation = models.ForeignKey(Violation, on_delete=models.PROTECT, related_name="lookups")
    outcome = models.CharField(_("outcome"), max_length=8, choices=Outcome.choices, default=Outcome.WAITING)
    error = models.CharField(_("error"), max_length=200, blank=True)
    fee = PriceField(null=True, editable=False)
    acknowledged_by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("taken note by"),
        null=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    acknowledged_at = models.DateTimeField(_("taken note"), null=True)

    class Meta:
        verbose_name = _("ticket asked for")
        verbose_name_plural = _("tickets asked for")
        ordering = ["pk"]
        constraints = [
            models.UniqueConstraint(
                name="lookup_open_once",
                fields=["violation"],
                condition=~Q(outcome="error") | Q(acknowledged_at__isnull=True),
            )
        ]
        indexes = [models.Index(fields=["fee"], name="lookup_to_charge", condition=Q(fee__isnull=False))]

    def __str__(self) -> str:
        return self.violation.number


class NoticeAddress(models.Model):
    """Where a ticket's notices go when its owner has no account here: as the registry wrote it, for this ticket alone."""

    violation = models.OneToOneField(Violation, on_delete=models.CASCADE, related_name="notice_address")
    name = models.CharField(_("name"), max_length=120)
    address = models.TextField(_("address"), max_length=400)
    found_at = models.DateTimeField(_("found"), default=timezone.now)

    class Meta:
        verbose_name = _("notice address")
        verbose_name_plural = _("notice addresses")

    def __str__(self) -> str:
        return self.name
