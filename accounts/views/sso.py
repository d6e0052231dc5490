"""In by the organisation's login (SSO-1)."""

from collections.abc import Callable
from typing import Any
from urllib.parse import urlencode

from allauth.account.utils import perform_login
from allauth.decorators import rate_limit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import csrf_exempt
from django.views.decorators.http import require_GET, require_POST, require_safe

from accounts.navigation import safe_path
from accounts.services.second_factor import trust_second_factor
from accounts.services.sso import admit_identity
from accounts.sso import oidc
from accounts.sso.identity import Identity, SsoRefused, single_sign_on
from accounts.views.entrance import welcome
from opscom.lib.sso import SingleSignOn


@require_POST
@rate_limit(action="login")
def start(request: HttpRequest) -> HttpResponse:
    """To the provider's login page, and back to the page that was wanted."""
    sso = _provider()
    if request.user.is_authenticated:
        return redirect("home")
    try:
        begin = _saml().begin if sso.saml else oidc.begin
        return begin(request, sso, onward=safe_path(request, request.POST.get("next", "")))
    except SsoRefused as refusal:
        return refuse(request, refusal)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from an OpenID Connect provider."""
    sso = _provider(saml=False)
    return enter(request, sso, lambda: oidc.finish(request, sso))


@csrf_exempt
@require_POST
def accept_saml(request: HttpRequest) -> HttpResponse:
    """A SAML provider's answer. No cookie of ours comes with a post from another site, so nobody is logged in yet: the
    browser returns to our own page, which knows what it asked. Where to go next is not taken from the post."""
    sso = _provider(saml=True)
    try:
        result = {"answer": _saml().accept(request, sso).code}
    except SsoRefused as refusal:
        result = {"problem": refusal.code}
    return redirect(f"{reverse('saml_finish')}?{urlencode(result)}")


@never_cache
@require_GET
def finish_saml(request: HttpRequest) -> HttpResponse:
    """Back from a SAML provider, with our cookies."""
    sso = _provider(saml=True)
    return enter(request, sso, lambda: _saml().finish(request, sso))


@require_safe
def saml_metadata(request: HttpRequest) -> HttpResponse:
    """What the SAML provider's operator asks for."""
    sso = _provider(saml=True)
    return HttpResponse(_saml().our_metadata(sso), content_type="application/samlmetadata+xml")


def enter(request: HttpRequest, sso: SingleSignOn, finish: Callable[[], tuple[Identity, str]]) -> HttpResponse:
    """Log in whoever `finish` finds. Staff always enter our own one-time password."""
    if request.user.is_authenticated:
        return redirect("home")
    try:
        identity, onward = finish()
        user = admit_identity(identity, language=get_language() or "en")
    except SsoRefused as refusal:
        return redirect("account_inactive") if refusal.code == "inactive" else refuse(request, refusal)
    response: HttpResponse = perform_login(request, user, email_verification="none", redirect_url=onward)
    if sso.trusts_second_factor:
        trust_second_factor(request)
    return welcome(request, response)


def refuse(request: HttpRequest, refusal: SsoRefused) -> HttpResponse:
    """What happened and what to do; nobody is logged in."""
    return render(request, "accounts/sso_refused.html", {"refusal": refusal}, status=403)


def _saml() -> Any:
    """The protocol's module, which imports an extra."""
    from accounts.sso import saml

    return saml


def _provider(*, saml: bool | None = None) -> SingleSignOn:
    """The provider in use. A feature that is off has no page."""
    sso = single_sign_on()
    if sso is None or saml not in (None, sso.saml):
        raise Http404
    return sso
