"""Moneris' Gateway: XML for refunds and stored cards. `status_check` asks about a transaction again without repeating it."""

from dataclasses import dataclass
from xml.etree.ElementTree import Element

from django.conf import settings

from payments.errors import ProviderUnreachable
from payments.providers import wire

PATH = "/gateway2/servlet/MpgRequest"
NAME = "Moneris"
CRYPT_TYPE = "7"  # e-commerce over TLS
HARD = {"04", "07", "14", "15", "41", "43", "46", "54", "57", "R0", "R1", "R3"}
AUTHENTICATE = {"1A"}


@dataclass(frozen=True)
class Answer:
    """A receipt of the Gateway; what it writes as `null` is empty here."""

    fields: dict[str, str]

    def get(self, name: str) -> str:
        """A field, or nothing."""
        return self.fields.get(name, "")

    @property
    def code(self) -> int | None:
        """Below 50 is approved; none: it was never sent to the host."""
        text = self.get("ResponseCode")
        return int(text) if text.isdigit() else None

    @property
    def text(self) -> str:
        """What it says, without the French half and the filling."""
        return self.get("Message").partition("*")[0].strip(" =")

    @property
    def approved(self) -> bool:
        """Done by the host, and said to be."""
        return self.get("Complete") == "true" and self.code is not None and self.code < 50

    @property
    def found(self) -> bool:
        """Whether a status check knows the transaction."""
        return self.get("StatusMessage").lower() == "found"

    @property
    def repeated(self) -> bool:
        """Whether the order number was there before, so that nothing was done now."""
        return self.code is None and "duplicate order id" in self.get("Message").lower()


def ask(transaction: str, fields: wire.Fields, *, status_check: bool = False) -> Answer:
    """Send one transaction, or ask how it went. ProviderUnreachable where nobody knows."""
    body: wire.Fields = {
        "store_id": settings.MONERIS_STORE_ID,
        "api_token": settings.MONERIS_API_TOKEN,
        **({"status_check": "true"} if status_check else {}),
        transaction: fields,
    }
    text = '<?xml version="1.0" encoding="UTF-8"?>' + wire.write_xml("request", body)
    root = wire.read_xml(NAME, wire.post(NAME, settings.MONERIS_GATEWAY_HOST + PATH, text.encode(), "text/xml"))
    receipt = root.find("receipt")
    if root.tag != "response" or receipt is None:
        raise ProviderUnreachable("Moneris answers no receipt")
    answer = Answer(_flat(receipt))
    if answer.get("TimedOut") == "true":
        raise ProviderUnreachable("Moneris timed out on its own side")
    if status_check and answer.get("StatusMessage").lower() not in ("found", "not found"):
        raise ProviderUnreachable("Moneris does not say whether it knows it")
    return answer


def _flat(receipt: Element) -> dict[str, str]:
    """Every field that holds text, those of ResolveData included."""
    found: dict[str, str] = {}
    for element in receipt.iter():
        text = (element.text or "").strip()
        if text and text != "null":
            found[element.tag] = text
    return found
