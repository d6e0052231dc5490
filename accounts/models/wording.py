"""The office's own words, and every version of them."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _


class MailTemplate(models.Model):
    """A template of e-mails to many, which an office adds. `rows` names by which rows its readers are chosen
    (accounts.wordings.rows); its words are texts of the office (`Wording`) under its key, one in each language."""

    code = models.SlugField(
        _("short name"), max_length=30, unique=True, help_text=_("Tells it apart in a set-up file; it stays.")
    )
    title = models.CharField(_("title"), max_length=80, help_text=_("Only staff see it."))
    rows = models.CharField(
        _("for people chosen in"), max_length=20, help_text=_("Decides what it may name of each of them; it stays.")
    )
    active = models.BooleanField(
        _("offered"), default=True, help_text=_("Whoever writes an e-mail to many can choose it.")
    )

    class Meta:
        verbose_name = _("template of e-mails to many")
        verbose_name_plural = _("templates of e-mails to many")
        ordering = ["title", "pk"]

    def __str__(self) -> str:
        return self.title

    @property
    def key(self) -> str:
        """The kind of its texts."""
        return f"own-{self.code}"


class Wording(models.Model):
    """The office's own text of one kind (accounts.wordings) in one language; without a row the built-in text is used.

    Where it cannot be used although it was checked, the built-in text goes out instead, and `failed_at` and `failure` say so.
    """

    kind = models.CharField(_("text"), max_length=40)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES, default="en")
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    body = models.TextField(_("text"), blank=True)
    failed_at = models.DateTimeField(_("not used since"), null=True, blank=True, editable=False)
    failure = models.CharField(_("why it was not used"), max_length=250, blank=True, editable=False)

    class Meta:
        verbose_name = _("text of the office")
        verbose_name_plural = _("texts of the office")
        ordering = ["kind", "language"]
        constraints = [models.UniqueConstraint(fields=["kind", "language"], name="wording_once")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language})"


class WordingVersion(models.Model):
    """What the office's text was from `at` on, until the next one; never changed. `built_in`: the office went back to the
    built-in text. A version without `by` came from a set-up file."""

    kind = models.CharField(_("text"), max_length=40)
    language = models.CharField(_("language"), max_length=5, choices=settings.LANGUAGES)
    number = models.PositiveIntegerField(_("version"))
    subject = models.CharField(_("subject"), max_length=500, blank=True)
    body = models.TextField(_("text"), blank=True)
    built_in = models.BooleanField(_("built-in text"), default=False)
    at = models.DateTimeField(_("at"), default=timezone.now)
    by = models.ForeignKey(
        settings.AUTH_USER_MODEL,
        verbose_name=_("by"),
        null=True,
        blank=True,
        on_delete=models.PROTECT,
        related_name="+",
    )
    note = models.CharField(_("note"), max_length=150, blank=True)

    class Meta:
        verbose_name = _("version of a text")
        verbose_name_plural = _("versions of texts")
        ordering = ["-number"]
        constraints = [models.UniqueConstraint(fields=["kind", "language", "number"], name="wording_version_once")]

    def __str__(self) -> str:
        return f"{self.kind} ({self.language}) {self.number}"
