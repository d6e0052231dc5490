"""What happens around every request."""

from collections.abc import Callable

from auditlog.middleware import AuditlogMiddleware
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect
from django.urls import reverse
from django.utils import translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from accounts.services.second_factor import needs_one_time_password, passed_elsewhere
from opscom.lib.network import client_address
from opscom.lib.office import settings_once

Handler = Callable[[HttpRequest], HttpResponse]


class NoNulMiddleware:
    """An address with a NUL character names nothing: 404, before PostgreSQL refuses to look it up."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        if "\x00" in request.path_info or "%00" in request.META.get("QUERY_STRING", ""):
            return HttpResponseNotFound("Not found\n", content_type="text/plain")
        return self.get_response(request)


class SettingsOncePerRequestMiddleware:
    """One request sees one set of office settings, read at most once."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        with settings_once():
            return self.get_response(request)


class LanguageMiddleware:
    """The visitor's language: the choice kept in the cookie, else what the browser asks for (REG-1)."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        language = translation.get_language_from_request(request)
        translation.activate(language)
        request.LANGUAGE_CODE = language
        response = self.get_response(request)
        patch_vary_headers(response, ("Accept-Language",))
        response.headers.setdefault("Content-Language", language)
        return response


class PrivatePagesMiddleware:
    """No cache keeps a page: after signing out, Back shows nothing. Static files and the accent sheet say otherwise themselves."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        response = self.get_response(request)
        if "Cache-Control" not in response.headers:
            add_never_cache_headers(response)
        return response


class AuditMiddleware(AuditlogMiddleware):
    """The audit trail's actor and address, taken from the proxy that we trust and not from the visitor's header."""

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str:
        return client_address(request)


class SecondFactorMiddleware:
    """Whoever needs a one-time password sees nothing else before it is entered (MFA-4)."""

    OPEN = (
        "account_login",
        "account_logout",
        "one_time_password",
        "send_one_time_password",
        "multiauth",
        "language",
        "accent",
        "healthz",
        "readyz",
    )

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        missing = (
            request.user.is_authenticated and needs_one_time_password(request.user) and not passed_elsewhere(request)
        )
        request.second_factor_missing = missing  # type: ignore[attr-defined]
        if not missing or _is_open(request, self.OPEN):
            return self.get_response(request)
        request.session["after_one_time_password"] = request.get_full_path() if request.method == "GET" else ""
        return redirect("one_time_password")


class ProfileGateMiddleware:
    """Until the required profile is saved, every other page leads back to it (REG-6)."""

    OPEN = (
        *(name for name in SecondFactorMiddleware.OPEN if name != "multiauth"),
        "profile",
        "account_reset_password_from_key",
        "activate",
    )

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        user = request.user
        if not user.is_authenticated or user.profile_complete or _is_open(request, self.OPEN):
            return self.get_response(request)
        if request.path_info.startswith("/addresses/"):  # an address may be what is missing
            return self.get_response(request)
        return redirect("profile")


def _is_open(request: HttpRequest, names: tuple[str, ...]) -> bool:
    """Static files, webhooks, a demo's mailbox (the one-time password is in it), and the pages of those url names are open at this gate."""
    path = request.path_info
    if settings.DEMO and path.startswith("/mailbox/"):
        return True
    if path.startswith((settings.STATIC_URL, "/webhooks/", "/verify/", "/activate/", "/reset-password/")):
        return True
    return path.rstrip("/") in {
        reverse(name).rstrip("/") for name in names if not name.startswith(("activate", "account_reset_password_from"))
    }
