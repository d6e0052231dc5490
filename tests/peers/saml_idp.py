"""``python -m tests.peers.saml_idp``: a SAML 2.0 provider on 127.0.0.1 only, built on pysaml2.

Its messages are signed through the xmlsec wheel, where pysaml2 would call the xmlsec1 program: nothing of the system is
needed. The portal reads them with python3-saml, so the two sides share no SAML code.

``POST /_test/portal`` takes the portal's metadata, ``PUT /users/<name>`` a person's attributes. The login page's form may
carry faults: ``audience``, ``in_response_to``, ``destination``, ``name_id_format``, ``key=other``, ``signed=assertion|nothing``,
``algorithm=sha1``.
"""

import argparse
import datetime
import logging
import re
import signal
import sys
import tempfile
from html import escape
from pathlib import Path
from types import FrameType
from typing import Any

import flask
import xmlsec
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from cryptography.x509.oid import NameOID
from lxml import etree
from saml2 import BINDING_HTTP_POST, BINDING_HTTP_REDIRECT
from saml2.authn_context import PASSWORDPROTECTEDTRANSPORT
from saml2.config import IdPConfig
from saml2.metadata import entity_descriptor
from saml2.s_utils import UnknownPrincipal
from saml2.saml import NAME_FORMAT_BASIC, NAMEID_FORMAT_PERSISTENT, NameID
from saml2.samlp import STATUS_REQUEST_DENIED
from saml2.server import Server
from saml2.sigver import CryptoBackend
from saml2.xmldsig import DIGEST_SHA1, DIGEST_SHA256, SIG_RSA_SHA1, SIG_RSA_SHA256
from werkzeug.serving import make_server

STRONG = {"sign_alg": SIG_RSA_SHA256, "digest_alg": DIGEST_SHA256}
WEAK = {"sign_alg": SIG_RSA_SHA1, "digest_alg": DIGEST_SHA1}


class WheelSigner(CryptoBackend):
    """What pysaml2 wants signed, signed in this process."""

    def sign_statement(self, statement: Any, node_name: str, key_file: str, node_id: str | None) -> str:
        """The document with the signature of the node of that id filled in."""
        document = etree.fromstring(statement if isinstance(statement, bytes) else str(statement).encode())
        for node in document.iter():
            if "ID" in node.attrib:
                xmlsec.tree.add_ids(node, ["ID"])
        [signed] = [node for node in document.iter() if node.attrib.get("ID") == node_id]
        context = xmlsec.SignatureContext()
        context.key = xmlsec.Key.from_file(key_file, xmlsec.constants.KeyDataFormatPem)
        context.sign(signed.find("{http://www.w3.org/2000/09/xmldsig#}Signature"))
        return etree.tostring(document).decode()


def make_provider(base: str, folder: Path, key: str, portals: list[str]) -> Server:
    """pysaml2's server under that address, with the key of that name."""
    settings = {
        "entityid": f"{base}/metadata",
        "crypto_backend": "XMLSecurity",  # replaced below
        "key_file": str(folder / f"{key}.key"),
        "cert_file": str(folder / f"{key}.crt"),
        "service": {
            "idp": {
                "endpoints": {"single_sign_on_service": [(f"{base}/sso", BINDING_HTTP_REDIRECT)]},
                "policy": {"default": {"lifetime": {"minutes": 15}, "name_form": NAME_FORMAT_BASIC}},
                "name_id_format": [NAMEID_FORMAT_PERSISTENT],
            }
        },
        "metadata": {"inline": portals},
    }
    server = Server(config=IdPConfig().load(settings))
    server.sec.crypto = WheelSigner()
    return server


