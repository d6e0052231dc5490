"""Where a visitor goes next, and in which language."""

from django.conf import settings
from django.http import HttpRequest, HttpResponseBase
from django.utils.http import url_has_allowed_host_and_scheme


def safe_path(request: HttpRequest, path: str) -> str:
    """That path if it stays on this site, else nothing: a link from elsewhere must not lead away (open redirect)."""
    if path and url_has_allowed_host_and_scheme(path, {request.get_host()}, require_https=request.is_secure()):
        return path
    return ""


def remember_language(response: HttpResponseBase, language: str) -> None:
    """Keep the choice on this browser (REG-1)."""
    response.set_cookie(
        settings.LANGUAGE_COOKIE_NAME,
        language,
        max_age=settings.LANGUAGE_COOKIE_AGE,
        secure=settings.LANGUAGE_COOKIE_SECURE,
        httponly=settings.LANGUAGE_COOKIE_HTTPONLY,
        samesite="Lax",
    )
