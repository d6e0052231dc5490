"""Close an account: by the person, by the office, and for good once the office's retention period is over."""

import logging
from dataclasses import dataclass
from datetime import datetime, timedelta

from allauth.usersessions.models import UserSession
from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from accounts.models import AccountEvent, User
from accounts.models.mail import MailKind
from accounts.services.history import note_event
from accounts.services.mail import queue_mail_to
from lockers.models import LockerTerm
from opscom.lib.append_only import rewriting_history
from opscom.lib.dates import today
from opscom.lib.errors import PortalError
from opscom.lib.money import ZERO, format_money
from opscom.lib.office import office
from opscom.office.people import erasing
from opscom.office.people.relations import RELATIONS, Kept
from payments.models import Charge, Payment
from permits.models import Permit, WaitlistEntry
from permits.services.waitlists.joining import leave_waitlist

logger = logging.getLogger(__name__)
Verb = AccountEvent.Verb


class NotClosed(PortalError):
    """The account stays open, or closed, as it is."""


@dataclass(frozen=True)
class Obstacle:
    """Why an account cannot be closed now, and the page that helps."""

    text: str
    link: str = ""
    label: str = ""


def obstacles(user: User) -> list[Obstacle]:
    """What must be settled first: money owed, on its way, or held for the person."""
    found = []
    if user.is_staff:
        found.append(Obstacle(_("You work in the parking office. Ask a manager to take you off the staff first.")))
    owed = list(Charge.objects.for_user(user).open().with_standing())
    if owed:
        total = sum((charge.owed for charge in owed), start=ZERO)
        words = ngettext(
            "You still owe %(sum)s for %(n)s item.", "You still owe %(sum)s for %(n)s items.", len(owed)
        ) % {"sum": format_money(total), "n": len(owed)}
        found.append(Obstacle(words, reverse("payments:list"), _("Go to Payments")))
    return [*found, *_payment_obstacles(user)]


def _payment_obstacles(user: User) -> list[Obstacle]:
    """What one query tells of the person's payments."""
    payments = Payment.objects.filter(checkout__user=user).order_by()
    known = set(payments.values_list("state", "attention").distinct())
    states = {state for state, _attention in known}
    found = []
    if states & set(Payment.IN_FLIGHT):
        wait = _("A card payment is under way. Wait until its receipt is there, or half an hour.")
        found.append(Obstacle(wait, reverse("history") + "?kind=payment", _("See the payment")))
    if Payment.State.PROMISED in states:
        bring = _("You promised to bring cash or a cheque. Bring it first, or ask the office to undo it.")
        found.append(Obstacle(bring, reverse("history") + "?kind=payment", _("See the promise")))
    if any(state == Payment.State.CONFIRMED and attention for state, attention in known):
        call = _("The office is looking at one of your payments, and may owe you money. Call %(phone)s.")
        found.append(Obstacle(call % {"phone": office().phone}))
    return found


@transaction.atomic
def close_account(user: User, *, by: User, at: datetime | None = None) -> User:
    """The person leaves. From now on nobody logs in here; after the retention period the details are erased. A second call
    finds it closed and changes nothing. NotClosed names what must be settled first."""
    at = at or timezone.now()
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.closed_at:
        return user
    if found := obstacles(user):
        raise NotClosed(found[0].text, code="owed")
    for entry in WaitlistEntry.objects.for_user(user).in_queue().order_by("pk"):
        leave_waitlist(entry, by=by, reason="account closed", at=at)
    switch_off(user, closed_at=at)
    note_event(user, Verb.CLOSED, by=by, at=at)
    queue_mail_to(
        user,
        MailKind.ACCOUNT_CLOSED,
        context={
            "erased_on": today(at) + timedelta(days=office().retention_days),
            "action_url": settings.BASE_URL + reverse("language"),
        },
    )
    return user


def switch_off(user: User, *, closed_at: datetime | None) -> None:
    """Nobody logs in, and every session of the locked person ends."""
    user.is_active, user.closed_at = False, closed_at
    user.session_generation += 1
    user.save(update_fields=["is_active", "closed_at", "session_generation"])
    UserSession.objects.filter(user=user).delete()


@transaction.atomic
def archive_user(user: User, *, by: User, reason: str, at: datetime | None = None) -> User:
    """The office switches an account off: nobody logs in with it, and what it owes and owns stays. NotClosed for oneself,
    and for staff, who leave the staff first."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user == by or user.is_staff:
        raise NotClosed(_("Take the person off the staff first; nobody archives themselves."), code="staff")
    if user.is_active:
        switch_off(user, closed_at=None)
        note_event(user, Verb.ARCHIVED, by=by, detail=reason, at=at)
    return user


@transaction.atomic
def open_again(user: User, *, by: User, reason: str = "", at: datetime | None = None) -> User:
    """The office undoes closing or archiving. NotClosed where the details are erased, or the account became part of another."""
    user = User.objects.select_for_update().get(pk=user.pk)
    if user.erased_at:
        raise NotClosed(_("The personal details are erased. The person registers anew."), code="erased")
    if user.merged_into_id:
        raise NotClosed(_("This account is part of another one now. Open that one."), code="merged")
    if not user.is_active:
        user.is_active, user.closed_at = True, None
        user.save(update_fields=["is_active", "closed_at"])
        note_event(user, Verb.OPENED_AGAIN, by=by, detail=reason, at=at)
    return user


def due_for_erasing(at: datetime) -> QuerySet[User]:
    """Those who closed their account long enough ago and have no permit or locker any more; an account that was merged goes
    with the one that it became part of."""
    before, day = at - timedelta(days=office().retention_days), today(at)
    permits = Permit.objects.filter(holder=OuterRef("pk"), valid_before__gt=day).taking_space(at)
    lockers = LockerTerm.objects.filter(user=OuterRef("pk"), state__in=LockerTerm.TAKING, ends_before__gt=day)
    closed = Q(closed_at__lte=before) | Q(merged_into__erased_at__isnull=False)
    people = User.objects.filter(closed, erased_at=None, is_active=False)
    return people.exclude(Exists(permits)).exclude(Exists(lockers))


@rewriting_history()
def erase_user(pk: int, *, at: datetime | None = None) -> bool:
    """Erase one person's details, if it is still due; True where this call did. Two workers cannot both, and a second call
    finds nothing to do. Somebody who owes again by now (a ticket came) is left until that is settled."""
    at = at or timezone.now()
    user = User.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    if user is None or not due_for_erasing(at).filter(pk=pk).exists() or obstacles(user):
        return False
    erase_details(user, at=at)
    return True


def erase_details(user: User, *, at: datetime) -> None:
    """Take the locked person's details out of every table. Called within `rewriting_history`."""
    for relation in RELATIONS:
        if not isinstance(relation.merge, Kept):
            erasing.forget_trails(relation.rows(user), relation.field, user)
        if not isinstance(relation.erase, Kept):
            relation.erase(relation.rows(user))
    erasing.erase_person(user, at=at)
    erasing.erase_trails(user)
    erasing.erase_entries(user)
    note_event(user, Verb.ERASED, at=at)
    logger.info("personal details of user %s erased", user.pk)
