"""What happens around every request."""

from collections.abc import Callable
from typing import Any

from auditlog.middleware import AuditlogMiddleware
from django.conf import settings
from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseNotFound
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.cache import add_never_cache_headers, patch_vary_headers

from accounts.acting import (
    SESSION_KEY,
    acting_session,
    is_personal,
    leave,
    page_after,
    real_user,
    what_was_done,
    words_after,
)
from accounts.models import ActAsSession, User
from accounts.services.acting import end_acting, may_go_on, note_act
from accounts.services.second_factor import is_second_factor_missing
from accounts.services.sessions import follow_session, note_seen
from opscom.lib.acting import acting_as
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


class ActingMiddleware:
    """Somebody who acts for a person is that person on every page, apart from what stays the person's own. Looked at
    anew with every request: once time, membership, account or consent end, the browser is back with its own user, and
    what it had asked for is not done in anybody's name."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        request.acting = None  # type: ignore[attr-defined]
        key = request.session.get(SESSION_KEY)
        if key is None:
            return self.get_response(request)
        people = ActAsSession.objects.select_related("person__membership__company", "company")
        session = people.filter(pk=key).first()
        if session is None or not _holds(request, session):
            return _put_out(request, session)
        # The one who acts has passed their own second factor; the person's is not asked of them.
        session.person.is_verified = lambda: True  # type: ignore[method-assign]
        request.user, request.acting = session.person, session  # type: ignore[attr-defined]
        with acting_as(session.actor_id):
            response = self.get_response(request)
        if what := what_was_done(request, response.status_code):
            note_act(session, what)
        if SESSION_KEY not in request.session:
            end_acting(session, how=ActAsSession.Ended.LOGGED_OUT)
        return response

    def process_view(self, request: HttpRequest, view: Any, args: Any, kwargs: Any) -> HttpResponse | None:
        """What is the person's own answers 403, whatever the page itself would say."""
        match = request.resolver_match
        if request.acting and match and is_personal(match.view_name):  # type: ignore[attr-defined]
            return render(request, "accounts/acting_refused.html", status=403)
        return None


def _holds(request: HttpRequest, session: ActAsSession) -> bool:
    """Whether this browser's own user may go on under that session."""
    actor = request.user
    if not isinstance(actor, User) or actor.pk != session.actor_id:
        return False
    session.actor = actor
    return not is_second_factor_missing(request) and may_go_on(session, at=timezone.now())


def _put_out(request: HttpRequest, session: ActAsSession | None) -> HttpResponse:
    """End it and lead back to the own pages, saying why."""
    if session:
        overdue = session.expires_at <= timezone.now()
        session = end_acting(session, how=ActAsSession.Ended.EXPIRED if overdue else ActAsSession.Ended.PUT_OUT)
        messages.warning(request, words_after(session))
    leave(request)
    return redirect(page_after(request, session))


class AuditMiddleware(AuditlogMiddleware):
    """The audit trail's actor, who is the one at the browser even while they act for somebody, and the address, taken from
    the proxy that we trust and not from the visitor's header."""

    @staticmethod
    def _get_actor(request: HttpRequest) -> User | None:
        return real_user(request)

    def get_extra_data(self, request: HttpRequest) -> dict[str, Any]:
        data: dict[str, Any] = super().get_extra_data(request)
        if acting := acting_session(request):
            data["additional_data"] = {"acting_for": acting.person.email}
        return data

    @staticmethod
    def _get_remote_addr(request: HttpRequest) -> str:
        return client_address(request)


class DeviceMiddleware:
    """Keeps the list of devices of the Security page true: when each was last seen, and under which name its session goes on."""

    def __init__(self, get_response: Handler) -> None:
        self.get_response = get_response

    def __call__(self, request: HttpRequest) -> HttpResponse:
        before = request.session.session_key if request.user.is_authenticated else None
        if before:
            note_seen(request)
        response = self.get_response(request)
        after = request.session.session_key
        if before and after and before != after and request.user.is_authenticated:
            follow_session(before, after)
        return response


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
        missing = is_second_factor_missing(request)
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
        "stop_acting",
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
    """Static files, webhooks, what programs ask, the link that ends e-mails, a demo's mailbox (the one-time password is in it) and phone, and the pages of those url names are open at this gate."""
    path = request.path_info
    if settings.DEMO and path.startswith(("/mailbox/", "/phone/")):
        return True
    if path.startswith(
        (
            settings.STATIC_URL,
            "/webhooks/",
            "/api/",
            "/verify/",
            "/activate/",
            "/reset-password/",
            "/confirm-email/",
            "/unsubscribe/",
        )
    ):
        return True
    return path.rstrip("/") in {
        reverse(name).rstrip("/") for name in names if not name.startswith(("activate", "account_reset_password_from"))
    }
