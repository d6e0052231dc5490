"""What is on paper: numbered copies of permits, why one more may be printed, and batches of the office."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from opscom.lib.acting import current_actor
from opscom.lib.codes import random_code
from permits.models.permit import Permit
from permits.models.sale import PermitType


def batch_code() -> str:
    """130 bits: the name of a file that lists people."""
    return random_code(26)


def batch_path(batch: "PrintBatch", _name: str) -> str:
    """Where a batch is kept, away from what anybody could guess."""
    return f"print-batches/{batch.code}/permits.pdf"


class PrintBatch(models.Model):
    """Permits that the office prints as one file. `expires_at` is when the file is deleted."""

    code = models.CharField(_("code"), max_length=26, unique=True, default=batch_code, editable=False)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    layout = models.CharField(
        _("layout"), max_length=10, choices=PermitType.Layout.choices, blank=True, help_text=_("Empty: each permit's.")
    )
    started_at = models.DateTimeField(_("started"), default=timezone.now)
    finished_at = models.DateTimeField(_("finished"), null=True, blank=True)
    expires_at = models.DateTimeField(_("there until"), null=True, blank=True)
    file = models.FileField(_("file"), upload_to=batch_path, blank=True)

    class Meta:
        verbose_name = _("batch print")
        verbose_name_plural = _("batch prints")
        ordering = ["-started_at", "-pk"]

    def __str__(self) -> str:
        return f"{timezone.localtime(self.started_at):%Y-%m-%d %H:%M}"


class PermitCopyQuerySet(models.QuerySet["PermitCopy"]):
    """Questions about copies."""

    def after(self, number: int | None) -> "PermitCopyQuerySet":
        """Those printed later than the copy of that number; all of them where there is none."""
        return self.all() if number is None else self.filter(number__gt=number)


class PermitCopy(models.Model):
    """One printing of a permit: the print log. Number 0 is the sheet from before copies were numbered. `shows` is a digest of
    what the sheet says, so that a permit which says something else now may be printed anew."""

    permit = models.ForeignKey(Permit, verbose_name=_("permit"), on_delete=models.PROTECT, related_name="copies")
    number = models.PositiveSmallIntegerField(_("copy"))
    at = models.DateTimeField(_("when"), default=timezone.now)
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
    layout = models.CharField(_("layout"), max_length=10, choices=PermitType.Layout.choices)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    shows = models.CharField(max_length=16, editable=False)
    batch = models.ForeignKey(
        PrintBatch,
        verbose_name=_("batch print"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="copies",
    )

    objects = PermitCopyQuerySet.as_manager()

    class Meta:
        verbose_name = _("printed copy")
        verbose_name_plural = _("printed copies")
        ordering = ["-at", "-pk"]
        indexes = [models.Index(fields=["-at", "-id"], name="permit_copy_newest")]
        constraints = [models.UniqueConstraint(fields=["permit", "number"], name="permit_copy_once")]

    def __str__(self) -> str:
        return f"{self.permit} · {self.number}"


class Reprint(models.Model):
    """Why one more copy may be printed although printing happens once. `through` is the last copy that there was then; of
    what was lost or stolen, that one and all before it are no longer good."""

    class Kind(models.TextChoices):
        LOST = "lost", _("Lost")
        STOLEN = "stolen", _("Stolen")
        OFFICE = "office", _("Allowed by the office")

    permit = models.ForeignKey(Permit, verbose_name=_("permit"), on_delete=models.PROTECT, related_name="reprints")
    kind = models.CharField(_("kind"), max_length=10, choices=Kind.choices)
    through = models.PositiveSmallIntegerField(_("last copy"))
    at = models.DateTimeField(_("when"), default=timezone.now)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    acting = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("acted for the person"),
        null=True,
        blank=True,
        default=current_actor,
        on_delete=models.PROTECT,
        related_name="+",
    )
    reason = models.CharField(_("reason"), max_length=250, blank=True)

    class Meta:
        verbose_name = _("leave to print again")
        verbose_name_plural = _("leaves to print again")
        ordering = ["-at", "-pk"]

    def __str__(self) -> str:
        return f"{self.permit}: {self.get_kind_display()}"

    @property
    def cancels(self) -> bool:
        """The copies up to `through` are no longer good."""
        return self.kind != self.Kind.OFFICE


class PrintItem(models.Model):
    """One permit of a batch. `taken_at` says when a worker took it up; `page` is where its sheet waits to be bound."""

    class Outcome(models.TextChoices):
        WAITING = "waiting", _("Waiting")
        PRINTED = "printed", _("Printed")
        FAILED = "failed", _("Not printed")

    batch = models.ForeignKey(PrintBatch, on_delete=models.CASCADE, related_name="items")
    permit = models.ForeignKey(Permit, verbose_name=_("permit"), on_delete=models.PROTECT, related_name="+")
    outcome = models.CharField(_("outcome"), max_length=10, choices=Outcome.choices, default=Outcome.WAITING)
    note = models.CharField(_("note"), max_length=250, blank=True)
    taken_at = models.DateTimeField(null=True, blank=True, editable=False)
    page = models.CharField(max_length=120, blank=True, editable=False)

    class Meta:
        verbose_name = _("permit of a batch")
        verbose_name_plural = _("permits of a batch")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["batch", "permit"], name="print_item_once")]

    def __str__(self) -> str:
        return str(self.permit)
