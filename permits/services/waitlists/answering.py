"""What becomes of an offer: accepted, declined, let pass, lapsed, or taken back."""

from collections.abc import Sequence
from contextlib import suppress
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import Mail, User
from accounts.services.mail import send_again
from opscom.lib.states import change_state
from permits import waitlist_emails as emails
from permits.errors import PermitRefused
from permits.models import Permit, PermitBan, WaitlistEntry, WaitlistOffer
from permits.services.reserve import reserve_permit
from permits.services.waitlists.deadlines import answer_by
from permits.services.waitlists.emptying import REASON, day_emptied
from permits.services.waitlists.ending import hint_free_place
from vehicles.models import Vehicle

MAIL_AGAIN = timedelta(hours=6)
REMIND_SHARE = 3  # the reminder leaves when a third of the time is left


def accept_offer(
    offer: WaitlistOffer, user: User, *, vehicles: Sequence[Vehicle], at: datetime | None = None
) -> Permit:
    """Take the place: a hold with its charge, as for everybody; paying confirms it. The same again answers the same hold.
    PermitRefused."""
    return reserve_permit(user, window=offer.window, vehicles=vehicles, at=at, offer=offer)


@transaction.atomic
def decline_offer(offer: WaitlistOffer, *, by: User | None, at: datetime | None = None) -> None:
    """The person does not want it and waits no longer. Declined twice is declined once. PermitRefused."""
    at = at or timezone.now()
    offer, entry = _locked(offer)
    if offer.state == WaitlistOffer.State.DECLINED:
        return
    _check(offer, at)
    change_state(offer, "decline", by=by, at=at)
    change_state(entry, "decline", by=by, at=at)
    hint_free_place()


@transaction.atomic
def snooze_offer(offer: WaitlistOffer, *, by: User | None, at: datetime | None = None) -> None:
    """Let this place go to the next person and keep the place in the queue. Snoozed twice is snoozed once. PermitRefused."""
    at = at or timezone.now()
    offer, entry = _locked(offer)
    if offer.state == WaitlistOffer.State.SNOOZED:
        return
    _check(offer, at)
    if day := day_emptied(entry):
        raise PermitRefused(
            _("The list was emptied on %(day)s, so there is no place in it to keep. Accept this one, or decline it.")
            % {"day": date_format(day)},
            code="emptied",
        )
    if entry.snoozes >= entry.waitlist.most_snoozes:
        raise PermitRefused(
            _("You let a place pass as often as this waitlist allows. Accept this one, or decline it."), code="snoozes"
        )
    change_state(offer, "snooze", by=by, at=at)
    change_state(entry, "wait_on", by=by, at=at, reason="snoozed", snoozes=entry.snoozes + 1, passed_over=True)
    hint_free_place()


@transaction.atomic
def withdraw_offer(
    offer: WaitlistOffer, *, by: User | None, reason: str, at: datetime | None = None, tell: bool = True
) -> None:
    """The office took it back, or the sale ended: the person waits on where they were, and is told unless they know. Where the
    list was emptied meanwhile, there is nothing to wait in."""
    at = at or timezone.now()
    offer, entry = _locked(offer)
    _check(offer, None)
    change_state(offer, "withdraw", by=by, at=at, reason=reason)
    if day := day_emptied(entry):
        change_state(entry, "leave", by=by, at=at, reason=REASON)
        emails.send_waitlist_emptied(entry, day=day, over=True)
    else:
        change_state(entry, "wait_on", by=by, at=at, reason=reason)
        if tell:
            emails.send_waitlist_lapsed(offer)
    hint_free_place()


@transaction.atomic
def extend_offer(offer: WaitlistOffer, *, hours: int, by: User, reason: str, at: datetime | None = None) -> None:
    """Give the person more time, never beyond the sale."""
    at = at or timezone.now()
    offer, entry = _locked(offer)
    _check(offer, None)
    longer = answer_by(entry.waitlist, hours, max(offer.expires_at, at))
    offer.expires_at = min(longer, offer.window.sale_ends)
    offer.reminded_at = None
    offer.save(update_fields=["expires_at", "reminded_at"])
    offer.events.create(at=at, by=by, from_state=offer.state, to_state=offer.state, reason=reason)


