"""The way in and out: language, login, logout."""

from contextlib import suppress
from typing import Any

from allauth.account.views import LoginView
from django.conf import settings
from django.contrib import messages
from django.contrib.auth import logout as end_session
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from accounts.acting import real_user
from accounts.current import current_user
from accounts.forms import LanguageForm, LoginForm
from accounts.navigation import remember_language, safe_path
from accounts.services.profile import set_language
from accounts.services.second_factor import CodeRefused, passed_elsewhere, send_code_at_login, send_one_time_password
from accounts.sso.identity import single_sign_on


@require_http_methods(["GET", "HEAD", "POST"])
def choose_language(request: HttpRequest) -> HttpResponse:
    """The first page of a first visit; later visits pass through. Each page's foot posts here, too (REG-1)."""
    onward = "home" if request.user.is_authenticated else "account_login"
    if request.method != "POST":
        if request.user.is_authenticated or request.COOKIES.get(settings.LANGUAGE_COOKIE_NAME) in dict(
            settings.LANGUAGES
        ):
            return redirect(onward)
        return render(request, "accounts/choose_language.html")
    form = LanguageForm(request.POST)
    if not form.is_valid():
        return render(request, "accounts/choose_language.html", {"unknown": True}, status=400)
    language = form.cleaned_data["language"]
    if reader := real_user(request):
        set_language(reader, language)
    response = redirect(safe_path(request, request.POST.get("next", "")) or onward)
    remember_language(response, language)
    return response


def welcome(request: HttpRequest, response: HttpResponse) -> HttpResponse:
    """What follows a login: the person's own language, and the one-time password where one is due; once a login, so that
    looking at the page again sends nothing."""
    if request.user.is_authenticated:
        user = current_user(request)
        remember_language(response, user.language)
        if send_code_at_login(user) and not passed_elsewhere(request):
            with suppress(CodeRefused):  # one that was sent a moment ago still works
                send_one_time_password(user)
    return response


class PortalLoginView(LoginView):
    """Log in with e-mail and password; allauth counts the tries."""

    template_name = "accounts/login.html"
    form_class = LoginForm

    def form_valid(self, form: LoginForm) -> HttpResponse:
        return welcome(self.request, super().form_valid(form))

    def get_context_data(self, **kwargs: Any) -> dict[str, Any]:
        return {**super().get_context_data(**kwargs), **_sso()}


def _sso() -> dict[str, Any]:
    """The button of single sign-on, where there is one."""
    sso = single_sign_on()
    return {"sso": sso, "sso_label": sso.label(get_language() or "en") if sso else ""}


login = PortalLoginView.as_view()


@require_http_methods(["GET", "HEAD", "POST"])
def logout(request: HttpRequest) -> HttpResponse:
    """End the session. A link cannot: it shows a button."""
    if request.method == "POST":
        end_session(request)
        messages.success(request, _("You are logged out."))
        return redirect("account_login")
    if not request.user.is_authenticated:
        return redirect("account_login")
    return render(request, "accounts/logout.html")


@require_safe
def inactive(request: HttpRequest) -> HttpResponse:
    """The password was right, but the office switched the account off."""
    return render(request, "accounts/inactive.html")
