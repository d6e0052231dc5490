"""What the gateway knows: messages that went out, and who texted STOP."""

from dataclasses import dataclass, field

from tests.peers.toolkit.books import Books


@dataclass
class Message:
    """One that went out. `callback` is where its fate is told, `inbound` the one that it answers."""

    sid: str
    to: str
    body: str
    callback: str
    inbound: str = ""


@dataclass
class Store(Books):
    """One account with one number. Callers hold `lock`."""

    account: str = ""
    number: str = ""
    messages: dict[str, Message] = field(default_factory=dict)
    stopped: set[str] = field(default_factory=set)
    refusals: list[tuple[int, int, str]] = field(default_factory=list)
    count: int = 0

    def new_sid(self) -> str:
        """34 characters, as Twilio's."""
        self.count += 1
        return f"SM{self.count:032x}"

    def write(self, to: str, body: str, callback: str, inbound: str = "") -> Message:
        """Take one message to be sent."""
        message = Message(self.new_sid(), to, body, callback, inbound)
        self.messages[message.sid] = message
        return message

    def clear(self) -> None:
        """As at the start; names of messages go on."""
        super().clear()
        self.messages.clear()
        self.stopped.clear()
        self.refusals.clear()
