"""Starts the OpenID Connect provider for a test, and is the person at its login page."""

import requests

from opscom.lib.sso import SingleSignOn

from .process import PeerProcess

CLIENT_ID, CLIENT_SECRET = "portal", "a-secret-of-the-portal"
TIMEOUT_SECONDS = 10


class OidcPeer(PeerProcess):
    """``with OidcPeer() as peer:``; one process serves many tests, each with subjects of its own."""

    def __init__(self, *, claims_in_userinfo: bool = False) -> None:
        super().__init__("tests.peers.oidc_provider", *(["--claims-in-userinfo"] if claims_in_userinfo else []))

    def knows(self, subject: str, **claims: object) -> str:
        """A person with these claims; answers the subject."""
        answer = requests.put(f"{self.url}/users/{subject}", json=claims, timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 204, answer.text
        return subject

    def log_in(self, page: str, subject: str) -> str:
        """Log in at the page that the portal led to; answers where the browser is sent."""
        return self._submit(page, {"sub": subject})

    def deny(self, page: str) -> str:
        """Press the other button."""
        return self._submit(page, {"action": "deny"})

    def settings(self, **more: object) -> SingleSignOn:
        """What an operator would say about this provider."""
        given: dict[str, object] = {
            "issuer": self.url,
            "client_id": CLIENT_ID,
            "client_secret": CLIENT_SECRET,
            "domains": frozenset({"campus.example"}),
            "hosts": (self.url,),
        }
        return SingleSignOn(**given | more)  # type: ignore[arg-type]

    def _submit(self, page: str, form: dict[str, str]) -> str:
        assert page.startswith(f"{self.url}/oauth2/authorize?"), page
        answer = requests.post(page, data=form, allow_redirects=False, timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 302, answer.text
        return str(answer.headers["Location"])
