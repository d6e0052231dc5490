"""Documents that people hand in (UPL-1)."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.codes import random_code
from opscom.lib.events import StateEvent
from opscom.lib.files import Kind
from opscom.lib.states import StateModel


def upload_code() -> str:
    """The name of a stored document: 100 bits of chance."""
    return random_code(20)


def upload_path(upload: "AccountUpload", _filename: str) -> str:
    """Where a document is stored: a name of our own, never the uploaded one."""
    return f"uploads/{upload.code[:2]}/{upload.code}.{upload.of_kind.suffix}"


def thumb_path(upload: "AccountUpload", _filename: str) -> str:
    """Where its small picture is stored; it is as private as the document."""
    return f"uploads/{upload.code[:2]}/{upload.code}-small.jpg"


class AccountUploadQuerySet(models.QuerySet["AccountUpload"]):
    """Questions about documents."""

    def for_user(self, user: object) -> "AccountUploadQuerySet":
        """That person's documents."""
        return self.filter(user=user)

    def waiting(self) -> "AccountUploadQuerySet":
        """Those that no scanner has looked at yet."""
        return self.filter(state=AccountUpload.State.CHECKING)


class AccountUpload(StateModel):
    """One document of one person. Private: its owner and staff with the right see it, nobody else."""

    class State(models.TextChoices):
        CHECKING = "checking", _("Being checked")
        READY = "ready", _("Received")
        TAKEN = "taken", _("Taken into account")
        REFUSED = "refused", _("Refused")

    code = models.CharField(_("code"), max_length=20, unique=True, default=upload_code, editable=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("user"), on_delete=models.PROTECT, related_name="uploads"
    )
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=4, choices=[(kind.suffix, kind.suffix.upper()) for kind in Kind])
    size = models.PositiveIntegerField(_("size"), help_text=_("In bytes, as it is stored."))
    digest = models.CharField(max_length=64, editable=False, help_text=_("SHA-256 of the file as it came."))
    file = models.FileField(_("file"), upload_to=upload_path, blank=True)
    thumb = models.FileField(_("small picture"), upload_to=thumb_path, blank=True)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.READY, protected=True)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)

    objects = AccountUploadQuerySet.as_manager()

    class Meta:
        verbose_name = _("uploaded document")
        verbose_name_plural = _("uploaded documents")
        ordering = ["-uploaded_at", "-pk"]
        constraints = [models.UniqueConstraint(fields=["user", "digest"], name="upload_once")]
        indexes = [
            models.Index(fields=["-uploaded_at", "-id"], name="upload_newest"),
            models.Index(fields=["uploaded_at"], name="upload_waiting", condition=models.Q(state="checking")),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def of_kind(self) -> Kind:
        """What it is, with its content type."""
        return next(kind for kind in Kind if kind.suffix == self.kind)

    @property
    def is_open(self) -> bool:
        """Whether it can be downloaded: not while it is being checked, nor when it was refused."""
        return self.state in (self.State.READY, self.State.TAKEN)

    @transition(field=state, source=State.READY, target=State.CHECKING)
    def wait(self) -> None:
        """The scanner is away. Taken before the document is first saved."""

    @transition(field=state, source=State.CHECKING, target=State.READY)
    def clear(self) -> None:
        """The scanner found nothing."""

    @transition(field=state, source=State.CHECKING, target=State.REFUSED)
    def refuse(self) -> None:
        """The scanner found something; the file is gone."""

    @transition(field=state, source=State.READY, target=State.TAKEN)
    def take(self) -> None:
        """The office has used it; from now on it stays."""


class UploadEvent(StateEvent):
    """History of a document."""

    upload = models.ForeignKey(AccountUpload, on_delete=models.CASCADE, related_name="events")
