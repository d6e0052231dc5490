"""The forms of accounts. settings.ACCOUNT_FORMS names those that allauth's views use."""

from typing import Any, cast

from allauth.account.adapter import get_adapter
from allauth.account.forms import LoginForm as AllauthLoginForm
from allauth.account.forms import SignupForm
from django import forms
from django.conf import settings
from django.contrib.auth.password_validation import password_validators_help_text_html
from django.core.exceptions import ValidationError
from django.db import models
from django.http import HttpRequest
from django.utils.functional import lazy
from django.utils.translation import get_language, get_language_info
from django.utils.translation import gettext_lazy as _

from accounts.models import ProfilePolicy, User
from accounts.services.profile import QUESTIONS, Rules, registration_rules
from accounts.services.registration import AddressTaken, create_account, send_reset_link

LONGEST_PASSWORD = 256
FILL_IN = {
    "first_name": _("Enter your first name."),
    "last_name": _("Enter your last name."),
    "phone": _("Enter your mobile number, for example 519-555-0142."),
    "organisation_number": _("Enter your student or employee number."),
}
TEXT_SETTINGS = ("parking_reminder", "boot_code_by_text")
AUTOCOMPLETE = {"first_name": "given-name", "last_name": "family-name", "phone": "tel", "organisation_number": "off"}


class AddressField(forms.EmailField):
    """An e-mail address, in lower case."""

    def __init__(self, *, autocomplete: str = "email", **kwargs: Any) -> None:
        kwargs.setdefault("label", _("Email"))
        kwargs.setdefault("max_length", 254)
        kwargs["error_messages"] = {
            "required": _("Enter your email address."),
            "invalid": _("Write the whole address, as in name@campus.edu."),
        }
        super().__init__(
            widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": autocomplete}), **kwargs
        )

    def clean(self, value: Any) -> str:
        """In plain letters only: another alphabet's letters look like somebody else's address, and some turn into it in
        lower case."""
        if value and not str(value).isascii():
            raise ValidationError(
                _("Write the address in plain letters a to z, without accents or letters of other alphabets."),
                code="lookalike",
            )
        return str(super().clean(value)).lower()


class SecretField(forms.CharField):
    """A password; never shown again and never trimmed."""

    def __init__(self, *, autocomplete: str = "new-password", **kwargs: Any) -> None:
        kwargs["error_messages"] = {"required": _("Enter a password.")}
        widget = forms.PasswordInput(attrs={"class": "form-control", "autocomplete": autocomplete})
        super().__init__(widget=widget, strip=False, max_length=LONGEST_PASSWORD, **kwargs)


def profile_field(name: str, *, required: bool = False) -> forms.Field:
    """The form field of one profile question."""
    field = cast("forms.Field", cast("models.Field[Any, Any]", User._meta.get_field(name)).formfield())
    field.required = required
    field.widget.is_required = required
    field.widget.attrs.update({"class": "form-control", "autocomplete": AUTOCOMPLETE[name]})
    field.error_messages["required"] = FILL_IN[name]
    if name == "phone":
        field.error_messages["invalid"] = _("Write the number with its area code, for example 519-555-0142.")
    return field


class LanguageForm(forms.Form):
    """One of the portal's languages."""

    language = forms.ChoiceField(choices=settings.LANGUAGES)


class LoginForm(AllauthLoginForm):
    """E-mail and password."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["login"] = AddressField(autocomplete="username")
        self.fields["password"] = SecretField(label=_("Password"), autocomplete="current-password")
        self.order_fields(["login", "password"])


class RegistrationForm(SignupForm):
    """The e-mail address, the user type where there is a choice, and the questions that the office asks at registration
    (REG-2). There is no password: its link comes by e-mail."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        types, self.rules = registration_rules()
        self.only_type = types[0] if len(types) == 1 else None
        asked_always: dict[str, forms.Field] = {"email": AddressField()}
        self.fields = asked_always
        if len(types) > 1:
            choices = [("", _("Choose one")), *((user_type.pk, user_type.name) for user_type in types)]
            self.types = {user_type.pk: user_type for user_type in types}
            self.fields["user_type"] = forms.TypedChoiceField(
                label=_("I am"),
                choices=choices,
                coerce=int,
                widget=forms.Select(attrs={"class": "form-select"}),
                error_messages={
                    "required": _("Choose what you are to the parking office."),
                    "invalid_choice": _("Choose one from the list."),
                },
            )
        for name in QUESTIONS:
            asked = [rules[name] for rules in self.rules.values() if name in rules]
            if asked:
                everybody = len(asked) == len(self.rules) and all(
                    policy.rule == ProfilePolicy.Rule.REQUIRED for policy in asked
                )
                self.fields[name] = profile_field(name, required=everybody)

    def clean(self) -> dict[str, Any]:
        """Which of the questions must be answered depends on the type that was chosen."""
        cleaned: dict[str, Any] = super().clean()
        for name, policy in self.chosen_rules().items():
            if policy.rule == ProfilePolicy.Rule.REQUIRED and not cleaned.get(name) and name not in self.errors:
                self.add_error(name, FILL_IN[name])
        return cleaned

    def chosen_rules(self) -> Rules:
        """What the chosen type is asked; answers to other types' questions are dropped."""
        only = self.only_type.pk if self.only_type else None
        return self.rules.get(self.cleaned_data.get("user_type") or only, {})

    def try_save(self, request: HttpRequest) -> Any:
        try:
            return super().try_save(request)
        except AddressTaken:  # two registrations of one address at once: the second is a known address
            self.account_already_exists = True
            return super().try_save(request)

    def save(self, request: HttpRequest) -> User:
        chosen = self.cleaned_data.get("user_type")
        return create_account(
            self.cleaned_data["email"],
            answers={name: self.cleaned_data[name] for name in self.chosen_rules()},
            user_type=self.types[chosen] if chosen else self.only_type,
            language=get_language() or "en",
        )


