"""The questions of the dialogue: each takes its step and says what to send next (TXT-4)."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from django.utils.translation import gettext as _

from accounts.services.wordings import say
from opscom.lib.dates import Period
from opscom.lib.states import change_state
from permits.errors import LotFull, PermitRefused
from permits.models import Permit, TextConversation
from permits.services.extending import quote_extension
from permits.services.parkme.prompts import PAGE, prompt
from permits.services.parkme.standing import card_of, page, sessions_of, types_for
from permits.services.temporary import check_availability
from vehicles.models import VehicleOwner

WAIT = timedelta(minutes=15)
Words = dict[str, Any]


def begin(talk: TextConversation, at: datetime) -> str:
    """ParkMe: the menu."""
    nothing: Words = {"permit_type": None, "extends": None, "minutes": None, "price": None, "plate": "", "offered": []}
    move(talk, "start_over", at, **nothing)
    return prompt(talk)


def ask_session(talk: TextConversation, at: datetime, said: str = "") -> str:
    """E: how much longer, after which of several."""
    running = list(sessions_of(talk.user, at=at))
    if not running:
        return end(talk, "give_up", at, say("text_no_parking"))
    if len(running) == 1:
        talk.extends = running[0]
        return ask_minutes(talk, at, said)
    move(talk, "ask_session", at, offered=[permit.pk for permit in running], page=0)
    return with_prompt(talk, said)


def ask_lot(talk: TextConversation, at: datetime, said: str = "") -> str:
    """The lots that sell to the person by text."""
    offered = [permit_type.pk for permit_type in types_for(talk.user)]
    if not offered:
        return end(talk, "give_up", at, say("text_no_lot", page=page("permits:list")))
    move(talk, "ask_lot", at, offered=offered, page=0, permit_type=None, plate="")
    return with_prompt(talk, said)


def ask_minutes(talk: TextConversation, at: datetime, said: str = "") -> str:
    """How long."""
    move(talk, "ask_minutes", at, permit_type=talk.permit_type, extends=talk.extends)
    return with_prompt(talk, said)


def ask_agreement(talk: TextConversation, minutes: int, at: datetime, said: str = "") -> str:
    """Price and end for so many minutes; back, with the reason, where they cannot be had."""
    again: Callable[[TextConversation, datetime, str], str] = ask_minutes
    try:
        quote = _quote_longer(talk, minutes, at) if talk.extends else _quote_stay(talk, minutes, at)
    except LotFull:
        if talk.extends is None:
            again = ask_lot
        return again(talk, at, say("text_full"))
    except PermitRefused as refusal:
        return again(talk, at, str(refusal))
    card, problem = card_of(talk.user, at=at)
    if card is None:
        return end(talk, "fail", at, problem, problem="no-card")
    move(talk, "ask_agreement", at, minutes=minutes, card=card, **quote)
    return with_prompt(talk, said)


def ask_plate(talk: TextConversation, at: datetime, said: str = "") -> str:
    """With which vehicle."""
    links = VehicleOwner.objects.for_user(talk.user).filter(active=True)
    move(talk, "ask_plate", at, offered=list(links.values_list("pk", flat=True)), page=0, plate="", region="")
    return with_prompt(talk, said)


def sum_up(talk: TextConversation, at: datetime, said: str = "") -> str:
    """Everything once more, with the card that pays."""
    card, problem = card_of(talk.user, at=at)
    if card is None:
        return end(talk, "fail", at, problem, problem="no-card")
    move(talk, "sum_up", at, plate=talk.plate, region=talk.region, card=card)
    return with_prompt(talk, said)


def turn_page(talk: TextConversation, at: datetime) -> str:
    """M: what else is on the list, and from its end to its beginning."""
    talk.page = (talk.page + 1) % max(1, -(-len(talk.offered) // PAGE))
    talk.expires_at = at + WAIT
    talk.save(update_fields=["page", "expires_at"])
    return prompt(talk)


def move(talk: TextConversation, transition: str, at: datetime, **fields: Any) -> None:
    """Take a step, and wait again."""
    change_state(talk, transition, by=talk.user, at=at, expires_at=at + WAIT, **fields)


def end(talk: TextConversation, transition: str, at: datetime, said: str, **fields: Any) -> str:
    """The conversation is over, with these last words."""
    change_state(talk, transition, by=talk.user, at=at, ended_at=at, **fields)
    return said


def with_prompt(talk: TextConversation, said: str) -> str:
    """Something, and then the question of the step."""
    return f"{said} {prompt(talk)}" if said else prompt(talk)


def _quote_stay(talk: TextConversation, minutes: int, at: datetime) -> Words:
    """From this minute on, what it costs; it holds nothing. PermitRefused, LotFull."""
    if talk.permit_type is None:
        raise TypeError("parking without a lot")
    period = Period(
        at.replace(second=0, microsecond=0), at.replace(second=0, microsecond=0) + timedelta(minutes=minutes)
    )
    found = check_availability(talk.user, permit_type=talk.permit_type, period=period, texted=True, at=at)
    if not found.occupancy.free:
        raise LotFull(_("The lot is full."))
    return {"starts_at": period.start, "ends_at": period.end, "price": found.priced.total}


def _quote_longer(talk: TextConversation, minutes: int, at: datetime) -> Words:
    """So many minutes from its end on. PermitRefused, LotFull."""
    permit = running(talk)
    if permit.ends_at is None:
        raise TypeError("only what goes by moments is extended")
    until = permit.ends_at + timedelta(minutes=minutes)
    quote = quote_extension(permit, until=until, texted=True, at=at)
    return {"starts_at": permit.ends_at, "ends_at": until, "price": quote.total}


def running(talk: TextConversation) -> Permit:
    """What the conversation extends, as it is now, with what a quote looks at."""
    related = ("lot", "holder", "permit_type__lot", "renews")
    return Permit.objects.select_related(*related).get(text_extensions=talk)
