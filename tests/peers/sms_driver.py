"""Starts the SMS peer for a test and works its switches."""

from typing import Any

from tests.peers.toolkit.driver import PeerDriver

ACCOUNT, TOKEN, NUMBER = "AC0123456789abcdef0123456789abcdef", "sms-auth-token", "+15195550100"


class SmsPeer(PeerDriver):
    """Twilio and the telephones behind it, on loopback."""

    def __init__(self) -> None:
        super().__init__("tests.peers.sms_peer", "--account", ACCOUNT, "--token", TOKEN, "--number", NUMBER)

    @property
    def environment(self) -> dict[str, str]:
        """The variables that point a portal at it."""
        return {
            "TWILIO_ACCOUNT_SID": ACCOUNT,
            "TWILIO_AUTH_TOKEN": TOKEN,
            "TWILIO_FROM_NUMBER": NUMBER,
            "TWILIO_API_BASE": self.url,
        }

    def text(self, sender: str, words: str, **options: Any) -> list[dict[str, Any]]:
        """A phone texts the office; what each delivery was answered with."""
        answers: list[dict[str, Any]] = self.control("inbound", sender=sender, words=words, **options)["answers"]
        return answers

    def storm(self, phones: list[tuple[str, list[str]]], *, seed: int) -> dict[str, int]:
        """Many phones text the office at once, some texts twice, late or out of order; how often each status came back."""
        statuses: dict[str, int] = self.control("storm", wait_seconds=300, phones=phones, seed=seed)["statuses"]
        return statuses

    def sent(self) -> list[dict[str, Any]]:
        """Messages that went out, the oldest first."""
        messages: list[dict[str, Any]] = self._read("messages")["messages"]
        return messages

    def tell(self, sid: str, status: str, code: str = "") -> int:
        """Tell the portal what became of a message; the status that it answers."""
        answer: int = self.control("status", sid=sid, status=status, code=code)["status"]
        return answer
