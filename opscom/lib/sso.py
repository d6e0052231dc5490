"""What the operator says about single sign-on (SSO-1), checked when the portal starts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from importlib.util import find_spec
from pathlib import Path
from urllib.parse import urlsplit

from django.core.exceptions import ImproperlyConfigured

LOOPBACK = {"127.0.0.1", "::1", "localhost"}
LONGEST_ISSUER = 200  # the column of allauth's link rows
WELL_KNOWN = "/.well-known/openid-configuration"


@dataclass(frozen=True)
class SingleSignOn:
    """The organisation's one provider. `issuer` is the OpenID Connect issuer, or the SAML provider's entity id."""

    issuer: str
    client_id: str = ""
    client_secret: str = ""
    metadata_url: str = ""
    metadata_file: str = ""
    entity_id: str = ""
    labels: Mapping[str, str] = field(default_factory=dict)
    domains: frozenset[str] = frozenset()
    type_claim: str = ""
    types: Mapping[str, str] = field(default_factory=dict)
    trusts_email: bool = False
    trusts_second_factor: bool = False
    creates_people: bool = True
    password_url: str = ""
    hosts: tuple[str, ...] = ()

    @property
    def saml(self) -> bool:
        """Whether it speaks SAML; OpenID Connect otherwise."""
        return bool(self.metadata_url or self.metadata_file)

    def label(self, language: str) -> str:
        """The operator's words on the button, empty where there are none."""
        return self.labels.get(language) or self.labels.get("en") or self.labels.get("", "")


def configure(
    *,
    oidc_issuer: str,
    oidc_client: tuple[str, str],
    saml_metadata: tuple[str, str],
    saml_provider: str,
    entity_id: str,
    label: str,
    domains: Sequence[str],
    type_claim: str,
    type_map: str,
    trusts_email: bool,
    trusts_second_factor: bool,
    creates_people: bool,
    password_url: str,
    hosts: Sequence[str],
) -> SingleSignOn | None:
    """The provider that these variables describe, or None without one. ImproperlyConfigured says what to mend.

    `oidc_client` is (id, secret), `saml_metadata` (address, file).
    """
    if not oidc_issuer and not any(saml_metadata):
        return None
    if oidc_issuer and any(saml_metadata):
        raise ImproperlyConfigured("Set OIDC_ISSUER or one of SAML_METADATA_…, not both: there is one single sign-on.")
    if not domains:
        raise ImproperlyConfigured(
            "Set SSO_EMAIL_DOMAINS to the organisation's e-mail domains, for example campus.edu."
        )
    if bool(type_claim) != bool(type_map):
        raise ImproperlyConfigured("SSO_TYPE_CLAIM and SSO_TYPE_MAP belong together: set both or neither.")
    if password_url:
        origin_of(password_url, "SSO_PASSWORD_URL")
    found = _saml(saml_metadata, saml_provider) if any(saml_metadata) else _oidc(oidc_issuer, oidc_client)
    known = [origin_of(host, "SSO_HOSTS") for host in hosts]
    where = found.metadata_url or ("" if found.saml else found.issuer)
    if not where and not known:
        raise ImproperlyConfigured(
            "Set SSO_HOSTS to the address of the provider's login page: the file does not tell it."
        )
    return SingleSignOn(
        issuer=found.issuer,
        client_id=found.client_id,
        client_secret=found.client_secret,
        metadata_url=found.metadata_url,
        metadata_file=found.metadata_file,
        entity_id=entity_id,
        labels=dict(pairs(label, "SSO_LABEL")) if "=" in label else {"": label},
        domains=frozenset(domain.strip().lower().lstrip("@") for domain in domains),
        type_claim=type_claim,
        types=dict(pairs(type_map, "SSO_TYPE_MAP")),
        trusts_email=trusts_email,
        trusts_second_factor=trusts_second_factor,
        creates_people=creates_people,
        password_url=password_url,
        hosts=tuple(dict.fromkeys([*([origin_of(where, "the provider's address")] if where else []), *known])),
    )


def _oidc(issuer: str, client: tuple[str, str]) -> SingleSignOn:
    issuer = issuer.removesuffix(WELL_KNOWN).rstrip("/")
    origin_of(issuer, "OIDC_ISSUER")
    if not all(client):
        raise ImproperlyConfigured("OIDC_ISSUER needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET.")
    _short_enough(issuer, "OIDC_ISSUER")
    return SingleSignOn(issuer=issuer, client_id=client[0], client_secret=client[1])


def _saml(metadata: tuple[str, str], provider: str) -> SingleSignOn:
    url, file = metadata
    if url and file:
        raise ImproperlyConfigured("Set SAML_METADATA_URL or SAML_METADATA_FILE, not both.")
    if not provider:
        raise ImproperlyConfigured("SAML needs SAML_IDP_ENTITY_ID: the provider's entity id in its metadata.")
    if find_spec("onelogin") is None:
        raise ImproperlyConfigured(
            "SAML is an extra that is not installed: run bin/setup saml, or build the image with EXTRA=saml."
        )
    if url:
        origin_of(url, "SAML_METADATA_URL")
    elif not Path(file).is_file():
        raise ImproperlyConfigured(f"SAML_METADATA_FILE cannot be read: there is no file {file}.")
    _short_enough(provider, "SAML_IDP_ENTITY_ID")
    return SingleSignOn(issuer=provider, metadata_url=url, metadata_file=file)


def _short_enough(issuer: str, name: str) -> None:
    if len(issuer) > LONGEST_ISSUER:
        raise ImproperlyConfigured(f"{name} is longer than {LONGEST_ISSUER} characters.")


def origin_of(address: str, name: str) -> str:
    """Scheme, host and port of an https address; plain http is for this machine only."""
    parts = urlsplit(address)
    if not parts.hostname or not (parts.scheme == "https" or (parts.scheme == "http" and parts.hostname in LOOPBACK)):
        raise ImproperlyConfigured(f"{name} is no https address: {address}")
    return f"{parts.scheme}://{parts.netloc}"


def pairs(text: str, name: str) -> list[tuple[str, str]]:
    """`a=x;b=y` in its order. The last = of each counts, so that a name may hold one."""
    found = [part.strip().rpartition("=") for part in text.split(";") if part.strip()]
    if any(not key.strip() or not value.strip() for key, _equals, value in found):
        raise ImproperlyConfigured(f"{name} cannot be read. Write it as name=value;name=value: {text}")
    return [(key.strip(), value.strip()) for key, _equals, value in found]
