"""In by the organisation's login (SSO-1)."""

from collections.abc import Callable

from allauth.account.utils import perform_login
from allauth.decorators import rate_limit
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.cache import never_cache
from django.views.decorators.http import require_GET, require_POST

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
        return oidc.begin(request, sso, onward=safe_path(request, request.POST.get("next", "")))
    except SsoRefused as refusal:
        return refuse(request, refusal)


@never_cache
@require_GET
def callback(request: HttpRequest) -> HttpResponse:
    """Back from an OpenID Connect provider."""
    sso = _provider(saml=False)
    return enter(request, sso, lambda: oidc.finish(request, sso))


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


def _provider(*, saml: bool | None = None) -> SingleSignOn:
    """The provider in use. A feature that is off has no page."""
    sso = single_sign_on()
    if sso is None or saml not in (None, sso.saml):
        raise Http404
    return sso
