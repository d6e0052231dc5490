"""A form as the office builds it: who may answer, when, and what is asked, version by version (FRM-1)."""

from datetime import datetime

from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _

from accounts.models import User, UserType
from opscom.lib.codes import new_code, random_code


def field_key() -> str:
    """What the answers to a question are filed under, in all versions of its form. Nobody types it."""
    return f"f{random_code(8).lower()}"


class FormDefinitionQuerySet(models.QuerySet["FormDefinition"]):
    """Questions about forms."""

    def open_at(self, at: datetime) -> "FormDefinitionQuerySet":
        """Published, and open at that moment."""
        opened = Q(opens_at=None) | Q(opens_at__lte=at)
        return self.filter(opened, Q(closes_at=None) | Q(closes_at__gt=at), version__gt=0)

    def for_guests(self) -> "FormDefinitionQuerySet":
        """Those that need no login."""
        return self.filter(public=True)

    def for_type_of(self, user: User) -> "FormDefinitionQuerySet":
        """Those that are for everybody, or for this person's user type."""
        through = FormDefinition.user_types.through.objects.filter(formdefinition=models.OuterRef("pk"))
        mine = models.Exists(through.filter(usertype=user.user_type_id))
        return self.filter(Q(public=True) | ~models.Exists(through) | mine)


class FormDefinition(models.Model):
    """One form. Its questions are edited freely; publishing makes them the next version."""

    code = models.CharField(_("code"), max_length=12, unique=True, default=new_code, editable=False)
    name = models.CharField(_("name"), max_length=120)
    description = models.TextField(
        _("description"),
        max_length=1000,
        blank=True,
        help_text=_("What the form is for. People read it before they open it."),
    )
    public = models.BooleanField(
        _("public"), default=False, help_text=_("Everybody can answer, without an account; the login page leads there.")
    )
    user_types = models.ManyToManyField(
        UserType, verbose_name=_("user types"), blank=True, help_text=_("Who sees the form. None: every user.")
    )
    opens_at = models.DateTimeField(_("opens"), null=True, blank=True, help_text=_("Empty: at once."))
    closes_at = models.DateTimeField(_("closes"), null=True, blank=True, help_text=_("Empty: never."))
    once = models.BooleanField(
        _("one per person"), default=False, help_text=_("Nobody submits it twice. One that was refused does not count.")
    )
    notify_email = models.EmailField(
        _("notify"), blank=True, help_text=_("Gets an e-mail for every form that is submitted. Empty: nobody does.")
    )
    version = models.PositiveSmallIntegerField(_("version"), default=0, editable=False)

    objects = FormDefinitionQuerySet.as_manager()

    class Meta:
        verbose_name = _("form")
        verbose_name_plural = _("forms")
        ordering = ["name", "pk"]
        constraints = [
            models.CheckConstraint(
                name="form_once_needs_login",
                condition=Q(once=False) | Q(public=False),
                violation_error_message=_(
                    "A public form cannot be one per person: without a login nobody knows who answers."
                ),
            ),
            models.CheckConstraint(
                name="form_closes_after_opening",
                condition=Q(opens_at=None) | Q(closes_at=None) | Q(closes_at__gt=models.F("opens_at")),
                violation_error_message=_("The form closes before it opens. Move one of the two."),
            ),
        ]

    def __str__(self) -> str:
        return self.name

    def is_open_at(self, at: datetime) -> bool:
        """Whether it can be answered at that moment."""
        begun = self.opens_at is None or self.opens_at <= at
        return self.version > 0 and begun and (self.closes_at is None or at < self.closes_at)


class FormField(models.Model):
    """One question of one version. Those without a version are what the office is working on; the others never change."""

    form = models.ForeignKey(FormDefinition, verbose_name=_("form"), on_delete=models.CASCADE, related_name="fields")
    version = models.PositiveSmallIntegerField(null=True, blank=True, editable=False)
    key = models.CharField(max_length=12, default=field_key, editable=False)
    position = models.PositiveSmallIntegerField(_("position"), default=0)
    kind = models.CharField(_("kind"), max_length=20)
    label = models.CharField(_("question"), max_length=200, help_text=_("For a statement to agree: the statement."))
    help_text = models.CharField(_("help"), max_length=300, blank=True)
    required = models.BooleanField(_("required"), default=False)
    choices = models.TextField(
        _("choices"), max_length=2000, blank=True, help_text=_("One a line, in every language in the same order.")
    )
    starts_page = models.BooleanField(_("starts a new page"), default=False)
    shown_when = models.CharField(_("show when"), max_length=12, blank=True)
    shown_value = models.CharField(
        _("is answered with"),
        max_length=200,
        blank=True,
        help_text=_("A choice in English, or a lot's code. Empty: any answer, or the agreement."),
    )

    class Meta:
        verbose_name = _("question")
        verbose_name_plural = _("questions")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["form", "version", "key"], name="form_question_once_a_version"),
            models.UniqueConstraint(fields=["form", "key"], condition=Q(version=None), name="form_question_once"),
        ]

    def __str__(self) -> str:
        return self.label

    @property
    def options(self) -> list[tuple[str, str]]:
        """(what is kept, what is read): the choice in English, and in the reader's language."""
        kept, read = lines_of(self.choices_en), lines_of(self.choices)  # type: ignore[attr-defined]
        return list(zip(kept, read if len(read) == len(kept) else kept, strict=True))


def lines_of(text: str | None) -> list[str]:
    """The lines that say something."""
    return [line.strip() for line in (text or "").splitlines() if line.strip()]
