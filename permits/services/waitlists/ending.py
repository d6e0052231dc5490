"""How an offer ends where its permit does: claimed by a hold, paid, or lost with the hold."""

from datetime import datetime

from django.db.models import QuerySet
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from opscom.lib.states import change_state
from opscom.lib.work import hint
from permits import waitlist_emails as emails
from permits.errors import PermitRefused
from permits.models import Permit, SalesWindow, WaitlistEntry, WaitlistOffer


def hint_free_place() -> None:
    """Somebody who waits may get a place now; the sweep would find it, too."""
    from permits.tasks import sweep_waitlists

    hint(sweep_waitlists)


def offer_in_hand(user: User, window: SalesWindow) -> WaitlistOffer | None:
    """The place in that window that the person is offered, if one is."""
    return next(iter(_in_hand(user, window)), None)


@prepared
def _in_hand(user: User, window: SalesWindow) -> QuerySet[WaitlistOffer]:
    return WaitlistOffer.objects.live().for_user(user).filter(window=window)[:1]


def claim_offer(offer: WaitlistOffer, user: User, *, at: datetime) -> WaitlistOffer:
    """The locked open offer, for whoever takes its place; the lot is locked. PermitRefused where it is over: it is good once,
    whatever became of it (RULES 11)."""
    offer = WaitlistOffer.objects.select_for_update(of=("self",)).select_related("entry").get(pk=offer.pk)
    if offer.entry.user_id != user.pk:
        raise PermitRefused(_("This offer is for somebody else."), code="not-yours")
    if offer.is_over(at):
        raise PermitRefused(
            _(
                "This offer is over, and its place goes to the next person. Join Waitlist again, or look at the other lots."
            ),
            code="over",
        )
    return offer


def hold_for_offer(offer: WaitlistOffer, permit: Permit, *, at: datetime) -> None:
    """The hold takes over the space of a claimed offer."""
    change_state(offer, "accept", by=permit.holder, at=at, permit=permit)


def pay_offer(permit: Permit, *, at: datetime) -> None:
    """The permit of an offer is paid: the person got the place. Choices that were worse are given up, better ones kept where
    the office wants it so."""
    offer, entry = _locked(permit)
    if offer is None or entry is None:
        return
    change_state(offer, "take", at=at)
    change_state(entry, "take", at=at)
    emails.send_waitlist_taken(offer)
    others = WaitlistEntry.objects.for_user(entry.user_id).filter(state=WaitlistEntry.State.WAITING)
    if office().waitlist_keep_better:
        others = others.filter(rank__gte=entry.rank)
    for other in others.select_for_update().order_by("pk"):
        change_state(other, "leave", at=at, reason="has a better place")


def take_offer_back(permit: Permit, *, at: datetime, reason: str) -> None:
    """The hold of an offer was taken from the person, who waits on: the offer is over and the next person is asked."""
    offer, entry = _locked(permit)
    if offer is not None and entry is not None:
        change_state(offer, "withdraw", at=at, reason=reason)
        change_state(entry, "wait_on", at=at, reason=reason)
    hint_free_place()


def lose_offer(permit: Permit, *, at: datetime, declined: bool = False) -> None:
    """The hold of an offer was not paid, or was given up: the offer is over and the next person is asked."""
    offer, entry = _locked(permit)
    if offer is not None and entry is not None:
        transition = "decline" if declined else "lapse"
        change_state(offer, transition, at=at, reason="given up" if declined else "not paid in time")
        change_state(entry, transition, at=at, reason="given up" if declined else "not paid in time")
    hint_free_place()


def _locked(permit: Permit) -> tuple[WaitlistOffer | None, WaitlistEntry | None]:
    """The accepted offer behind a locked permit, and its entry. Whether an offer names it is settled when the permit is made, so
    that may have been read with the permit; how it stands is read here, locked."""
    if not hasattr(permit, "waitlist_offer"):
        return None, None
    offer = WaitlistOffer.objects.select_for_update().filter(permit=permit, state=WaitlistOffer.State.ACCEPTED).first()
    entry = WaitlistEntry.objects.select_for_update().get(pk=offer.entry_id) if offer else None
    return offer, entry
