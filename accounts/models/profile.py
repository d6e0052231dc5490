"""Which profile questions the office asks of whom (REG-7)."""

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext_lazy as _

from accounts.models.people import UserType


class ProfilePolicy(models.Model):
    """One profile field's rule for one user type, or for every type that has no rule of its own."""

    class Field(models.TextChoices):
        FIRST_NAME = "first_name", _("First name")
        LAST_NAME = "last_name", _("Last name")
        PHONE = "phone", _("Mobile number")
        ORGANISATION_NUMBER = "organisation_number", _("Student or employee number")
        ADDRESS = "address", _("Address")

    class Rule(models.TextChoices):
        HIDDEN = "hidden", _("Hidden")
        OPTIONAL = "optional", _("Optional")
        REQUIRED = "required", _("Required")
        READ_ONLY = "read_only", _("Read-only")

    field = models.CharField(_("field"), max_length=30, choices=Field.choices)
    user_type = models.ForeignKey(
        UserType,
        verbose_name=_("user type"),
        null=True,
        blank=True,
        on_delete=models.CASCADE,
        help_text=_("Empty: everybody without a rule of their own."),
    )
    rule = models.CharField(_("rule"), max_length=10, choices=Rule.choices, default=Rule.OPTIONAL)
    at_registration = models.BooleanField(_("asked at registration"), default=False)

    class Meta:
        verbose_name = _("profile field")
        verbose_name_plural = _("profile fields")
        ordering = ["field", "user_type"]
        constraints = [
            models.UniqueConstraint(fields=["field", "user_type"], name="profile_rule_once"),
            models.UniqueConstraint(
                fields=["field"], condition=models.Q(user_type=None), name="profile_rule_for_all_once"
            ),
        ]

    def clean(self) -> None:
        """An address is several questions: it has a page of its own and is not asked at registration."""
        if self.field == self.Field.ADDRESS and self.at_registration:
            raise ValidationError(
                {"at_registration": _("An address is asked for after registration. Untick this to save.")}
            )

    def __str__(self) -> str:
        return f"{self.get_field_display()}: {self.get_rule_display()}"
