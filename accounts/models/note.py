"""What the office writes down about a person, for itself."""

from django.conf import settings
from django.db import models
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

LONGEST_NOTE = 2000


class PersonNoteQuerySet(models.QuerySet["PersonNote"]):
    """Questions about notes."""

    def for_user(self, user: object) -> "PersonNoteQuerySet":
        """Those about that person."""
        return self.filter(user=user)


class PersonNote(models.Model):
    """One note of the office about one person. It is written once and never changed; who finds it wrong writes another one.
    The person does not see it in the portal, and gets it with the copy of the own data."""

    user = models.ForeignKey(
        settings.AUTH_USER_MODEL, verbose_name=_("person"), on_delete=models.PROTECT, related_name="office_notes"
    )
    text = models.TextField(_("note"), max_length=LONGEST_NOTE)
    by = models.ForeignKey(settings.AUTH_USER_MODEL, verbose_name=_("who"), on_delete=models.PROTECT, related_name="+")
    at = models.DateTimeField(_("when"), default=timezone.now)

    objects = PersonNoteQuerySet.as_manager()

    class Meta:
        verbose_name = _("note about a person")
        verbose_name_plural = _("notes about people")
        ordering = ["-at", "-pk"]
        default_permissions = ("add", "view")
        indexes = [models.Index(fields=["user", "-at"], name="person_note_user")]

    def __str__(self) -> str:
        return self.text[:60]
