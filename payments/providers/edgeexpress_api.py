"""EdgeExpress' two addresses: one opens a hosted page, the other does everything else. XML both ways."""

from dataclasses import dataclass

from django.conf import settings

from payments.errors import ProviderUnreachable
from payments.providers import wire

NAME = "EdgeExpress"
HOSTED = "/HostPayService/v1/hostpay/transactions"
DIRECT = "/HostPayService/v1/directpay/express"

APPROVED, DECLINED, ALIAS_DONE, PARTLY, AUTO_DECLINED, BAD_EXPIRY, VERIFIED = 0, 1, 5, 7, 9, 10, 32
LAPSED, PENDING, UNFINISHED = 101, 102, 814
REFUSALS = {DECLINED, AUTO_DECLINED, BAD_EXPIRY}


@dataclass(frozen=True)
class Answer:
    """Every field of an answer that holds text."""

    fields: dict[str, str]

    def get(self, name: str) -> str:
        """A field, or nothing."""
        return self.fields.get(name, "")

    @property
    def code(self) -> int:
        """The response code. ProviderUnreachable where there is none."""
        text = self.get("RESPONSECODE")
        if not text.isdigit():
            raise ProviderUnreachable("EdgeExpress answers without a code")
        return int(text)

    @property
    def text(self) -> str:
        """What it says."""
        return self.get("RESPONSEDESCRIPTION")


def ask(path: str, kind: str, fields: wire.Fields) -> Answer:
    """One transaction. ProviderUnreachable where nobody knows what was done."""
    body: wire.Fields = {
        "XWEBID": settings.EDGEEXPRESS_XWEBID,
        "XWEBTERMINALID": settings.EDGEEXPRESS_XWEBTERMINALID,
        "XWEBAUTHKEY": settings.EDGEEXPRESS_XWEBAUTHKEY,
        "TRANSACTIONTYPE": kind,
        **fields,
    }
    text = '<?xml version="1.0" encoding="UTF-8"?>' + wire.write_xml("REQUEST", body)
    root = wire.read_xml(NAME, wire.post(NAME, settings.EDGEEXPRESS_HOST + path, text.encode(), "text/xml"))
    return Answer({part.tag: (part.text or "").strip() for part in root.iter() if (part.text or "").strip()})


def query(order: str) -> Answer:
    """How that order went; UNFINISHED also for one that was never heard of."""
    return ask(DIRECT, "QUERYPAYMENT", {"ORDERID": order})
