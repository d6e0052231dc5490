"""A driver who texts the office, and what the office sends."""

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any

from accounts.models import TextMessage, User
from opscom.lib.segments import with_plain_signs
from permits.models import Lot, Permit, TextConversation
from permits.services.parkme.buying import collect_conversation
from permits.services.parkme.dialogue import answer_text
from tests.factories import change_office, make_lot, make_stored_card, make_temporary_type, make_user, make_vehicle

NOON = datetime(2026, 11, 16, 17, 0, 20, tzinfo=UTC)  # twenty seconds past noon of a Monday in Toronto
MINUTE = timedelta(minutes=1)
NUMBER, OFFICE = "+15195550142", "+15195550100"


@dataclass
class Driver:
    """Somebody with a confirmed phone. `now` is when the next text is sent."""

    user: User
    number: str = NUMBER
    now: datetime = field(default=NOON)

    def text(self, *bodies: str) -> str:
        """Send these, one after the other; the last answer."""
        answer = ""
        for body in bodies:
            answer = answer_text(self.number, body, at=self.now)
        return with_plain_signs(answer)

    def wait(self, minutes: float) -> None:
        """Some time goes by."""
        self.now += minutes * MINUTE

    @property
    def talk(self) -> TextConversation:
        """The newest conversation."""
        return TextConversation.objects.filter(number=self.number).latest("pk")

    def park(self, minutes: int = 60, plate: str = "1") -> Permit:
        """The whole way, the card included."""
        self.text("ParkMe", "P", "1", str(minutes), "C", plate, "C")
        self.work()
        permit = self.talk.permit
        assert permit is not None
        return permit

    def work(self) -> None:
        """What the worker does after the commit."""
        collect_conversation(self.talk.pk, at=self.now)

    @property
    def told(self) -> list[str]:
        """What came beside the answers."""
        texts = TextMessage.objects.filter(number=self.number, direction="out", answers=None)
        return list(texts.order_by("pk").values_list("body", flat=True))


def text_lot(name: str = "Yellow Lot", **fields: Any) -> Lot:
    """A lot that sells by text: $2 an hour, $10 a day at most."""
    lot = make_lot(name=name, text_parking=True, **fields)
    make_temporary_type(lot)
    return lot


def make_driver(*, plates: tuple[str, ...] = ("CKRT418",), number: str = NUMBER, **fields: Any) -> Driver:
    """With these vehicles and a card that may pay parking, in an office where such cards may."""
    change_office(stored_cards_for_parking=True, permit_disclaimer="", text_number=OFFICE)
    user = make_user(phone=number, texts_from=number, **fields)
    for plate in plates:
        make_vehicle(user, plate=plate)
    make_stored_card(user, provider="vault", primary=True, purpose="parking", brand="Visa", last4="4242")
    return Driver(user, number)
