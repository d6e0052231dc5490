"""OpenID Connect: allauth builds the request, keeps its state and trades the code; what comes back is checked here, more
strictly than allauth does (nonce, issuer in the answer, signature, whose userinfo it is)."""

import json
import logging
import secrets
from collections.abc import Callable, Mapping
from typing import Any

import jwt
from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.oauth2.client import OAuth2Error
from allauth.socialaccount.providers.openid_connect.provider import OpenIDConnectProvider
from allauth.socialaccount.providers.openid_connect.views import OpenIDConnectOAuth2Adapter
from django.conf import settings
from django.http import HttpRequest, HttpResponse
from django.urls import reverse
from requests import RequestException

from accounts.sso.asked import take_request
from accounts.sso.identity import Identity, SsoRefused, away, denied, identity_of, not_finished
from accounts.sso.published import published
from opscom.lib.sso import WELL_KNOWN, SingleSignOn

logger = logging.getLogger(__name__)
ALGORITHMS = ["RS256", "RS384", "RS512", "PS256", "PS384", "PS512", "ES256", "ES384", "ES512"]
CLOCKS_APART = 60  # seconds


class OidcAdapter(OpenIDConnectOAuth2Adapter):
    """One exchange with the provider."""

    @property
    def openid_config(self) -> dict[str, Any]:
        config = _document(self.provider_id + WELL_KNOWN)
        if str(config.get("issuer")).rstrip("/") != self.provider_id:
            logger.error(
                "single sign-on: OIDC_ISSUER is %s, but it calls itself %s", self.provider_id, config.get("issuer")
            )
            raise away()
        return config

    def get_callback_url(self, request: HttpRequest, app: Any) -> str:
        return settings.BASE_URL + reverse("sso_callback")


class OidcProvider(OpenIDConnectProvider):
    """allauth's provider, always with PKCE."""

    oauth2_adapter_class = OidcAdapter
    pkce_enabled_default = True


def begin(request: HttpRequest, sso: SingleSignOn, *, onward: str) -> HttpResponse:
    """The redirect to the provider's login page."""
    provider = get_adapter(request).get_provider(request, sso.issuer)
    nonce = secrets.token_urlsafe(24)
    response: HttpResponse = _reaching(
        lambda: provider.redirect(request, AuthProcess.LOGIN, onward, auth_params={"nonce": nonce}, nonce=nonce)
    )
    return response


def finish(request: HttpRequest, sso: SingleSignOn) -> tuple[Identity, str]:
    """Who came back, and the page they wanted. SsoRefused where the answer is no, or none to a question of this browser."""
    if (
        "code" not in request.GET
    ):  # whose no it is does not matter: it opens nothing, and some providers forget the state
        logger.warning("single sign-on: the provider answers %r", request.GET.get("error", "")[:100])
        raise denied()
    state = take_request(request, request.GET.get("state", ""), issuer=sso.issuer)
    adapter = OidcAdapter(request, sso.issuer)
    config = _reaching(lambda: adapter.openid_config)
    answered_by = request.GET.get("iss")
    if answered_by != config["issuer"] and (
        answered_by is not None or config.get("authorization_response_iss_parameter_supported")
    ):
        raise _distrust("the answer names the issuer %s", answered_by)
    return _reaching(lambda: _identity(request, adapter, state, sso)), state.get("next", "")


def _identity(request: HttpRequest, adapter: OidcAdapter, state: Mapping[str, Any], sso: SingleSignOn) -> Identity:
    app = adapter.get_provider().app
    client = adapter.get_client(request, app)
    tokens = adapter.get_access_token_data(request, app, client, pkce_code_verifier=state["pkce_code_verifier"])
    claims = check_id_token(str(tokens.get("id_token", "")), adapter.openid_config, nonce=state["nonce"], sso=sso)
    wanted = {"email", "given_name", "family_name", *([sso.type_claim] if sso.type_claim else [])}
    told: dict[str, Any] = {}
    if wanted - claims.keys() and adapter.openid_config.get("userinfo_endpoint"):
        told = adapter._fetch_user_info(tokens["access_token"])
        if told.get("sub") != claims["sub"]:
            raise _distrust("userinfo is about %s", told.get("sub"))
        if told.get("email") != claims.get("email", told.get("email")):
            told.pop("email_verified", None)  # it speaks of another address
    both = {**told, **claims}
    return identity_of(claims["sub"], both, email_verified=both.get("email_verified"), sso=sso)


def check_id_token(token: str, config: Mapping[str, Any], *, nonce: str, sso: SingleSignOn) -> dict[str, Any]:
    """The claims of an ID token that the issuer signed, for us, now, in answer to this very request."""
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key=_key_of(token, config["jwks_uri"]),
            algorithms=ALGORITHMS,
            audience=sso.client_id,
            issuer=config["issuer"],
            leeway=CLOCKS_APART,
            options={"require": ["iss", "sub", "aud", "exp", "iat"]},
        )
    except (jwt.PyJWTError, KeyError) as error:
        raise _distrust("the ID token is not good: %s", error) from error
    if not secrets.compare_digest(str(claims.get("nonce", "")), nonce):
        raise _distrust("the ID token answers another request (nonce of %s)", claims["sub"])
    if claims.get("azp", sso.client_id) != sso.client_id:
        raise _distrust("the ID token is for %s", claims["azp"])
    return claims


def _key_of(token: str, keys_url: str) -> Any:
    """The provider's public key that the token names; fetched anew once, for the provider may have changed its keys."""
    kid = jwt.get_unverified_header(token).get("kid")
    for fresh in (False, True):
        keys = jwt.PyJWKSet.from_dict(_document(keys_url, fresh=fresh)).keys
        fitting = [key for key in keys if key.public_key_use in (None, "sig") and kid in (None, key.key_id)]
        if len(fitting) == 1:
            return fitting[0].key
    raise jwt.InvalidKeyError(f"no key {kid}")


def _document(url: str, *, fresh: bool = False) -> dict[str, Any]:
    """What the provider publishes there as a JSON object."""
    document = json.loads(published(url, fresh=fresh))
    if not isinstance(document, dict):
        raise ValueError(f"no JSON object at {url}")
    return document


def _reaching(work: Callable[[], Any]) -> Any:
    """Do something with the provider at the other end of the line."""
    try:
        return work()
    except SsoRefused:
        raise
    except OAuth2Error as error:
        raise _distrust("the code is not taken: %s", error) from error
    except (RequestException, ValueError, KeyError, TypeError) as error:
        logger.error("single sign-on: the provider does not answer as it should: %r", error)
        raise away() from error


def _distrust(message: str, what: object) -> SsoRefused:
    logger.warning(f"single sign-on: {message}", what)
    return not_finished()
