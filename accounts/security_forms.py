"""The forms of the Security page and of the one-time password."""

from typing import TYPE_CHECKING, Any

from allauth.account.adapter import get_adapter
from django import forms
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.core.exceptions import ValidationError
from django.utils.functional import lazy
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.forms import AddressField, SecretField
from accounts.models import User
from accounts.services.factor_settings import Status
from accounts.services.password import has_portal_password

if TYPE_CHECKING:
    from django_stubs_ext import StrOrPromise


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


def code_field(help_text: "StrOrPromise") -> forms.CharField:
    """A one-time password; digits alone, so that phones show their digits."""
    return forms.CharField(
        label=_("One-time password"),
        max_length=20,
        help_text=help_text,
        widget=forms.TextInput(
            attrs={
                "class": "form-control",
                "inputmode": "numeric",
                "autocomplete": "one-time-code",
                "spellcheck": "false",
            }
        ),
        error_messages={"required": _("Enter the one-time password.")},
    )


def code_help(status: Status) -> str:
    """Where this person's codes come from."""
    if status.app and status.backup_codes:
        return gettext("The 6 digits that your app shows, the 6 digits from the e-mail, or a backup code of 10 digits.")
    if status.app:
        return gettext("The 6 digits that your app shows, or the 6 digits from the e-mail.")
    if status.backup_codes:
        return gettext("The 6 digits from the e-mail, or a backup code of 10 digits.")
    return gettext("The 6 digits from the e-mail.")


class OneTimePasswordForm(forms.Form):
    """The code that opens this session."""

    def __init__(self, *args: Any, status: Status, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["code"] = code_field(code_help(status))


class SecondFactorForm(CurrentPasswordForm):
    """Current password, what to change, and a fresh code to confirm it (MFA-2)."""

    def __init__(self, *args: Any, status: Status, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if not has_portal_password(self.user):
            del self.fields["current"]  # their password is kept elsewhere; the code alone confirms
        self.fields["option"] = forms.ChoiceField(
            label=_("Your choice"),
            choices=[(option.value, option.label) for option in status.options],
            widget=forms.Select(attrs={"class": "form-select"}),
            error_messages={"invalid_choice": _("Choose one from the list.")},
        )
        self.fields["code"] = code_field(code_help(status))


class AuthenticatorForm(forms.Form):
    """The code that the app shows."""

    code = code_field(_("The 6 digits that the app shows now."))


class ChangeEmailForm(CurrentPasswordForm):
    """The new address; the current password shows that it is the owner who asks."""

    email = AddressField(label=_("New email"), autocomplete="off")
    field_order = ["email", "current"]

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if email == self.user.email:
            raise ValidationError(_("This is your address already."), code="same")
        return email
