"""Appeals of tickets: what a person says and shows, what the office asks, and what it decides."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from opscom.lib.codes import new_code, random_code
from opscom.lib.events import StateEvent
from opscom.lib.files import Kind
from opscom.lib.money import PriceField
from opscom.lib.states import StateModel
from violations.models.violation import Violation

LONGEST = 4000


class AppealQuerySet(models.QuerySet["Appeal"]):
    """Questions about appeals."""

    def for_user(self, user: object) -> "AppealQuerySet":
        """That person's appeals."""
        return self.filter(user=user)

    def running(self) -> "AppealQuerySet":
        """Those that stop the clock: handed in, and not decided."""
        return self.filter(state__in=Appeal.RUNNING)

    def handed_in(self) -> "AppealQuerySet":
        """All but drafts."""
        return self.exclude(state=Appeal.State.DRAFT)

    def with_boot(self) -> "AppealQuerySet":
        """Adds `booted`: whether a boot is on the vehicle for that ticket."""
        from violations.models.boot import BootAssignment

        fitted = BootAssignment.objects.filter(
            violation=models.OuterRef("violation"), state=BootAssignment.State.FITTED
        )
        return self.annotate(booted=models.Exists(fitted))


class Appeal(StateModel):
    """One appeal of one ticket at one level. A guest's has a name and an address in place of `user`.

    The ticket's clock stands still after the day of `submitted_at` through `fair_through`, which is known once it is decided.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Under review")
        ASKED = "asked", _("More information asked")
        UPHELD = "upheld", _("Upheld: the ticket stands")
        REDUCED = "reduced", _("Reduced")
        CANCELLED = "cancelled", _("Ticket cancelled")

    RUNNING = (State.SUBMITTED, State.ASKED)
    DECIDED = (State.UPHELD, State.REDUCED, State.CANCELLED)

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    violation = models.ForeignKey(
        Violation, verbose_name=_("violation"), on_delete=models.PROTECT, related_name="appeals"
    )
    level = models.PositiveSmallIntegerField(_("level"), default=1)
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT, protected=True)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="appeals",
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    reason = models.TextField(_("reason for appeal"), max_length=LONGEST, blank=True)
    question = models.TextField(_("what the office asks"), max_length=LONGEST, blank=True)
    answer = models.TextField(_("answer"), max_length=LONGEST, blank=True)
    response = models.TextField(_("response"), max_length=LONGEST, blank=True)
    reduced_to = PriceField(_("reduced to"), null=True, blank=True)
    reviewer = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("decided by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)
    fair_through = models.DateField(_("clock stands still through"), null=True, blank=True)

    objects = AppealQuerySet.as_manager()
    booted: bool

    class Meta:
        verbose_name = _("appeal")
        verbose_name_plural = _("appeals")
        ordering = ["-created_at", "-pk"]
        constraints = [
            models.UniqueConstraint(
                fields=["violation", "level"], condition=~models.Q(state="draft"), name="appeal_once_a_level"
            ),
            models.UniqueConstraint(
                fields=["violation", "level", "user"], condition=models.Q(state="draft"), name="appeal_one_draft"
            ),
            models.CheckConstraint(name="appeal_level", condition=models.Q(level__in=(1, 2))),
            models.CheckConstraint(
                name="appeal_decided_whole",
                condition=models.Q(
                    state__in=("upheld", "reduced", "cancelled"),
                    decided_at__isnull=False,
                    reviewer__isnull=False,
                    fair_through__isnull=False,
                )
                | models.Q(state__in=("draft", "submitted", "asked"), decided_at__isnull=True, reviewer__isnull=True),
            ),
        ]
        indexes = [
            models.Index(
                fields=["submitted_at"], name="appeal_waiting", condition=models.Q(state__in=("submitted", "asked"))
            )
        ]

    def __str__(self) -> str:
        return f"{self.violation} ({self.level})"

    @property
    def is_draft(self) -> bool:
        """Not handed in: it can be changed."""
        return self.state == self.State.DRAFT

    @property
    def is_running(self) -> bool:
        """Handed in, and not decided."""
        return self.state in self.RUNNING

    @property
    def is_decided(self) -> bool:
        """The office has answered."""
        return self.state in self.DECIDED

    @property
    def reader_language(self) -> str:
        """In which language the appellant reads; needs `user`."""
        return self.user.language if self.user else self.language

    @property
    def appellant(self) -> str:
        """Who appeals; needs `user`."""
        return self.user.get_full_name() if self.user else self.name or self.email

    def decide_by(self, days: int) -> datetime | None:
        """Until when the office means to answer."""
        return self.submitted_at + timedelta(days=days) if self.submitted_at else None

    @transition(field=state, source=State.DRAFT, target=State.SUBMITTED)
    def submit(self) -> None:
        """Handed in; the clock stops."""

    @transition(field=state, source=State.SUBMITTED, target=State.ASKED)
    def ask(self) -> None:
        """The office wants to know more."""

    @transition(field=state, source=State.ASKED, target=State.SUBMITTED)
    def reply(self) -> None:
        """The appellant has answered."""

    @transition(field=state, source=RUNNING, target=State.UPHELD)
    def uphold(self) -> None:
        """The ticket stands as it is."""

    @transition(field=state, source=RUNNING, target=State.REDUCED)
    def reduce(self) -> None:
        """Less is owed."""

    @transition(field=state, source=RUNNING, target=State.CANCELLED)
    def cancel(self) -> None:
        """Nothing is owed."""


class AppealEvent(StateEvent):
    """History of an appeal."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="events")


