"""What the office answers to a text: the steps of the guide, word by word (TXT-2 to TXT-4).

Everything happens in one transaction with the conversation's row locked; the bank is asked later (buying). Whatever comes that
the step does not ask for, in whatever order, the step is asked again.
"""

import re
import unicodedata
from collections.abc import Callable, Mapping
from datetime import datetime, timedelta
from typing import TypeVar

from django.core.cache import cache
from django.db import transaction
from django.utils.translation import override

from accounts.models import TextMessage, User
from accounts.services.phones import confirm_number, is_claimed_by_others, is_known_number, owner_of_number
from accounts.services.wordings import say
from opscom.lib.states import change_state
from permits.models import TextConversation
from permits.services.parkme import asking
from permits.services.parkme.asking import WAIT, end, with_prompt
from permits.services.parkme.buying import buy, waiting_words
from permits.services.parkme.standing import card_of, obstacle_to_texting, page, sessions_of, types_for
from vehicles.models import Vehicle, VehicleOwner
from vehicles.plates import normalise_plate

Row = TypeVar("Row")
State = TextConversation.State
PARKME, EXTEND, QUIT, MORE, LOTS, CONTINUE = "PARKME", "E", "Q", "M", "L", "C"
HOUR = 60 * 60
LATELY = timedelta(days=1)
LONGEST = 40
CODE = re.compile(r"[0-9]{6}")
PLATE = re.compile(r"(?=.*[A-Z])[A-Z0-9]{2,10}|[0-9]{4,10}")


def answer_message(message: TextMessage, at: datetime) -> str:
    """What the office's text line asks the dialogue (accounts.texting)."""
    return answer_text(message.number, message.body, user=message.user, at=at)


def answer_text(number: str, body: str, *, at: datetime, user: User | None = None) -> str:
    """The answer to one text from that number, whose origin is proven; "" says nothing. `user` has it, where that is known."""
    said, user = words_of(body), user or owner_of_number(number)
    if CODE.fullmatch(said) and (user is None or is_claimed_by_others(number, user)):
        confirmed = confirm_number(number, code=said, at=at)
        if confirmed is not None:
            with override(confirmed.language):
                return say("text_confirmed")
    if user is None:
        return _answer_stranger(number)
    with override(user.language), transaction.atomic():
        return _answer(user, number, said, at)


def words_of(body: str) -> str:
    """What was meant: in capitals, without what surrounds it; "" for what nobody could mean."""
    said = unicodedata.normalize("NFKC", body).strip(" '\"\n\r\t").rstrip(" .,!?;:").upper()
    return said if len(said) <= LONGEST and said.isprintable() else ""


def _answer(user: User, number: str, said: str, at: datetime) -> str:
    talk = _conversation(user, number, at)
    if talk is not None and talk.state == State.PAYING:
        return waiting_words(talk, at)
    if said.replace(" ", "") == PARKME:
        return _start(talk or TextConversation(user=user, number=number, started_at=at), at)
    if said == EXTEND and (talk is None or talk.state == State.START):
        return _start(talk or TextConversation(user=user, number=number, started_at=at), at, longer=True)
    if talk is None:
        return _answer_idle(number, said, at)
    if said == QUIT:
        return end(talk, "give_up", at, say("text_quit"))
    return STEPS[talk.state](talk, said, at)


def _conversation(user: User, number: str, at: datetime) -> TextConversation | None:
    """What is under way with that number, locked; what nobody answered in time, or another account began, has ended."""
    under_way = TextConversation.objects.under_way().filter(number=number)
    talk = under_way.select_related("permit_type__lot", "card").select_for_update(of=("self",)).first()
    if talk is None or talk.state == State.PAYING:
        return talk
    if talk.expires_at <= at or talk.user_id != user.pk:
        change_state(talk, "expire", at=at, ended_at=at)
        return None
    talk.user = user  # read with its type already
    return talk


def _start(talk: TextConversation, at: datetime, *, longer: bool = False) -> str:
    """The menu, or what to extend; for somebody who may and whose card can pay."""
    user = talk.user
    problem = obstacle_to_texting(user) or card_of(user, at=at)[1]
    if not problem and longer and not sessions_of(user, at=at).exists():
        problem = say("text_no_parking")
    elif not problem and not longer and not types_for(user).exists():
        problem = say("text_no_lot", page=page("permits:list"))
    if problem:
        return end(talk, "give_up", at, problem) if talk.pk else problem
    text = asking.begin(talk, at)
    return asking.ask_session(talk, at) if longer else text


