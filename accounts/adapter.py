"""Where allauth meets the portal: its mails become our rows, its registration follows the office's settings."""

import logging
from typing import Any

from allauth.account.adapter import DefaultAccountAdapter
from allauth.account.stages import EmailVerificationStage
from allauth.core import context
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from accounts.models import User
from accounts.services.registration import send_account_exists, send_create_password
from accounts.services.sessions import note_login, note_session
from opscom.lib.network import client_address
from opscom.lib.office import office
from opscom.models import SystemSettings

logger = logging.getLogger(__name__)


class OfficeVerificationStage(EmailVerificationStage):
    """Whether a new person is let in before the link is followed is the office's choice, read at that moment (REG-3, REG-4).
    A known address registers nobody: allauth passes no user then, and nobody is let in."""

    def handle(self) -> Any:
        if (
            self.login.email_verification == "none"
        ):  # single sign-on: the provider knows the person, no mail proves more
            return super().handle()
        auto_login = office().registration == SystemSettings.Registration.AUTO_LOGIN
        new_person = self.login.signup and self.login.user is not None
        self.login.email_verification = "optional" if auto_login and new_person else "mandatory"
        return super().handle()


class AccountAdapter(DefaultAccountAdapter):
    """Hooks that allauth calls."""

    error_messages = {
        **DefaultAccountAdapter.error_messages,
        "email_password_mismatch": _("Email and password do not match. Try again or use Forgot Password."),
        "too_many_login_attempts": _("Too many tries. Wait 5 minutes, or use Forgot Password."),
    }

    def is_open_for_signup(self, request: HttpRequest) -> bool:
        return office().registration_open

    def get_login_stages(self) -> list[str]:
        return ["accounts.adapter.OfficeVerificationStage"]

    def get_client_ip(self, request: HttpRequest) -> str:
        return client_address(request)

    def get_login_redirect_url(self, request: HttpRequest) -> str:
        return reverse("admin:index") if current_user(request).is_staff else reverse("home")

    def get_signup_redirect_url(self, request: HttpRequest) -> str:
        return reverse("profile")

    def pre_authenticate(self, request: HttpRequest, **credentials: Any) -> None:
        try:
            super().pre_authenticate(request, **credentials)
        except ValidationError:
            _log_refusal(request, credentials, "throttled")
            raise

    def authentication_failed(self, request: HttpRequest, **credentials: Any) -> None:
        _log_refusal(request, credentials, "wrong")

    def reauthenticate(self, user: User, password: str) -> bool:
        """Whether that is the password of somebody who is logged in. Tries count with those of the login."""
        self.pre_authenticate(context.request, email=user.email)
        right = user.check_password(password)
        if right:
            self._rollback_login_failed_rl_usage()
        else:
            self.authentication_failed(context.request, email=user.email)
        return right

    def login(self, request: HttpRequest, user: User) -> None:
        super().login(request, user)
        note_login(user)
        note_session(request, user)

    def send_confirmation_mail(self, request: HttpRequest, emailconfirmation: Any, signup: bool) -> None:
        """A new person gets the Create Password link; following it proves the address, too (REG-5)."""
        send_create_password(emailconfirmation.email_address.user)

    def send_mail(self, template_prefix: str, email: str, context: dict[str, Any]) -> None:
        """The one other mail that allauth starts; the reset of passwords is a service of ours."""
        if template_prefix == "account/email/account_already_exists":
            send_account_exists(email)

    def add_message(
        self, request: HttpRequest, level: int, message_template: str | None = None, *args: Any, **kwargs: Any
    ) -> None:
        """The portal says its own sentences; allauth's stock ones are left out."""


def _log_refusal(request: HttpRequest, credentials: dict[str, Any], reason: str) -> None:
    """One line for each password that opened nothing: for whom, from where."""
    logger.warning("password %s: %s from %s", reason, credentials.get("email"), client_address(request))
