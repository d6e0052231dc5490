"""SAML 2.0, an extra: python3-saml checks signature, times, issuer and audience; what it leaves open is closed here (an
answer without audience or destination, one to no request, a subject that changes at each login)."""

import logging
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from allauth.socialaccount.adapter import get_adapter
from allauth.socialaccount.providers.base import AuthProcess
from allauth.socialaccount.providers.saml.provider import SAMLProvider
from django.conf import settings
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect
from django.urls import reverse
from onelogin.saml2.auth import OneLogin_Saml2_Auth
from onelogin.saml2.constants import OneLogin_Saml2_Constants
from onelogin.saml2.errors import OneLogin_Saml2_ValidationError
from onelogin.saml2.idp_metadata_parser import OneLogin_Saml2_IdPMetadataParser
from onelogin.saml2.response import OneLogin_Saml2_Response
from onelogin.saml2.settings import OneLogin_Saml2_Settings

from accounts.models import SamlAnswer
from accounts.services.saml import keep_answer, take_answer
from accounts.sso.asked import take_request
from accounts.sso.identity import Identity, SsoRefused, away, denied, identity_of, not_finished
from accounts.sso.published import published
from opscom.lib.sso import SingleSignOn

logger = logging.getLogger(__name__)
TRANSIENT = "urn:oasis:names:tc:SAML:2.0:nameid-format:transient"


class SamlProvider(SAMLProvider):
    """allauth's provider, with the names under which providers send the same attributes."""

    default_attribute_mapping = {
        "uid": ["urn:oasis:names:tc:SAML:attribute:subject-id", "urn:oasis:names:tc:SAML:attribute:pairwise-id"],
        "email": [*SAMLProvider.default_attribute_mapping["email"], "mail", "email"],
        "email_verified": [*SAMLProvider.default_attribute_mapping["email_verified"], "email_verified"],
        "first_name": [*SAMLProvider.default_attribute_mapping["first_name"], "givenName", "first_name"],
        "last_name": [
            *SAMLProvider.default_attribute_mapping["last_name"],
            "http://schemas.xmlsoap.org/ws/2005/05/identity/claims/surname",
            "sn",
            "last_name",
        ],
    }


@dataclass(frozen=True)
class Told:
    """What allauth's provider asks of an answer. Attributes go by their names and by their friendly names."""

    attributes: dict[str, list[Any]]
    name_id: str | None
    name_id_format: str | None

    def get_attributes(self) -> dict[str, list[Any]]:
        return self.attributes

    def get_nameid(self) -> str | None:
        return self.name_id

    def get_nameid_format(self) -> str | None:
        return self.name_id_format


def begin(request: HttpRequest, sso: SingleSignOn, *, onward: str) -> HttpResponse:
    """The redirect to the provider's login page. The request's id stays here, in the session's row."""
    auth = OneLogin_Saml2_Auth(_asked(), _configuration(sso))
    page = auth.login(return_to="")
    provider = get_adapter(request).get_provider(request, sso.issuer)
    provider.stash_redirect_state(request, AuthProcess.LOGIN, onward, state_id=auth.get_last_request_id())
    return HttpResponseRedirect(page)


def accept(request: HttpRequest, sso: SingleSignOn) -> SamlAnswer:
    """Check the provider's post. It comes from another site, so without our cookies: whether this browser asked shows
    when it returns (`finish`)."""
    saml = OneLogin_Saml2_Settings(settings=_configuration(sso))
    try:
        response = OneLogin_Saml2_Response(saml, request.POST.get("SAMLResponse", ""))
        response.is_valid(_asked(), raise_exceptions=True)
        _check_the_rest(response)
    except SsoRefused:
        raise
    except Exception as error:  # the library lets through whatever XML, base64 and keys can raise
        logger.warning("single sign-on: the SAML answer is not good: %s", error)
        if getattr(error, "code", None) == OneLogin_Saml2_ValidationError.STATUS_CODE_IS_NOT_SUCCESS:
            raise denied() from error
        raise not_finished() from error
    until = response.valid_scd_not_on_or_after
    return keep_answer(
        _identity(request, response, sso),
        assertion_id=response.get_assertion_id(),
        request_id=response.get_in_response_to(),
        good_until=datetime.fromtimestamp(until, UTC) if until else None,
    )