def file_code() -> str:
    """The name of a stored file: 100 bits of chance."""
    return random_code(20)


def evidence_path(file: "AppealFile", _filename: str) -> str:
    """Where evidence is stored: a name of our own, never the uploaded one."""
    return f"appeals/{file.code[:2]}/{file.code}.{file.kind}"


def evidence_thumb_path(file: "AppealFile", _filename: str) -> str:
    """Where its small picture is stored; it is as private as the file."""
    return f"appeals/{file.code[:2]}/{file.code}-small.jpg"


class AppealFile(models.Model):
    """One file of evidence. Private: whoever appeals and staff with the right see it. A worker has it scanned and draws its
    small picture; `seen_at` says when. What a scanner finds something in is emptied, and `virus` names it."""

    appeal = models.ForeignKey(Appeal, on_delete=models.CASCADE, related_name="files")
    code = models.CharField(max_length=20, unique=True, default=file_code, editable=False)
    name = models.CharField(_("name"), max_length=120)
    kind = models.CharField(_("kind"), max_length=4, choices=[(kind.suffix, kind.suffix.upper()) for kind in Kind])
    size = models.PositiveIntegerField(_("size"), help_text=_("In bytes, as it is stored."))
    digest = models.CharField(max_length=64, editable=False, help_text=_("SHA-256 of the file as it came."))
    file = models.FileField(_("file"), upload_to=evidence_path, blank=True)
    thumb = models.FileField(_("small picture"), upload_to=evidence_thumb_path, blank=True)
    uploaded_at = models.DateTimeField(_("uploaded"), default=timezone.now)
    seen_at = models.DateTimeField(_("checked"), null=True, blank=True, editable=False)
    virus = models.CharField(max_length=100, blank=True, editable=False)

    class Meta:
        verbose_name = _("evidence")
        verbose_name_plural = _("evidence")
        ordering = ["pk"]
        constraints = [models.UniqueConstraint(fields=["appeal", "digest"], name="evidence_once")]
        indexes = [
            models.Index(fields=["uploaded_at"], name="evidence_waiting", condition=models.Q(seen_at__isnull=True))
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def of_kind(self) -> Kind:
        """What it is, with its content type."""
        return next(kind for kind in Kind if kind.suffix == self.kind)


class CannedText(models.Model):
    """Words that the office often answers with, in each language."""

    name = models.CharField(_("name"), max_length=80, unique=True, help_text=_("Only staff see it."))
    text = models.TextField(_("text"), max_length=LONGEST)
    active = models.BooleanField(_("in use"), default=True)

    class Meta:
        verbose_name = _("canned text")
        verbose_name_plural = _("canned texts")
        ordering = ["name"]

    def __str__(self) -> str:
        return self.name
