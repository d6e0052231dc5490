"""ID tokens that no good provider would send."""

import json
import time
from typing import Any

import jwt
import pytest
from cryptography.hazmat.primitives.asymmetric import rsa
from jwt.algorithms import RSAAlgorithm

from accounts.sso import oidc
from accounts.sso.identity import SsoRefused
from opscom.lib.sso import SingleSignOn

ISSUER, CLIENT, NONCE = "https://id.campus.example", "portal", "a-nonce"
SSO = SingleSignOn(issuer=ISSUER, client_id=CLIENT, client_secret="s" * 40)
CONFIG = {"issuer": ISSUER, "jwks_uri": f"{ISSUER}/jwks"}
OURS, THEIRS = (rsa.generate_private_key(public_exponent=65537, key_size=2048) for _key in range(2))


def jwks(*keys: tuple[str, rsa.RSAPrivateKey]) -> bytes:
    return json.dumps(
        {"keys": [{**RSAAlgorithm.to_jwk(key.public_key(), as_dict=True), "kid": kid} for kid, key in keys]}
    ).encode()


@pytest.fixture(autouse=True)
def fetched(monkeypatch: pytest.MonkeyPatch) -> list[bool]:
    """What the provider publishes, and whether it was asked for afresh."""
    asked: list[bool] = []

    def published(url: str, *, fresh: bool = False) -> bytes:
        assert url == CONFIG["jwks_uri"]
        asked.append(fresh)
        return jwks(("one", OURS)) if not fresh else jwks(("one", OURS), ("new", OURS))

    monkeypatch.setattr(oidc, "published", published)
    return asked


def token(
    *, key: Any = OURS, kid: str | None = "one", algorithm: str = "RS256", without: str = "", **claims: object
) -> str:
    now = int(time.time())
    good = {"iss": ISSUER, "aud": CLIENT, "sub": "alice", "nonce": NONCE, "iat": now, "exp": now + 300}
    said = {name: value for name, value in {**good, **claims}.items() if name != without}
    return jwt.encode(said, key, algorithm=algorithm, headers={"kid": kid} if kid else {})


def check(text: str) -> dict[str, Any]:
    return oidc.check_id_token(text, CONFIG, nonce=NONCE, sso=SSO)


def test_good_token_is_taken(fetched: list[bool]) -> None:
    assert check(token())["sub"] == "alice"
    assert fetched == [False]


def test_token_for_several_is_taken_if_we_are_the_one_who_asked() -> None:
    assert check(token(aud=[CLIENT, "another"], azp=CLIENT))["sub"] == "alice"


def test_key_needs_no_name_while_there_is_one() -> None:
    assert check(token(kid=None))["sub"] == "alice"


def test_new_key_of_the_provider_is_fetched_once(fetched: list[bool]) -> None:
    assert check(token(kid="new"))["sub"] == "alice"
    with pytest.raises(SsoRefused):
        check(token(kid="nobodys"))
    assert fetched == [False, True, False, True]


@pytest.mark.parametrize(
    "text",
    [
        token(nonce="another"),
        token(without="nonce"),
        token(iss="https://evil.example"),
        token(aud="another"),
        token(aud=[CLIENT, "another"], azp="another"),
        token(exp=int(time.time()) - 3600),
        token(iat=int(time.time()) + 3600),
        token(without="exp"),
        token(without="sub"),
        token(sub=7),
        token(key=THEIRS),
        token(key="s" * 40, algorithm="HS256"),
        token(key=None, algorithm="none"),
        token() + "x",
        "",
        "a.b.c",
    ],
)
def test_bad_token_is_not_taken(text: str) -> None:
    with pytest.raises(SsoRefused) as refusal:
        check(text)
    assert refusal.value.code == "not_finished"
