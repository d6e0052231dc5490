"""Starts the SAML provider for a test, and is the browser at its login page."""

from typing import Any
from urllib.parse import urlsplit

import requests
from bs4 import BeautifulSoup, Tag

from opscom.lib.sso import SingleSignOn

from .process import PeerProcess

TIMEOUT_SECONDS = 10


class SamlPeer(PeerProcess):
    """``with SamlPeer() as peer:``; one process serves many tests, each with people of its own."""

    def __init__(self, *, name: str = "127.0.0.1") -> None:
        super().__init__("tests.peers.saml_idp", "--name", name, ready_timeout=60.0)

    def meets(self, metadata: bytes) -> None:
        """Tell it about the portal."""
        self._send("POST", "/_test/portal", data=metadata)

    def knows(self, name: str, **attributes: object) -> str:
        """A person with these attributes; `subject` is the name id. Answers the name."""
        self._send("PUT", f"/users/{name}", json=attributes)
        return name

    def log_in(self, page: str, name: str, **faults: str) -> tuple[str, dict[str, str]]:
        """Log in at the page that the portal led to; answers (path, form) of what the browser posts to the portal."""
        return self._submit(page, {"name": name, **faults})

    def deny(self, page: str) -> tuple[str, dict[str, str]]:
        """Press Cancel."""
        return self._submit(page, {"action": "deny"})

    def settings(self, **more: object) -> SingleSignOn:
        """What an operator would say about this provider."""
        given: dict[str, object] = {
            "issuer": f"{self.url}/metadata",
            "metadata_url": f"{self.url}/metadata",
            "domains": frozenset({"campus.example"}),
            "trusts_email": True,
            "hosts": (self.url,),
        }
        return SingleSignOn(**given | more)  # type: ignore[arg-type]

    def _submit(self, page: str, form: dict[str, str]) -> tuple[str, dict[str, str]]:
        assert page.startswith(f"{self.url}/sso?"), page
        answer = requests.post(page, data=form, timeout=TIMEOUT_SECONDS)
        assert answer.status_code == 200, answer.text + self.stderr()
        found = BeautifulSoup(answer.text, "html.parser").find("form")
        assert isinstance(found, Tag)
        fields = {str(field["name"]): str(field["value"]) for field in found.find_all("input") if field.get("name")}
        return urlsplit(str(found["action"])).path, fields

    def _send(self, method: str, path: str, **what: Any) -> None:
        answer = requests.request(method, self.url + path, timeout=TIMEOUT_SECONDS, **what)
        assert answer.status_code == 204, answer.text
