"""The contract of a text gateway: frozen values in, frozen values out."""

from abc import ABC, abstractmethod
from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar


@dataclass(frozen=True)
class OutgoingText:
    """What a gateway is asked to send. It tells `callback_url` what becomes of it."""

    to: str
    sender: str
    body: str
    callback_url: str


@dataclass(frozen=True)
class SentText:
    """The gateway has it, under that name; `delivered`: and the person, too."""

    provider_id: str
    delivered: bool = False


class TextRefused(Exception):
    """The gateway did not take it. `again`: it may take it later."""

    def __init__(self, code: str, message: str, *, again: bool = False) -> None:
        super().__init__(message)
        self.code = code
        self.again = again


class TextUnsure(Exception):
    """Nobody knows whether the gateway took it."""


class TextProvider(ABC):
    """`carrier`: somebody between the portal and the person may answer STOP, START and HELP."""

    name: ClassVar[str]
    carrier: ClassVar[bool] = True

    @abstractmethod
    def send(self, text: OutgoingText) -> SentText:
        """Hand over one text, or raise TextRefused or TextUnsure. Never called inside a transaction."""

    @abstractmethod
    def signed(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        """Whether the gateway itself sent these fields to that address."""