def _answer_idle(number: str, said: str, at: datetime) -> str:
    if said == QUIT:
        return say("text_nothing")
    last = TextConversation.objects.filter(number=number, started_at__gt=at - LATELY).first()
    if last is not None and last.state == State.EXPIRED:
        return say("text_expired")
    return say("text_idle")


def _answer_stranger(number: str) -> str:
    """A number that nobody has shown to be theirs: once an hour how to sign up."""
    if not cache.add(f"text-hint:{number}", 1, HOUR):
        return ""
    return say("text_unconfirmed" if is_known_number(number) else "text_stranger", page=page("profile"))


def _at_start(talk: TextConversation, said: str, at: datetime) -> str:
    return asking.ask_lot(talk, at) if said == "P" else _again(talk, at)


def _at_session(talk: TextConversation, said: str, at: datetime) -> str:
    if said == MORE:
        return asking.turn_page(talk, at)
    talk.extends = _chosen(talk, said, sessions_of(talk.user, at=at).in_bulk())
    return asking.ask_minutes(talk, at) if talk.extends else _again(talk, at)


def _at_lot(talk: TextConversation, said: str, at: datetime) -> str:
    if said == MORE:
        return asking.turn_page(talk, at)
    talk.permit_type = _chosen(talk, said, types_for(talk.user).in_bulk())
    return asking.ask_minutes(talk, at) if talk.permit_type else _again(talk, at)


def _at_minutes(talk: TextConversation, said: str, at: datetime) -> str:
    if said == LOTS and talk.extends is None:
        return asking.ask_lot(talk, at)
    minutes = _number(said)
    return asking.ask_agreement(talk, minutes, at) if minutes else _again(talk, at)


def _at_quote(talk: TextConversation, said: str, at: datetime) -> str:
    if said == LOTS:
        return asking.ask_minutes(talk, at) if talk.extends else asking.ask_lot(talk, at)
    if said != CONTINUE:
        return _again(talk, at)
    if talk.extends:
        return buy(talk, at)
    return asking.sum_up(talk, at) if talk.plate else asking.ask_plate(talk, at)


def _at_plate(talk: TextConversation, said: str, at: datetime) -> str:
    if said == MORE:
        return asking.turn_page(talk, at)
    if said == LOTS:
        return asking.ask_lot(talk, at)
    links = {link.pk: link for link in VehicleOwner.objects.for_user(talk.user)}
    link = _chosen(talk, said, links)
    plate = link.vehicle.plate if link else normalise_plate(said)
    if not PLATE.fullmatch(plate) and link is None:
        return _again(talk, at)
    own = [link.vehicle] if link else [found.vehicle for found in links.values() if found.vehicle.plate == plate]
    talk.plate = plate
    usual = [found.vehicle.region for found in links.values()] or [Vehicle().region]
    talk.region = own[0].region if own else usual[0]
    return asking.sum_up(talk, at)


def _at_confirm(talk: TextConversation, said: str, at: datetime) -> str:
    if said == LOTS:
        return asking.ask_lot(talk, at)
    return buy(talk, at) if said == CONTINUE else _again(talk, at)


STEPS: dict[str, Callable[[TextConversation, str, datetime], str]] = {
    State.START: _at_start,
    State.SESSION: _at_session,
    State.LOT: _at_lot,
    State.MINUTES: _at_minutes,
    State.QUOTE: _at_quote,
    State.PLATE: _at_plate,
    State.CONFIRM: _at_confirm,
}


def _again(talk: TextConversation, at: datetime) -> str:
    """The question of the step once more; time to answer begins anew."""
    talk.expires_at = at + WAIT
    talk.save(update_fields=["expires_at"])
    return with_prompt(talk, say("text_again"))


def _chosen(talk: TextConversation, said: str, rows: Mapping[int, Row]) -> Row | None:
    """What the number stood for in the list that the person read, if it can still be had."""
    n = _number(said)
    return rows.get(talk.offered[n - 1]) if 0 < n <= len(talk.offered) else None


def _number(said: str) -> int:
    """What was counted, at least 1; 0 for anything else."""
    return int(said) if said.isascii() and said.isdigit() and len(said) <= 5 else 0
