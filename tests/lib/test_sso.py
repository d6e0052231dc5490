"""What an operator may write about single sign-on."""

from pathlib import Path
from typing import Any

import pytest
from django.core.exceptions import ImproperlyConfigured

from opscom.lib.sso import SingleSignOn, configure

NOTHING: dict[str, Any] = {
    "oidc_issuer": "",
    "oidc_client": ("", ""),
    "saml_metadata": ("", ""),
    "saml_provider": "",
    "entity_id": "",
    "label": "",
    "domains": [],
    "type_claim": "",
    "type_map": "",
    "trusts_email": False,
    "trusts_second_factor": False,
    "creates_people": True,
    "password_url": "",
    "hosts": [],
}
OIDC = NOTHING | {"oidc_issuer": "https://id.campus.example", "oidc_client": ("a", "b"), "domains": ["campus.example"]}
SAML = NOTHING | {
    "saml_metadata": ("https://id.campus.example/metadata", ""),
    "saml_provider": "urn:campus",
    "domains": ["campus.example"],
}


def made(**given: Any) -> SingleSignOn:
    found = configure(**given)
    assert found is not None
    return found


def test_nothing_said_is_no_single_sign_on() -> None:
    assert configure(**NOTHING) is None
    assert configure(**NOTHING | {"domains": ["campus.example"], "label": "Campus ID"}) is None


def test_openid_connect_by_its_issuer() -> None:
    sso = made(**OIDC | {"domains": [" Campus.Example", "@staff.campus.example"]})
    assert (sso.issuer, sso.saml, sso.client_id, sso.client_secret) == ("https://id.campus.example", False, "a", "b")
    assert sso.domains == {"campus.example", "staff.campus.example"}
    assert sso.hosts == ("https://id.campus.example",)


@pytest.mark.parametrize(
    "written", ["https://id.campus.example/", "https://id.campus.example/.well-known/openid-configuration"]
)
def test_issuer_is_one_however_it_is_written(written: str) -> None:
    assert made(**OIDC | {"oidc_issuer": written}).issuer == "https://id.campus.example"


def test_saml_by_its_metadata(tmp_path: Path) -> None:
    sso = made(**SAML)
    assert (sso.issuer, sso.saml, sso.hosts) == ("urn:campus", True, ("https://id.campus.example",))
    file = tmp_path / "metadata.xml"
    file.write_text("<EntityDescriptor/>")
    sso = made(**SAML | {"saml_metadata": ("", str(file)), "hosts": ["https://sso.campus.example/adfs/ls"]})
    assert (sso.metadata_file, sso.hosts) == (str(file), ("https://sso.campus.example",))


@pytest.mark.parametrize(
    ("written", "language", "label"),
    [
        ("Campus ID", "fr", "Campus ID"),
        ("en=Campus ID; fr=Identité du campus", "fr", "Identité du campus"),
        ("en=Campus ID; fr=Identité du campus", "es", "Campus ID"),
        ("fr=Identité du campus", "en", ""),
        ("", "en", ""),
    ],
)
def test_label_is_plain_or_by_language(written: str, language: str, label: str) -> None:
    assert made(**OIDC | {"label": written}).label(language) == label


def test_types_keep_their_order_and_names_may_hold_equal_signs() -> None:
    sso = made(**OIDC | {"type_claim": "memberOf", "type_map": "CN=Faculty,OU=People=employee; student=student;"})
    assert list(sso.types.items()) == [("CN=Faculty,OU=People", "employee"), ("student", "student")]


@pytest.mark.parametrize(
    ("given", "words"),
    [
        (OIDC | {"saml_metadata": ("https://x.example", "")}, "not both"),
        (OIDC | {"domains": []}, "Set SSO_EMAIL_DOMAINS"),
        (OIDC | {"oidc_client": ("a", "")}, "needs OIDC_CLIENT_ID and OIDC_CLIENT_SECRET"),
        (OIDC | {"oidc_issuer": "http://id.campus.example"}, "OIDC_ISSUER is no https address"),
        (OIDC | {"oidc_issuer": "id.campus.example"}, "OIDC_ISSUER is no https address"),
        (OIDC | {"oidc_issuer": "https://id.campus.example/" + "x" * 200}, "longer than 200"),
        (OIDC | {"type_claim": "affiliation"}, "set both or neither"),
        (OIDC | {"type_map": "a=b"}, "set both or neither"),
        (OIDC | {"type_claim": "affiliation", "type_map": "student"}, "SSO_TYPE_MAP cannot be read"),
        (OIDC | {"label": "en=;fr=x"}, "SSO_LABEL cannot be read"),
        (OIDC | {"hosts": ["*"]}, "SSO_HOSTS is no https address"),
        (OIDC | {"password_url": "javascript:alert(1)"}, "SSO_PASSWORD_URL is no https address"),
        (SAML | {"saml_provider": ""}, "SAML_IDP_ENTITY_ID"),
        (SAML | {"saml_metadata": ("https://x.example", "/x")}, "not both"),
        (SAML | {"saml_metadata": ("", "/no/such/file")}, "SAML_METADATA_FILE cannot be read"),
        (SAML | {"saml_metadata": ("", __file__)}, "Set SSO_HOSTS"),
    ],
)
def test_what_does_not_fit_together_is_said_plainly(given: dict[str, Any], words: str) -> None:
    with pytest.raises(ImproperlyConfigured, match=words):
        configure(**given)


def test_saml_without_its_extra_is_said_plainly(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("opscom.lib.sso.find_spec", lambda name: None)
    with pytest.raises(ImproperlyConfigured, match="SAML is an extra that is not installed: run bin/setup saml"):
        configure(**SAML)
