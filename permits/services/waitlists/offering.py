"""Offer free places to those who wait: never more than there are (RULES 12), and each together with its e-mail (RULES 15)."""

from datetime import datetime

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import Period, today
from opscom.lib.office import office
from opscom.lib.states import change_state
from permits import waitlist_emails as emails
from permits.capacity import occupancy
from permits.errors import LotFull, PermitRefused
from permits.models import Lot, SalesWindow, Waitlist, WaitlistEntry, WaitlistOffer, WaitlistOfferEvent
from permits.services.bans import ban_of
from permits.services.quotes import rest_of
from permits.services.waitlists.deadlines import answer_by
from permits.services.waitlists.places import list_places, obstacle_to
from permits.services.waitlists.queue import could_have, may_have

MOST_AT_ONCE = 100


def offer_places(
    waitlist: Waitlist, *, most: int = MOST_AT_ONCE, by: User | None = None, at: datetime | None = None
) -> int:
    """Ask the next people for as many places as are free, at most so many; answers how many were asked."""
    at = at or timezone.now()
    made = 0
    for place in list_places(waitlist, at):
        if place.free and made < most:
            made += _offer_window(waitlist, place.window, most - made, by, at)
    return made


@transaction.atomic
def _offer_window(waitlist: Waitlist, window: SalesWindow, most: int, by: User | None, at: datetime) -> int:
    """Count again with the lot locked, and offer what is really free."""
    window = _lock_lot(window)
    period = rest_of(window, today(at))
    if obstacle_to(window, waitlist, at):
        return 0
    wanted = min(occupancy(window.permit_type, period).free, most)
    for made in range(wanted):
        entry = may_have(waitlist, window, at).select_for_update(of=("self",)).first()
        if entry is None:
            return made
        _write_offer(waitlist, entry, window, period, by=by, reason="", at=at)
    return wanted


@transaction.atomic
def offer_place(
    entry: WaitlistEntry, window: SalesWindow, *, by: User, reason: str, at: datetime | None = None
) -> WaitlistOffer:
    """Staff offer a free place to this person, whatever the order. PermitRefused where the person could not take it, or
    nothing is offered now, LotFull."""
    at = at or timezone.now()
    window = _lock_lot(window)
    waitlist = Waitlist.objects.get(pk=entry.waitlist_id)
    entry = WaitlistEntry.objects.select_for_update(of=("self",)).select_related("user", "waitlist").get(pk=entry.pk)
    period = rest_of(window, today(at))
    if entry.state != WaitlistEntry.State.WAITING:
        raise PermitRefused(_("This person does not wait now."), code="not-waiting")
    if obstacle_to(window, waitlist, at):
        raise PermitRefused(_("Nothing of this sales window can be offered now."), code="not-on-sale")
    if not occupancy(window.permit_type, period).free:
        raise LotFull(_("No place is free in %(lot)s for these days.") % {"lot": window.permit_type.lot.name})
    _check_taker(entry, window, at)
    return _write_offer(waitlist, entry, window, period, by=by, reason=reason, at=at)


def _check_taker(entry: WaitlistEntry, window: SalesWindow, at: datetime) -> None:
    """PermitRefused where this person could not take the place."""
    if ban := ban_of(entry.user, at=at):
        raise PermitRefused(_("The person has lost the privileges: %(reason)s") % {"reason": ban.reason}, code="banned")
    if not could_have(entry.waitlist, window, at).filter(pk=entry.pk).exists():
        raise PermitRefused(
            _(
                "This person could not take the place. Look at the account, the lot's user types, the form that the permit asks for, and the permits held."
            ),
            code="not-for-them",
        )


def _lock_lot(window: SalesWindow) -> SalesWindow:
    """The window as it is now, its lot locked (RULES 3)."""
    lot = Lot.objects.select_for_update(of=("self",)).get(permit_types__windows=window)
    window = SalesWindow.objects.select_related("permit_type").prefetch_related("prices").get(pk=window.pk)
    window.permit_type.lot = lot
    return window


def _write_offer(
    waitlist: Waitlist,
    entry: WaitlistEntry,
    window: SalesWindow,
    period: Period,
    *,
    by: User | None,
    reason: str,
    at: datetime,
) -> WaitlistOffer:
    """The offer, its e-mail and the entry's state, or none of them. Those who let a place pass come first again."""
    offer = WaitlistOffer.objects.create(
        entry=entry,
        permit_type=window.permit_type,
        window=window,
        valid_from=period.start,
        valid_before=period.end,
        made_at=at,
        hours=waitlist.offer_hours,
        expires_at=answer_by(waitlist, waitlist.offer_hours, at),
    )
    WaitlistOfferEvent.objects.create(offer=offer, at=at, by=by, to_state=offer.state, reason=reason)
    change_state(entry, "offer", by=by, at=at, reason=reason, passed_over=False)
    offer.mail = emails.send_waitlist_offer(offer)
    offer.save(update_fields=["mail"])
    waitlist.entries.filter(state=WaitlistEntry.State.WAITING, passed_over=True).update(passed_over=False)
    return offer


def sweep_offers(*, at: datetime | None = None) -> int:
    """Every list that makes its offers itself, those for the same places in the office's order; answers how many were asked."""
    if not office().waitlists_enabled:
        return 0
    waiting = WaitlistEntry.objects.filter(state=WaitlistEntry.State.WAITING, passed_over=False)
    lists = Waitlist.objects.filter(automatic=True, pk__in=waiting.values("waitlist")).order_by("position", "pk")
    return sum(offer_places(waitlist, at=at) for waitlist in lists)
