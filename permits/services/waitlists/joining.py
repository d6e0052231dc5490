"""Join a waitlist, leave it, and say which of several one wants most."""

from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from forms_module.models import Submission
from opscom.lib.office import office
from opscom.lib.states import change_state
from permits import waitlist_emails as emails
from permits.errors import PermitRefused
from permits.models import Lot, PermitType, Waitlist, WaitlistEntry, WaitlistEntryEvent, WaitlistOffer
from permits.services.bans import refuse_banned
from permits.services.needed_forms import refuse_without_form
from permits.services.waitlists.ending import hint_free_place
from permits.services.waitlists.places import places_left
from permits.services.waitlists.queue import next_rank, position_of

DAY, BESIDE = timedelta(days=1), timedelta(milliseconds=1)


@transaction.atomic
def join_waitlist(user: User, waitlist: Waitlist, *, at: datetime | None = None) -> WaitlistEntry:
    """Put this person at the end of the queue, or before those whom the office lets come later. The same again answers the same
    entry. PermitRefused."""
    at = at or timezone.now()
    user = User.objects.select_for_update().get(pk=user.pk)  # one person's two pages join one after the other
    if existing := waitlist.entries.for_user(user).in_queue().first():
        return existing
    _check(user, waitlist, at)
    entry = WaitlistEntry.objects.create(
        waitlist=waitlist, user=user, rank=next_rank(user), joined_at=at, turn=_turn_of(user, waitlist, at)
    )
    WaitlistEntryEvent.objects.create(entry=entry, at=at, by=user, to_state=entry.state)
    emails.send_waitlist_joined(entry, position=position_of(entry) if waitlist.show_position else None)
    hint_free_place()
    return entry


@transaction.atomic
def leave_waitlist(
    entry: WaitlistEntry, *, by: User | None, reason: str = "left", at: datetime | None = None
) -> WaitlistEntry:
    """Stop waiting; an offer in hand is declined with it. PermitRefused where its place is already held for the person."""
    at = at or timezone.now()
    offer = WaitlistOffer.objects.select_for_update().filter(entry=entry, state__in=WaitlistOffer.UNFINISHED).first()
    entry = WaitlistEntry.objects.select_for_update().get(pk=entry.pk)
    if entry.state not in WaitlistEntry.IN_QUEUE:
        return entry
    if offer and offer.state == WaitlistOffer.State.ACCEPTED:
        raise PermitRefused(
            _("You accepted a place from this waitlist. Pay for it, or cancel its permit."), code="held"
        )
    if offer:
        change_state(offer, "decline", by=by, at=at, reason=reason)
        hint_free_place()
    change_state(entry, "leave", by=by, at=at, reason=reason)
    return entry


@transaction.atomic
def move_choice(entry: WaitlistEntry, *, up: bool) -> None:
    """Swap this list with the person's next better, or next worse, one. At the end of the list nothing changes."""
    mine = list(WaitlistEntry.objects.select_for_update().for_user(entry.user_id).in_queue().order_by("rank", "pk"))
    place = next((n for n, row in enumerate(mine) if row.pk == entry.pk), None)
    if place is None or not 0 <= (other := place - 1 if up else place + 1) < len(mine):
        return
    mine[place], mine[other] = mine[other], mine[place]
    for rank, row in enumerate(mine, start=1):
        row.rank = rank
    WaitlistEntry.objects.bulk_update(mine, ["rank"])


def _turn_of(user: User, waitlist: Waitlist, at: datetime) -> datetime:
    """From when on the person counts as waiting: now, or a moment before the first one of a type that comes later."""
    first = set(waitlist.first_types.values_list("pk", flat=True))
    if user.user_type_id not in first:
        return at
    Waitlist.objects.select_for_update(of=("self",)).get(pk=waitlist.pk)  # one of them after the other
    waiting = waitlist.entries.waiting().select_related("user")
    later = next((entry.turn for entry in waiting if entry.user.user_type_id not in first), None)
    if later is None:
        return at
    before = waiting.filter(turn__lt=later).last()
    return min(before.turn + BESIDE, later) if before else later - DAY


def _refuse_without_forms(user: User, types: list[PermitType]) -> None:
    """PermitRefused where each of these types asks for a form, and none of those is approved."""
    forms = {permit_type.needs_form_id for permit_type in types}
    approved = Submission.objects.for_user(user).filter(form__in=forms, state=Submission.State.APPROVED)
    if None not in forms and not approved.exists():
        refuse_without_form(user, types[0])


def _check(user: User, waitlist: Waitlist, at: datetime) -> None:
    if not office().waitlists_enabled or not Waitlist.objects.open_to(user).filter(pk=waitlist.pk).exists():
        raise PermitRefused(
            _("This waitlist is not open to you now. Look at the lots on the Permits page."), code="not-open"
        )
    types = list(waitlist.permit_types.filter(lot__in=Lot.objects.open_to(user)).select_related("needs_form"))
    if not types:
        raise PermitRefused(_("This lot is for other users. Look at the lots on the Permits page."), code="not-for-you")
    refuse_banned(user, at=at)
    _refuse_without_forms(user, types)
    if WaitlistEntry.objects.for_user(user).in_queue().count() >= office().waitlist_most:
        raise PermitRefused(
            _("You wait on as many lists as the office allows: %(n)s. Leave one of them first.")
            % {"n": office().waitlist_most},
            code="most",
        )
    if waitlist.only_when_full and (window := places_left(waitlist, user, at)):
        raise PermitRefused(
            _("There are places left in %(lot)s: reserve one now instead of waiting.")
            % {"lot": window.permit_type.lot.name},
            code="not-full",
        )
