"""A mail server on the loopback that keeps what it takes."""

from collections.abc import Iterator
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

import pytest
from aiosmtpd.controller import Controller
from aiosmtpd.smtp import Envelope
from pytest_django import Settings

from tests.lib.ports import free_port


class Sink:
    """Takes every message, or answers as it is told."""

    def __init__(self) -> None:
        self.envelopes: list[Envelope] = []
        self.recipient_answer = "250 OK"
        self.data_answer = "250 OK"

    async def handle_RCPT(  # noqa: N802
        self, _server: Any, _session: Any, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        if self.recipient_answer.startswith("250"):
            envelope.rcpt_tos.append(address)
        return self.recipient_answer

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Envelope) -> str:  # noqa: N802
        if self.data_answer.startswith("250"):
            self.envelopes.append(envelope)
        return self.data_answer

    def messages(self) -> list[EmailMessage]:
        """What arrived, taken apart."""
        return [
            message_from_bytes(envelope.original_content or b"", policy=policy.default) for envelope in self.envelopes
        ]


@pytest.fixture
def sink(settings: Settings) -> Iterator[Sink]:
    """The mail server that the portal is told to use."""
    sink = Sink()
    controller = Controller(sink, hostname="127.0.0.1", port=free_port())
    controller.start()
    use_server(settings, controller.port)
    yield sink
    controller.stop()


def use_server(settings: Settings, port: int) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.smtp.EmailBackend"
    settings.EMAIL_HOST, settings.EMAIL_PORT = "127.0.0.1", port
