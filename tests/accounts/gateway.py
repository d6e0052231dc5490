"""A text gateway in this process, whose answers the test writes."""

from collections.abc import Iterator, Mapping
from typing import ClassVar

from accounts.text_providers.base import OutgoingText, SentText, TextProvider


class ToyProvider(TextProvider):
    """Keeps what it is given; each answer is a value or an error, the last one for good."""

    name = "toy"
    sent: ClassVar[list[OutgoingText]] = []
    answers: ClassVar[list[SentText | BaseException]] = []

    def send(self, text: OutgoingText) -> SentText:
        self.sent.append(text)
        answer = self.answers.pop(0) if self.answers else SentText(f"SM{len(self.sent):032d}")
        if isinstance(answer, BaseException):
            raise answer
        return answer

    def signed(self, url: str, fields: Mapping[str, str], signature: str) -> bool:
        return signature == "signed"


def fresh_toy() -> Iterator[type[ToyProvider]]:
    """The gateway with empty hands."""
    ToyProvider.sent.clear()
    ToyProvider.answers.clear()
    yield ToyProvider
