"""Forgot Password, and what all pages behind a mailed link share."""

from typing import Any

from allauth.account.internal.flows.password_reset import finalize_password_reset
from allauth.account.views import PasswordResetFromKeyView, PasswordResetView
from django import forms
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import redirect, render
from django.utils.decorators import method_decorator
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_safe

from accounts.forms import ForgotPasswordForm, NewPasswordForm
from accounts.models import User
from accounts.services.registration import LinkOver, set_password_by_link


class ForgotPasswordView(PasswordResetView):
    """Ask for the link; allauth counts the tries per address and per network."""

    template_name = "accounts/forgot.html"
    form_class = ForgotPasswordForm


forgot = ForgotPasswordView.as_view()


@require_safe
def sent(request: HttpRequest) -> HttpResponse:
    """The same for a known address and for an unknown one (PWD-2)."""
    return render(request, "accounts/forgot_sent.html")


@method_decorator(sensitive_post_parameters("password1", "password2"), name="dispatch")
class PasswordLinkView(PasswordResetFromKeyView):
    """allauth moves the key from the address into the session before the page shows, so no referrer carries it."""

    def render_to_response(self, context: dict[str, Any], **kwargs: Any) -> HttpResponse:
        """A link that was used or is too old says so, with the way to a new one."""
        if context.get("token_fail"):
            return render(self.request, "accounts/link_over.html", status=410)
        response: HttpResponse = super().render_to_response(context, **kwargs)
        return response

    def form_valid(self, form: forms.Form) -> HttpResponseBase:
        try:
            user = set_password_by_link(self.reset_user, key=self.key, password=form.cleaned_data["password1"])
        except LinkOver:
            return self.render_to_response({"token_fail": True})
        finalize_password_reset(self.request, user)
        return self.go_on(user)

    def go_on(self, user: User) -> HttpResponseBase:
        """To the confirmation."""
        return redirect("account_reset_password_from_key_done")


class UpdatePasswordView(PasswordLinkView):
    """The guide's Update Password screen (PWD-1)."""

    template_name = "accounts/update_password.html"
    form_class = NewPasswordForm


update_password = UpdatePasswordView.as_view()


@require_safe
def done(request: HttpRequest) -> HttpResponse:
    """The confirmation, with a link to the login page."""
    return render(request, "accounts/update_password_done.html")