def finish(request: HttpRequest, sso: SingleSignOn) -> tuple[Identity, str]:
    """Who came back, and the page they wanted, if this browser sent the request that was answered."""
    if request.GET.get("problem") == "denied":
        raise denied()
    identity, request_id = take_answer(request.GET.get("answer", ""))
    return identity, take_request(request, request_id, issuer=sso.issuer).get("next", "")


def our_metadata(sso: SingleSignOn) -> bytes:
    """What the provider must know about us."""
    saml = OneLogin_Saml2_Settings(settings={"strict": True, **_ourselves(sso)}, sp_validation_only=True)
    metadata: bytes | str = saml.get_sp_metadata()
    return metadata if isinstance(metadata, bytes) else metadata.encode()


def _check_the_rest(response: OneLogin_Saml2_Response) -> None:
    acs = settings.BASE_URL + reverse("saml_acs")
    if response.document.get("Destination") != acs:
        raise ValueError("it does not name our address as its destination")
    if not response.get_audiences():
        raise ValueError("it names no audience")
    if not response.get_in_response_to():
        raise ValueError("it answers no request")


def _identity(request: HttpRequest, response: OneLogin_Saml2_Response, sso: SingleSignOn) -> Identity:
    provider = get_adapter(request).get_provider(request, sso.issuer)
    attributes: dict[str, list[Any]] = {**response.get_friendlyname_attributes(), **response.get_attributes()}
    told = Told(attributes, response.get_nameid(), response.get_nameid_format())
    subject = provider.extract_uid(told)
    if subject == told.name_id and told.name_id_format == TRANSIENT:
        logger.error(
            "single sign-on: the provider sends transient name ids; it must send a persistent one or subject-id"
        )
        raise not_finished()
    known = provider.extract_common_fields(told)
    claims = {
        "email": known.get("email"),
        "given_name": known.get("first_name"),
        "family_name": known.get("last_name"),
        sso.type_claim: attributes.get(sso.type_claim),
    }
    return identity_of(subject, claims, email_verified=known.get("email_verified"), sso=sso)


def _configuration(sso: SingleSignOn) -> dict[str, Any]:
    """In python3-saml's words."""
    try:
        metadata = published(sso.metadata_url) if sso.metadata_url else Path(sso.metadata_file).read_bytes()
        provider = OneLogin_Saml2_IdPMetadataParser.parse(metadata, entity_id=sso.issuer)["idp"]
        provider["singleSignOnService"]["url"]
    except Exception as error:
        logger.error("single sign-on: no metadata of %s with a redirect binding: %r", sso.issuer, error)
        raise away() from error
    return {"strict": True, "idp": provider, **_ourselves(sso)}


def _ourselves(sso: SingleSignOn) -> dict[str, Any]:
    return {
        "sp": {
            "entityId": sso.entity_id or settings.BASE_URL + reverse("saml_metadata"),
            "assertionConsumerService": {
                "url": settings.BASE_URL + reverse("saml_acs"),
                "binding": OneLogin_Saml2_Constants.BINDING_HTTP_POST,
            },
        },
        "security": {
            "wantMessagesSigned": True,
            "wantAttributeStatement": False,
            "requestedAuthnContext": False,
            "rejectDeprecatedAlgorithm": True,
            "allowRepeatAttributeName": True,
            "allowSingleLabelDomains": "." not in (urlsplit(settings.BASE_URL).hostname or ""),
            "metadataValidUntil": "",
            "metadataCacheDuration": "",
        },
    }


def _asked() -> dict[str, Any]:
    """The request as python3-saml wants it: always under the portal's own address, whatever a Host header says."""
    ours = urlsplit(settings.BASE_URL)
    return {
        "https": "on" if ours.scheme == "https" else "off",
        "http_host": ours.netloc,
        "script_name": reverse("saml_acs"),
        "get_data": {},
        "post_data": {},
    }
