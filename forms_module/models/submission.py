"""What somebody answered, and what became of it."""

from django.conf import settings
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from django_fsm import FSMField, transition

from forms_module.models.definition import FormDefinition
from opscom.lib.codes import new_code
from opscom.lib.events import StateEvent
from opscom.lib.states import StateModel

LONGEST = 2000


class SubmissionQuerySet(models.QuerySet["Submission"]):
    """Questions about what was answered."""

    def for_user(self, user: object) -> "SubmissionQuerySet":
        """That person's."""
        return self.filter(user=user)

    def handed_in(self) -> "SubmissionQuerySet":
        """All but drafts."""
        return self.exclude(state=Submission.State.DRAFT)

    def waiting(self) -> "SubmissionQuerySet":
        """What the office has to look at."""
        return self.filter(state=Submission.State.SUBMITTED)


class Submission(StateModel):
    """The answers of one person to one version of a form. A guest's has a name and an address in place of `user`.

    `answers` holds, by the key of the question, what its kind keeps (`forms_module.kinds`); what was not answered is absent.
    """

    class State(models.TextChoices):
        DRAFT = "draft", _("Draft")
        SUBMITTED = "submitted", _("Submitted")
        ASKED = "asked", _("To be completed")
        APPROVED = "approved", _("Approved")
        REFUSED = "refused", _("Refused")

    OPEN = (State.DRAFT, State.ASKED)
    WAITING = (State.SUBMITTED, State.ASKED)
    COUNTED = (State.SUBMITTED, State.ASKED, State.APPROVED)  # where there may be one a person

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    form = models.ForeignKey(
        FormDefinition, verbose_name=_("form"), on_delete=models.PROTECT, related_name="submissions"
    )
    version = models.PositiveSmallIntegerField(_("version"))
    once = models.BooleanField(_("one per person"), default=False)
    user = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("user"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="form_submissions",
    )
    name = models.CharField(_("name"), max_length=120, blank=True)
    email = models.EmailField(_("e-mail"), blank=True)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    state = FSMField(_("state"), max_length=10, choices=State.choices, default=State.DRAFT, protected=True)
    answers = models.JSONField(_("answers"), default=dict, blank=True)
    created_at = models.DateTimeField(_("begun"), default=timezone.now)
    submitted_at = models.DateTimeField(_("submitted"), null=True, blank=True)
    decided_at = models.DateTimeField(_("decided"), null=True, blank=True)

    objects = SubmissionQuerySet.as_manager()

    class Meta:
        verbose_name = _("submitted form")
        verbose_name_plural = _("submitted forms")
        ordering = ["-created_at", "-pk"]
        permissions = [("export_submission", _("Can export submitted forms"))]
        constraints = [
            models.UniqueConstraint(
                fields=["form", "user"], condition=Q(state="draft"), name="form_one_draft_a_person"
            ),
            models.UniqueConstraint(
                fields=["form", "user"],
                condition=Q(once=True, state__in=("submitted", "asked", "approved")),
                name="form_once_a_person",
            ),
            models.CheckConstraint(
                name="form_decided_whole",
                condition=Q(state__in=("approved", "refused"), decided_at__isnull=False)
                | Q(state__in=("draft", "submitted", "asked"), decided_at__isnull=True),
            ),
        ]
        indexes = [
            models.Index(fields=["submitted_at", "id"], name="form_submitted"),
            models.Index(fields=["submitted_at"], name="form_waiting", condition=Q(state="submitted")),
        ]

    def __str__(self) -> str:
        return f"{self.form} ({self.answerer})"

    @property
    def is_open(self) -> bool:
        """Whether the person can change it."""
        return self.state in self.OPEN

    @property
    def is_draft(self) -> bool:
        """Not handed in yet."""
        return self.state == self.State.DRAFT

    @property
    def reader_language(self) -> str:
        """In which language the person reads; needs `user`."""
        return self.user.language if self.user else self.language

    @property
    def answerer(self) -> str:
        """Who answered; needs `user`."""
        return self.user.get_full_name() if self.user else self.name or self.email

    @property
    def address(self) -> str:
        """The person's e-mail address; needs `user`."""
        return self.user.email if self.user else self.email

    @transition(field=state, source=OPEN, target=State.SUBMITTED)
    def submit(self) -> None:
        """Handed in, or completed as the office asked."""

    @transition(field=state, source=State.SUBMITTED, target=State.ASKED)
    def ask(self) -> None:
        """The office wants something else; the person can change it."""

    @transition(field=state, source=WAITING, target=State.APPROVED)
    def approve(self) -> None:
        """Yes."""

    @transition(field=state, source=WAITING, target=State.REFUSED)
    def refuse(self) -> None:
        """No."""


class SubmissionEvent(StateEvent):
    """History of a submitted form; `reason` is what the office wrote."""

    submission = models.ForeignKey(Submission, on_delete=models.CASCADE, related_name="events")
    reason = models.TextField(_("comment"), max_length=LONGEST, blank=True)

    @property
    def label(self) -> str:
        """The state that it reached."""
        return str(Submission.State(self.to_state).label)
