"""What a person reads at each step of the dialogue: always what to send next (TXT-4)."""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.services.wordings import say
from opscom.lib.dates import today, written_clock, written_moment
from opscom.lib.money import ZERO, format_money
from permits.models import Permit, PermitType, TextConversation
from permits.services.parkme.standing import card_name
from vehicles.models import VehicleOwner

State = TextConversation.State
PAGE = 6  # lines of a list that one text shows


def prompt(talk: TextConversation) -> str:
    """What the person has to send next; the same however often it is asked."""
    return PROMPTS[talk.state](talk)


def _prompt_start(_talk: TextConversation) -> str:
    return say("text_start")


def _prompt_session(talk: TextConversation) -> str:
    shown = Permit.objects.filter(pk__in=_on_page(talk)).select_related("lot")
    names = {permit.pk: session_line(permit) for permit in shown.prefetch_related("vehicles")}
    return _listed(say("text_session"), talk, names)


def _prompt_lot(talk: TextConversation) -> str:
    shown = list(PermitType.objects.filter(pk__in=_on_page(talk)).select_related("lot"))
    lots = [permit_type.lot_id for permit_type in shown]
    names = {
        permit_type.pk: permit_type.lot.name
        if lots.count(permit_type.lot_id) == 1
        else f"{permit_type.lot.name}, {permit_type.name}"
        for permit_type in shown
    }
    return _listed(say("text_lot"), talk, names)


def _prompt_minutes(talk: TextConversation) -> str:
    if talk.extends is not None:
        return say("text_more_minutes", parking=session_line(talk.extends))
    lot = talk.permit_type.lot.name if talk.permit_type else ""
    return say("text_minutes", lot=lot)


def _prompt_quote(talk: TextConversation) -> str:
    return say("text_quote_longer" if talk.extends else "text_quote", **_quote(talk))


def _prompt_plate(talk: TextConversation) -> str:
    if not talk.offered:
        return say("text_first_plate")
    shown = VehicleOwner.objects.filter(pk__in=_on_page(talk)).select_related("vehicle")
    names = {link.pk: str(link.vehicle) for link in shown}
    return _listed(say("text_plate"), talk, names)


def _prompt_confirm(talk: TextConversation) -> str:
    return say("text_confirm", plate=talk.plate, **_quote(talk))


def parked_words(talk: TextConversation) -> str:
    """It is paid, or costs nothing more."""
    permit = talk.permit
    if permit is None:
        raise TypeError("nothing was bought")
    return say(
        "text_thanks",
        plate=_plates(permit),
        lot=permit.lot.name,
        time=clock(talk.ends_at, talk.starts_at),
        price=format_money(talk.price or ZERO),
        number=permit.number,
    )


def clock(moment: datetime | None, since: datetime | None) -> str:
    """The office's time, with the day where the parking began on another one."""
    if moment is None or since is None:
        return ""
    return written_clock(moment) if today(moment) == today(since) else written_moment(moment)


def _quote(talk: TextConversation) -> dict[str, Any]:
    """Lot, minutes, end, price and card, each and together."""
    place = talk.extends.lot if talk.extends else talk.permit_type.lot if talk.permit_type else None
    n = talk.minutes or 0
    words = ngettext(
        "%(lot)s, %(n)s minute, until %(time)s: %(price)s on your card %(card)s.",
        "%(lot)s, %(n)s minutes, until %(time)s: %(price)s on your card %(card)s.",
        n,
    )
    values = {
        "lot": place.name if place else "",
        "n": n,
        "time": clock(talk.ends_at, talk.starts_at),
        "price": format_money(talk.price or ZERO),
        "card": card_name(talk.card) if talk.card else "",
    }
    return {**values, "what": words % values}


def session_line(permit: Permit) -> str:
    """What runs, until when."""
    return _("%(plate)s in %(lot)s until %(time)s") % {
        "plate": _plates(permit),
        "lot": permit.lot.name,
        "time": clock(permit.ends_at, permit.starts_at),
    }


def _plates(permit: Permit) -> str:
    return ", ".join(vehicle.plate for vehicle in permit.vehicles.all())


def _listed(title: str, talk: TextConversation, names: Mapping[int, str]) -> str:
    """The page of the list, numbered through."""
    first = talk.page * PAGE
    lines = [f"{n} {names[key]}" for n, key in enumerate(_on_page(talk), start=first + 1) if key in names]
    if len(talk.offered) > PAGE:
        lines.append(_("M more"))
    return "\n".join([title, *lines])


def _on_page(talk: TextConversation) -> list[int]:
    keys: list[int] = talk.offered[talk.page * PAGE : (talk.page + 1) * PAGE]
    return keys


PROMPTS: dict[str, Callable[[TextConversation], str]] = {
    State.START: _prompt_start,
    State.SESSION: _prompt_session,
    State.LOT: _prompt_lot,
    State.MINUTES: _prompt_minutes,
    State.QUOTE: _prompt_quote,
    State.PLATE: _prompt_plate,
    State.CONFIRM: _prompt_confirm,
}
