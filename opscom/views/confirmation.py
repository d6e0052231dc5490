"""Before something that cannot be taken back, people show once more that it is them."""

from datetime import timedelta
from typing import Any

from django import forms
from django.core.exceptions import ValidationError
from django.http import HttpRequest
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from accounts.models import User
from accounts.security_forms import CurrentPasswordForm
from accounts.services.password import has_portal_password

RECENT = timedelta(minutes=10)


class RecentLoginForm(forms.Form):
    """For people whose password is not kept here: they have logged in a moment ago."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.user = user

    def clean(self) -> dict[str, Any]:
        if self.user.last_login is None or self.user.last_login < timezone.now() - RECENT:
            raise ValidationError(_("Log out and log in again, then come back here within 10 minutes."), code="stale")
        return super().clean() or {}


def confirmation_form(request: HttpRequest) -> CurrentPasswordForm | RecentLoginForm:
    """The form that this person confirms with, filled in by a POST."""
    user = current_user(request)
    form = CurrentPasswordForm if has_portal_password(user) else RecentLoginForm
    return form(request.POST if request.method == "POST" else None, user=user)
