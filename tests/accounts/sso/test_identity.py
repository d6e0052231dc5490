"""What a provider says, cleaned."""

from typing import Any

import pytest

from accounts.sso.identity import Identity, SsoRefused, identity_of
from opscom.lib.sso import SingleSignOn

SSO = SingleSignOn(issuer="https://id.campus.example", type_claim="affiliation")


def made(subject: object = "s1", *, verified: object = None, sso: SingleSignOn = SSO, **claims: object) -> Identity:
    return identity_of(subject, claims, email_verified=verified, sso=sso)


@pytest.mark.parametrize("subject", [None, "", " ", 7, "a\x00b", "x" * 192, ["a"]])
def test_subject_must_be_one_that_a_link_can_hold(subject: object) -> None:
    with pytest.raises(SsoRefused):
        made(subject)


def test_nothing_but_the_subject_is_needed() -> None:
    assert made() == Identity(issuer=SSO.issuer, subject="s1")


@pytest.mark.parametrize(
    ("claims", "names"),
    [
        ({"given_name": "Zoé", "family_name": "Côté"}, ("Zoé", "Côté")),
        ({"name": "Zoé Anne Côté"}, ("Zoé", "Anne Côté")),
        ({"name": "Zoé Côté", "family_name": "Côté"}, ("", "Côté")),
        ({"given_name": "Zo\x00é\n"}, ("Zo é", "")),
        ({"given_name": "x" * 300, "family_name": 7}, ("x" * 60, "")),
        ({"given_name": ["Zoé"]}, ("", "")),
    ],
)
def test_names_fit_their_columns(claims: dict[str, Any], names: tuple[str, str]) -> None:
    identity = made(**claims)
    assert (identity.first_name, identity.last_name) == names


@pytest.mark.parametrize(
    ("said", "trusted", "proven"),
    [
        (True, False, True),
        ("true", False, True),
        (False, True, False),
        ("false", True, False),
        (None, False, False),
        (None, True, True),
        ("", True, True),
        ("yes", True, False),
        (1, False, True),
        ([True], False, False),
    ],
)
def test_address_is_proven_by_a_plain_yes_or_the_operators_trust(said: object, trusted: bool, proven: bool) -> None:
    sso = SingleSignOn(issuer="https://id.campus.example", trusts_email=trusted)
    assert made(verified=said, sso=sso).email_verified is proven


@pytest.mark.parametrize(
    ("claim", "kinds"),
    [("student", ("student",)), (["a", 1, "b"], ("a", "b")), ({"a": 1}, ()), (None, ()), (7, ())],
)
def test_kinds_are_texts(claim: object, kinds: tuple[str, ...]) -> None:
    assert made(affiliation=claim).kinds == kinds
