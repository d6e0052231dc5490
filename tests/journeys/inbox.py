"""The SMTP sink: what really left the portal."""

import email
import re
import time
from email.message import EmailMessage
from email.policy import default
from typing import Any

from aiosmtpd.controller import Controller

WAIT_SECONDS = 20


class Inbox:
    """A mail server on loopback that keeps what it is given."""

    def __init__(self, port: int) -> None:
        self.messages: list[EmailMessage] = []
        self.port = port
        self._controller: Controller | None = None

    async def handle_DATA(self, server: Any, session: Any, envelope: Any) -> str:  # noqa: N802 (aiosmtpd's name)
        """Keep one message."""
        message = email.message_from_bytes(envelope.content, policy=default)
        assert isinstance(message, EmailMessage)
        self.messages.append(message)
        return "250 kept"

    def start(self) -> str:
        """Listen, also after a stop; answers the EMAIL_URL that leads here."""
        self._controller = Controller(self, hostname="127.0.0.1", port=self.port)
        self._controller.start()
        return f"smtp://127.0.0.1:{self.port}"

    def stop(self) -> None:
        """Stop listening; what came is kept."""
        if self._controller is not None:
            self._controller.stop()
            self._controller = None

    def wait_for(self, to: str, subject: str, *, count: int = 1) -> EmailMessage:
        """The newest message to that address whose subject holds those words, once there are `count` of them."""
        end = time.monotonic() + WAIT_SECONDS
        while time.monotonic() < end:
            found = self.find(to, subject)
            if len(found) >= count:
                return found[-1]
            time.sleep(0.05)
        seen = [(str(m["To"]), str(m["Subject"])) for m in self.messages]
        raise AssertionError(f"no mail {subject!r} to {to}; there is {seen}")

    def find(self, to: str, subject: str) -> list[EmailMessage]:
        """All messages to that address whose subject holds those words."""
        return [m for m in self.messages if str(m["To"]) == to and subject.lower() in str(m["Subject"]).lower()]


def plain_text(message: EmailMessage) -> str:
    """The text part."""
    part = message.get_body(preferencelist=("plain",))
    assert part is not None
    return str(part.get_content())


def link_in(message: EmailMessage, path: str) -> str:
    """The first address in the text part whose path starts so."""
    match = re.search(rf"https?://[^\s/]+{re.escape(path)}[^\s>]*", plain_text(message))
    assert match, plain_text(message)
    return match.group(0)


def code_in(message: EmailMessage) -> str:
    """The six-digit code in the text part."""
    match = re.search(r"\b(\d{6})\b", plain_text(message))
    assert match, plain_text(message)
    return match.group(1)
