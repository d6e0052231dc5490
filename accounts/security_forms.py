"""The forms of the Security page."""

from typing import Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext_lazy as _

from accounts.forms import SecretField
from accounts.models import User


class CurrentPasswordForm(forms.Form):
    """Whoever changes how an account opens shows once more that it is theirs. Tries count with those of the login."""

    current = SecretField(label=_("Current password"), autocomplete="current-password")

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_current(self) -> str:
        current: str = self.cleaned_data["current"]
        if not get_adapter().reauthenticate(self.user, current):
            raise ValidationError(
                _("This is not your current password. Try again or use Forgot Password."), code="wrong_password"
            )
        return current


class ChangePasswordForm(CurrentPasswordForm):
    """Current, new, confirm (ACC-4)."""

    password1 = SecretField(label=_("New password"), help_text=lazy(password_validators_help_text_html, str)())
    password2 = SecretField(label=_("Confirm new password"))

    def clean_password1(self) -> str:
        password: str = get_adapter().clean_password(self.cleaned_data["password1"], user=self.user)
        if password == self.cleaned_data.get("current"):
            raise ValidationError(_("This is your password already. Choose another one."), code="same")
        return password

    def clean_password2(self) -> str:
        again: str = self.cleaned_data["password2"]
        if "password1" in self.cleaned_data and again != self.cleaned_data["password1"]:
            raise ValidationError(_("The two passwords differ. Enter the same one twice."), code="differ")
        return again
