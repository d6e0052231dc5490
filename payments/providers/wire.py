"""How adapters without a library of their vendor's speak over HTTPS: one POST, in time, of bounded size, never redirected.

What is sent holds credentials, so nothing of it ever gets into an error's text or the log.
"""

import re
from decimal import Decimal
from xml.etree.ElementTree import Element, ParseError

import requests
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import fromstring
from django.conf import settings
from django.utils.html import escape
from urllib3.exceptions import HTTPError

from payments.errors import ProviderUnreachable

CONNECT_SECONDS = 5
MOST_BYTES = 1_000_000
AMOUNT = re.compile(r"\d{1,8}\.\d\d")
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")

Fields = dict[str, "str | Fields"]


def post(name: str, url: str, body: bytes, content_type: str) -> bytes:
    """The body of a 200 answer. ProviderUnreachable for everything else: nobody knows then what was done."""
    try:
        with requests.post(
            url,
            data=body,
            headers={"Content-Type": content_type},
            timeout=(CONNECT_SECONDS, settings.CARD_PROVIDER_TIMEOUT),
            allow_redirects=False,
            stream=True,
        ) as response:
            if response.status_code != 200:
                raise ProviderUnreachable(f"{name} answers with status {response.status_code}")
            answer: bytes = response.raw.read(MOST_BYTES + 1, decode_content=True)
    except (requests.RequestException, HTTPError, OSError) as error:  # reading raises urllib3's own
        raise ProviderUnreachable(f"{name}: {type(error).__name__}") from None
    if len(answer) > MOST_BYTES:
        raise ProviderUnreachable(f"{name} answers without end")
    return answer


def write_xml(name: str, fields: Fields) -> str:
    """An element with its children in order. Characters that XML does not have are left out."""
    inner = "".join(
        write_xml(child, value) if isinstance(value, dict) else f"<{child}>{escape(NOT_XML.sub('', value))}</{child}>"
        for child, value in fields.items()
    )
    return f"<{name}>{inner}</{name}>"


def read_xml(name: str, text: bytes) -> Element:
    """The document's root. ProviderUnreachable for what is no XML, or declares entities."""
    try:
        root: Element = fromstring(text, forbid_dtd=True)
    except (ParseError, DefusedXmlException, ValueError) as error:
        raise ProviderUnreachable(f"{name} answers no XML: {type(error).__name__}") from None
    return root


def write_amount(amount: Decimal) -> str:
    """`12.34`. ValueError for what has no such form."""
    text = f"{amount:f}"
    whole, _point, cents = text.partition(".")
    text = f"{whole}.{cents:0<2}"
    if not AMOUNT.fullmatch(text):
        raise ValueError("an amount with two decimals is needed")
    return text


def read_amount(name: str, text: str) -> Decimal:
    """The amount of an answer, written as `12.34`. ProviderUnreachable for anything else."""
    if not AMOUNT.fullmatch(text):
        raise ProviderUnreachable(f"{name} answers an amount that is none")
    return Decimal(text)