def make_key(folder: Path, name: str) -> None:
    """A key and its own certificate, for an hour."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    who = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "provider.example")])
    now = datetime.datetime.now(datetime.UTC)
    certificate = (
        x509.CertificateBuilder()
        .subject_name(who)
        .issuer_name(who)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - datetime.timedelta(hours=1))
        .not_valid_after(now + datetime.timedelta(hours=1))
        .sign(key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    (folder / f"{name}.key").write_bytes(key.private_bytes(pem, *plain))
    (folder / f"{name}.crt").write_bytes(certificate.public_bytes(pem))


class Provider:
    """People, the portal, and the pages."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.base = ""
        self.portal = ""
        self.people: dict[str, dict[str, Any]] = {}
        for name in ("own", "other"):
            make_key(folder, name)

    def server(self, *, key: str = "own", audience: str = "") -> Server:
        """With that key; it knows the portal, and the same under another name where an answer is to go astray."""
        known = [self.portal] if self.portal else []
        if audience:
            known.append(re.sub(r'entityID="[^"]+"', f'entityID="{audience}"', self.portal))
        return make_provider(self.base, self.folder, key, known)

    def answer(self, request: str, relay_state: str, form: dict[str, str]) -> str:
        """The page whose form carries the answer to the portal."""
        server = self.server(key=form.get("key", "own"), audience=form.get("audience", ""))
        message = server.parse_authn_request(request, BINDING_HTTP_REDIRECT).message
        wanted = server.response_args(message, [BINDING_HTTP_POST])
        where = {
            "in_response_to": form.get("in_response_to", wanted["in_response_to"]),
            "destination": form.get("destination", wanted["destination"]),
        }
        if form.get("action") == "deny":
            refusal = (STATUS_REQUEST_DENIED, "The person said no")
            response = server.create_error_response(**where, info=refusal, sign=True, **STRONG)
        else:
            person = self.people[form["name"]]
            signed = form.get("signed", "both")
            response = server.create_authn_response(
                {name: value for name, value in person.items() if name != "subject"},
                **where,
                sp_entity_id=form.get("audience", wanted["sp_entity_id"]),
                userid=form["name"],
                name_id=NameID(
                    text=str(person.get("subject", form["name"])),
                    format=form.get("name_id_format", NAMEID_FORMAT_PERSISTENT),
                ),
                authn={"class_ref": PASSWORDPROTECTEDTRANSPORT},
                sign_response=signed == "both",
                sign_assertion=signed in ("both", "assertion"),
                **(WEAK if form.get("algorithm") == "sha1" else STRONG),
            )
        page = server.apply_binding(BINDING_HTTP_POST, str(response), wanted["destination"], relay_state, response=True)
        return str(page["data"])


LOGIN = """<!doctype html><html lang="en"><title>Provider</title><h1>Campus login</h1>
<form method="post"><label>Name <input name="name"></label><button>Log in</button></form>
<form method="post"><button name="action" value="deny">Cancel</button></form></html>"""


def make_app(provider: Provider) -> flask.Flask:
    """The pages."""
    app = flask.Flask(__name__)

    @app.get("/metadata")
    def metadata() -> flask.Response:
        return flask.Response(str(entity_descriptor(provider.server().config)), mimetype="application/samlmetadata+xml")

    @app.post("/_test/portal")
    def portal() -> tuple[str, int]:
        provider.portal = flask.request.get_data(as_text=True)
        return "", 204

    @app.put("/users/<name>")
    def person(name: str) -> tuple[str, int]:
        provider.people[name] = flask.request.get_json()
        return "", 204

    @app.get("/sso")
    def login() -> str:
        return LOGIN

    @app.post("/sso")
    def answer() -> tuple[str, int]:
        asked = flask.request.args
        try:
            return provider.answer(asked["SAMLRequest"], asked.get("RelayState", ""), flask.request.form.to_dict()), 200
        except (KeyError, UnknownPrincipal) as error:
            return f"<p>{escape(repr(error))}</p>", 400

    return app


def main() -> None:
    """Serve until SIGTERM or SIGINT."""
    parser = argparse.ArgumentParser(prog="saml_idp")
    parser.add_argument("--port", type=int, default=0, help="0 = any free port")
    parser.add_argument(
        "--name", default="127.0.0.1", help="what it calls itself; localhost is another site to browsers"
    )
    options = parser.parse_args()
    logging.getLogger("werkzeug").setLevel(logging.ERROR)
    with tempfile.TemporaryDirectory() as folder:
        provider = Provider(Path(folder))
        server = make_server("127.0.0.1", options.port, make_app(provider))
        provider.base = f"http://{options.name}:{server.server_port}"

        def stop(number: int, frame: FrameType | None) -> None:
            raise SystemExit(0)

        signal.signal(signal.SIGTERM, stop)
        signal.signal(signal.SIGINT, stop)
        sys.stdout.write(f"listening {provider.base}\n")
        sys.stdout.flush()
        server.serve_forever(poll_interval=0.05)


if __name__ == "__main__":
    main()
