"""Hold the place, have the card charged by a worker, and say how it ended.

A conversation charges its card at most once, whatever is texted or run again: the place is held in the transaction that takes
the final C, a worker claims the conversation before it asks the bank, and where an attempt exists no other one is made.
"""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, Q
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models.text import TextKind
from accounts.services.texts import send_text
from accounts.services.wordings import say
from opscom.lib.dates import Period, written_clock
from opscom.lib.states import change_state
from opscom.lib.work import hint
from payments.errors import AlreadyPaid, PaymentRefused
from payments.models import Payment
from payments.services.checkouts import start_checkout
from payments.services.stored import charge_card
from permits import emails
from permits.errors import LotFull, PermitRefused
from permits.models import Permit, TextConversation
from permits.services.extending import extend_temporary
from permits.services.parkme import asking
from permits.services.parkme.prompts import parked_words
from permits.services.parkme.standing import card_of, page
from permits.services.reserve import give_hold_back
from permits.services.temporary import reserve_temporary
from vehicles.models import Vehicle, VehicleOwner
from vehicles.services import vehicle_by_plate

State = TextConversation.State
LEASE = timedelta(minutes=2)
SOON = timedelta(minutes=1)
LATEST = timedelta(days=7)  # after it the bank's word is for the office, which has been told
UNSURE = "unsure"  # why nothing was bought: the bank never said
AWAITED = Q(state=State.PAYING) | Q(state=State.UNPAID, problem=UNSURE)
PRICED_ANEW = ("changed", "past", "past-end")
OTHER_PLATE = ("clash", "same-plate")
FAILED = {
    "no-place": "text_failed_no_place",
    UNSURE: "text_failed_unsure",
    "busy": "text_failed_busy",  # on the portal, or promised to the office
    "authenticate": "text_failed_authenticate",
    "no-card": "text_failed_card",
    "hard": "text_failed_card",
    "lapsed": "text_failed_lapsed",
}


def buy(talk: TextConversation, at: datetime) -> str:
    """The last C: hold the place at the price that was read, and have a worker charge the card. What cannot be had any more is
    said, with the step to go back to."""
    from permits.tasks import charge_conversation

    card, problem = card_of(talk.user, at=at)
    if card is None:
        return asking.end(talk, "fail", at, problem, problem="no-card")
    if card.pk != talk.card_id:
        return _asked_anew(talk, at, say("text_other_card"))
    try:
        permit = _hold_longer(talk, at) if talk.extends else _hold(talk, at)
    except LotFull as full:
        return asking.ask_minutes(talk, at, str(full)) if talk.extends else asking.ask_lot(talk, at, str(full))
    except PermitRefused as refusal:
        return _go_back(talk, refusal, at)
    if permit.pk == talk.extends_id:  # the prices of a day or a week cover it
        return _park(talk, permit, at)
    asking.move(talk, "pay", at, permit=permit)
    hint(charge_conversation, conversation_id=talk.pk)
    return waiting_words(talk, at)


def waiting_words(talk: TextConversation, at: datetime) -> str:
    """The bank is being asked, or has been for a while: then what comes next, and where else to look."""
    since = talk.expires_at - asking.WAIT
    if at >= since + SOON and talk.permit is not None:
        return unsure_words(talk.permit)
    return say("text_charging")


def unsure_words(permit: Permit) -> str:
    """Nobody knows yet whether the card was charged."""
    kept_until = written_clock(permit.held_until or timezone.now())
    return say("text_bank_silent", time=kept_until, page=page("payments:list"))


def _asked_anew(talk: TextConversation, at: datetime, said: str) -> str:
    """Price and end of the same minutes as of now, to be confirmed once more."""
    return asking.ask_agreement(talk, talk.minutes or 0, at, said)


def _go_back(talk: TextConversation, refusal: PermitRefused, at: datetime) -> str:
    if refusal.code in PRICED_ANEW:
        return _asked_anew(talk, at, say("text_changed"))
    if talk.extends:
        again = _("Text ParkMe to park.")
        return asking.end(talk, "give_up", at, f"{refusal} {again}")
    if refusal.code in OTHER_PLATE:
        return asking.ask_plate(talk, at, str(refusal))
    return asking.ask_lot(talk, at, str(refusal))


def _hold(talk: TextConversation, at: datetime) -> Permit:
    if talk.permit_type is None or talk.starts_at is None or talk.ends_at is None or talk.price is None:
        raise TypeError("confirmed before it was priced")
    return reserve_temporary(
        talk.user,
        permit_type=talk.permit_type,
        vehicle=_vehicle(talk),
        period=Period(talk.starts_at, talk.ends_at),
        expected=talk.price,
        texted=True,
        at=at,
    )


def _hold_longer(talk: TextConversation, at: datetime) -> Permit:
    if talk.ends_at is None or talk.price is None:
        raise TypeError("confirmed before it was priced")
    return extend_temporary(
        asking.running(talk), until=talk.ends_at, expected=talk.price, by=talk.user, texted=True, at=at
    )


def _vehicle(talk: TextConversation) -> Vehicle:
    """The person's own one with that plate, or whichever has it."""
    own = (
        VehicleOwner.objects.for_user(talk.user).filter(vehicle__plate=talk.plate, vehicle__region=talk.region).first()
    )
    return own.vehicle if own else vehicle_by_plate(talk.plate, region=talk.region)


def collect_conversation(pk: int, *, at: datetime | None = None) -> None:
    """Charge the card for what a conversation holds, if nobody has yet, and tell the person how it ended."""
    at = at or timezone.now()
    talk = _claim(pk, at)
    if talk is None or talk.permit is None or talk.card is None:
        return
    refused = ""
    if _attempt(talk) is None:
        try:
            checkout = start_checkout([talk.permit.charge], user=talk.user, language=talk.user.language, at=at)
            charge_card(checkout, card=talk.card, at=at)
        except AlreadyPaid:
            pass  # on the portal, meanwhile
        except PaymentRefused as refusal:
            refused = refusal.code
    conclude(pk, refused=refused, at=at)