class ForgotPasswordForm(forms.Form):
    """The address that the link goes to, if it is one of ours."""

    email = AddressField()

    def save(self, request: HttpRequest) -> None:
        """Mail the link; nothing in the answer tells whether there was one to mail."""
        send_reset_link(self.cleaned_data["email"])


class CreatePasswordForm(forms.Form):
    """A new person's first password."""

    password1 = SecretField(label=_("Password"), help_text=lazy(password_validators_help_text_html, str)())

    def __init__(self, *args: Any, user: User | None = None, temp_key: str = "", **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean_password1(self) -> str:
        return str(get_adapter().clean_password(self.cleaned_data["password1"], user=self.user))


class NewPasswordForm(CreatePasswordForm):
    """The address once more, and the new password twice (PWD-1)."""

    email = AddressField(autocomplete="username")
    password2 = SecretField(label=_("New password again"))
    field_order = ["email", "password1", "password2"]

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["password1"].label = _("New password")

    def clean_email(self) -> str:
        email: str = self.cleaned_data["email"]
        if self.user is None or email != self.user.email.lower():
            raise ValidationError(
                _("The link went to another address. Enter the one that got the e-mail."), code="other_address"
            )
        return email

    def clean_password2(self) -> str:
        again: str = self.cleaned_data["password2"]
        if "password1" in self.cleaned_data and again != self.cleaned_data["password1"]:
            raise ValidationError(_("The two passwords differ. Enter the same one twice."), code="differ")
        return again


class ProfileForm(forms.ModelForm):
    """The profile as the office's rules shape it (REG-7), and the language of mails."""

    class Meta:
        model = User
        fields = ["first_name", "last_name", "phone", "organisation_number", "language", *TEXT_SETTINGS]

    def __init__(
        self, *args: Any, rules: Rules, parks_by_text: bool = False, boot_codes: bool = False, **kwargs: Any
    ) -> None:
        super().__init__(*args, **kwargs)
        self.fields["parking_reminder"].widget.attrs["class"] = "form-select"
        self.fields["boot_code_by_text"].widget.attrs["class"] = "form-check-input"
        for name, offered in zip(TEXT_SETTINGS, (parks_by_text, boot_codes), strict=True):
            if not offered:
                del self.fields[name]
        for name in QUESTIONS:
            policy = rules[name]
            if policy.rule == ProfilePolicy.Rule.HIDDEN:
                del self.fields[name]
                continue
            self.fields[name] = profile_field(name, required=policy.rule == ProfilePolicy.Rule.REQUIRED)
            if policy.rule == ProfilePolicy.Rule.READ_ONLY:
                self.fields[name].disabled = True
                self.fields[name].help_text = _("Only the parking office can change this.")
        names = [(code, get_language_info(code)["name_local"].capitalize()) for code, _name in settings.LANGUAGES]
        self.fields["language"] = forms.ChoiceField(
            label=_("Language"),
            choices=names,
            help_text=_("E-mails come in this language."),
            widget=forms.Select(attrs={"class": "form-select"}),
        )

    def personal(self) -> list[forms.BoundField]:
        """Personal Information: all but the Users Settings."""
        return [field for field in self if field.name not in TEXT_SETTINGS]

    def by_text(self) -> list[forms.BoundField]:
        """Those of the Users Settings that the office offers."""
        return [self[name] for name in TEXT_SETTINGS if name in self.fields]

    def answers(self) -> dict[str, Any]:
        """What may be stored: read-only fields are not among it, whatever the browser sent."""
        return {name: value for name, value in self.cleaned_data.items() if not self.fields[name].disabled}
