"""Create Password: where the link of the first mail leads (REG-5)."""

from django import forms
from django.contrib import messages
from django.contrib.auth import update_session_auth_hash
from django.http import HttpRequest, HttpResponseBase
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from accounts.forms import CreatePasswordForm
from accounts.models import User
from accounts.views.reset import PasswordLinkView


class CreatePasswordView(PasswordLinkView):
    """One address part holds person and key, joined by the first hyphen."""

    template_name = "accounts/set_password.html"

    def dispatch(self, request: HttpRequest, key: str, **kwargs: str) -> HttpResponseBase:
        uidb36, _hyphen, token = key.partition("-")
        plain = uidb36.isascii() and uidb36.isalnum()  # allauth stumbles over any other
        self.kwargs = {"uidb36": uidb36 if plain else "0", "key": token or "none"}
        response: HttpResponseBase = super().dispatch(request, **self.kwargs)
        return response

    def get_form_class(self) -> type[forms.Form]:
        return CreatePasswordForm

    def go_on(self, user: User) -> HttpResponseBase:
        """Whoever is logged in already stays so and goes on to the profile; everybody else logs in now."""
        if self.request.user.is_authenticated:
            update_session_auth_hash(self.request, user)
            messages.success(self.request, _("Your password is set."))
            return redirect("profile")
        messages.success(self.request, _("Your password is set. Log in with it now."))
        return redirect("account_login")


set_password = CreatePasswordView.as_view()