@transaction.atomic
def lapse_offer(pk: int, *, at: datetime) -> bool:
    """End one offer that nobody answered in time, unless it was answered or extended meanwhile."""
    offer = WaitlistOffer.objects.select_for_update(of=("self",)).get(pk=pk)
    if offer.state != WaitlistOffer.State.OPEN or not offer.is_over(at):
        return False
    entry = WaitlistEntry.objects.select_for_update().get(pk=offer.entry_id)
    change_state(offer, "lapse", at=at, reason="not answered in time")
    change_state(entry, "lapse", at=at, reason="not answered in time")
    emails.send_waitlist_lapsed(offer)
    hint_free_place()
    return True


def sweep_answers(*, at: datetime | None = None, limit: int = 500) -> None:
    """Start the clocks of offers whose e-mail left, send refused e-mails again, remind, and end what is over."""
    at = at or timezone.now()
    unfinished = WaitlistOffer.objects.live().order_by("expires_at", "pk")
    for pk in _keys(unfinished.filter(mailed_at=None), limit):
        _follow_mail(pk, at)
    for pk in _keys(unfinished.filter(mailed_at__isnull=False, expires_at__lte=at), limit):
        lapse_offer(pk, at=at)
    for offer in unfinished.select_related("window__permit_type")[:limit]:
        if not offer.window.is_on_sale(at):
            with suppress(PermitRefused):  # somebody has just answered it
                withdraw_offer(offer, by=None, reason="the sale ended", at=at)
    banned = PermitBan.objects.in_force(at).values("user")
    for offer in unfinished.filter(entry__user__in=banned)[:limit]:
        with suppress(PermitRefused):
            withdraw_offer(offer, by=None, reason="lost privileges", at=at, tell=False)
    for pk in _keys(unfinished.filter(mailed_at__isnull=False, reminded_at=None), limit):
        _remind(pk, at)


@transaction.atomic
def _follow_mail(pk: int, at: datetime) -> None:
    """The time to answer begins when the e-mail leaves (RULES 15)."""
    followed = WaitlistOffer.objects.select_related("window", "mail", "entry__waitlist")
    offer = followed.select_for_update(of=("self",)).get(pk=pk)
    mail = offer.mail
    if offer.mailed_at or offer.state != WaitlistOffer.State.OPEN or mail is None:
        return
    if mail.state == Mail.State.SENT and mail.sent_at:
        offer.mailed_at = mail.sent_at
        deadline = max(offer.expires_at, answer_by(offer.entry.waitlist, offer.hours, mail.sent_at))
        offer.expires_at = min(deadline, offer.window.sale_ends)
        offer.save(update_fields=["mailed_at", "expires_at"])
    elif mail.state == Mail.State.FAILED and mail.next_try_at + MAIL_AGAIN <= at:
        send_again(mail)


@transaction.atomic
def _remind(pk: int, at: datetime) -> None:
    """Once, when a third of the time is left."""
    offer = WaitlistOffer.objects.select_for_update(of=("self",)).get(pk=pk)
    if offer.reminded_at or offer.is_over(at) or at < offer.expires_at - timedelta(hours=offer.hours) / REMIND_SHARE:
        return
    offer.reminded_at = at
    offer.save(update_fields=["reminded_at"])
    emails.send_waitlist_reminder(offer)


def _keys(offers: QuerySet[WaitlistOffer], limit: int) -> list[int]:
    return list(offers.values_list("pk", flat=True)[:limit])


def _locked(offer: WaitlistOffer) -> tuple[WaitlistOffer, WaitlistEntry]:
    """The offer, then its entry: everybody locks them in this order."""
    offer = WaitlistOffer.objects.select_for_update(of=("self",)).select_related("window").get(pk=offer.pk)
    entry = (
        WaitlistEntry.objects.select_for_update(of=("self",)).select_related("waitlist", "user").get(pk=offer.entry_id)
    )
    return offer, entry


def _check(offer: WaitlistOffer, at: datetime | None) -> None:
    if offer.state == WaitlistOffer.State.ACCEPTED:
        raise PermitRefused(_("The place is held for you already. Pay for it, or cancel its permit."), code="held")
    if offer.state != WaitlistOffer.State.OPEN or (at and offer.is_over(at)):
        raise PermitRefused(_("This offer is over already. Nothing is left to answer."), code="over")