@transaction.atomic
def _claim(pk: int, at: datetime) -> TextConversation | None:
    """The conversation, taken by this worker for a while."""
    free = Q(charged_at=None) | Q(charged_at__lte=at - LEASE)
    waiting = TextConversation.objects.filter(free, AWAITED, pk=pk)
    related = ("user", "card", "permit__charge")
    talk = waiting.select_for_update(of=("self",), skip_locked=True).select_related(*related).first()
    if talk is not None:
        talk.charged_at = at
        talk.save(update_fields=["charged_at"])
    return talk


def _attempt(talk: TextConversation) -> Payment | None:
    """The one attempt on the card."""
    charge = talk.permit.charge_id if talk.permit else None
    made = Payment.objects.filter(checkout__lines__charge=charge, stored_card__isnull=False)
    return made.order_by("-pk").first()


@transaction.atomic
def conclude(pk: int, *, at: datetime, refused: str = "") -> bool:
    """Say how it ended, as far as that is known: parked, or not paid and the place is free. True once it is over. What nobody
    knows is told once, and is over for now when the place is kept no longer; the bank's late word is told all the same."""
    found = TextConversation.objects.filter(AWAITED, pk=pk).select_for_update(of=("self",))
    talk = found.select_related("user", "permit__lot", "permit__permit_type").first()
    if talk is None or talk.permit is None:
        return True
    with override(talk.user.language):
        if talk.permit.state == Permit.State.ACTIVE:
            words = _park(talk, talk.permit, at)
        else:
            problem = _problem_of(talk, talk.permit, refused, at)
            if not problem or problem == talk.problem:
                return False
            change_state(talk, "fail", at=at, reason=problem, ended_at=at, problem=problem)
            words = failed_words(problem)
    key = f"parkme-unsure:{talk.pk}" if talk.problem == UNSURE else f"parkme:{talk.pk}"
    send_text(talk.number, words, kind=TextKind.CONFIRMATION, key=key, at=at)
    return True


def _problem_of(talk: TextConversation, permit: Permit, refused: str, at: datetime) -> str:
    """Why nothing was bought, its place given back; "" while that may change by itself."""
    attempt = _attempt(talk)
    if attempt is not None and attempt.state in Payment.LIVE:
        if permit.state != Permit.State.HELD:
            return UNSURE
        send_text(talk.number, unsure_words(permit), kind=TextKind.CONFIRMATION, key=f"parkme-wait:{talk.pk}", at=at)
        return ""
    if refused == "busy" or (attempt is None and not refused):
        return ""
    if attempt is not None and attempt.state == Payment.State.CONFIRMED and attempt.fulfilled_at is None:
        return ""
    if not give_hold_back(permit, at=at, reason="card did not pay"):
        permit.refresh_from_db(fields=["state"])
        if permit.state == Permit.State.ACTIVE:  # paid on the portal just now: the next look says so
            return ""
        if permit.state == Permit.State.HELD:
            return "busy"
    return _problem(attempt, refused)


def _problem(attempt: Payment | None, refused: str) -> str:
    """Why nothing was bought, in a stable word."""
    if attempt is None:
        return "no-card" if refused == "no-card" else "lapsed"
    return "no-place" if attempt.state == Payment.State.CONFIRMED else attempt.decline or "declined"


def _park(talk: TextConversation, permit: Permit, at: datetime) -> str:
    change_state(talk, "park", by=talk.user, at=at, permit=permit, ended_at=at, problem="")
    emails.send_text_parked(permit, talk)
    return parked_words(talk)


def failed_words(problem: str) -> str:
    """Why nothing was bought, and where one can pay."""
    where = "payments:list" if problem in ("no-place", UNSURE) else "permits:temporary"
    return say(FAILED.get(problem, "text_failed_declined"), page=page(where), cards=page("payments:cards"))


def unconcluded(*, at: datetime | None = None, limit: int = 500) -> list[int]:
    """Keys of conversations whose end nobody has said, because a worker or a hint was lost, or the bank is silent; and of those
    that ended so of which the bank has spoken since."""
    at = at or timezone.now()
    late = Q(charged_at=None, expires_at__lte=at + asking.WAIT - timedelta(seconds=30)) | Q(charged_at__lte=at - LEASE)
    paying = TextConversation.objects.filter(late, state=State.PAYING)
    silent = Payment.objects.filter(checkout__lines__charge=OuterRef("permit__charge"), state__in=Payment.LIVE)
    ended = TextConversation.objects.filter(state=State.UNPAID, problem=UNSURE, started_at__gt=at - LATEST)
    found = (
        paying.values_list("pk", flat=True)[:limit],
        ended.exclude(Exists(silent)).values_list("pk", flat=True)[:limit],
    )
    return [pk for keys in found for pk in keys]


def expire_conversations(*, at: datetime | None = None, limit: int = 500) -> int:
    """End what nobody answered in time. The person is told with the next text. How many there were."""
    at = at or timezone.now()
    keys = TextConversation.objects.silent(at).order_by("expires_at").values_list("pk", flat=True)[:limit]
    return sum(_expire(pk, at) for pk in keys)


@transaction.atomic
def _expire(pk: int, at: datetime) -> bool:
    talk = TextConversation.objects.select_for_update(of=("self",), skip_locked=True).silent(at).filter(pk=pk).first()
    if talk is not None:
        change_state(talk, "expire", at=at, ended_at=at)
    return talk is not None
