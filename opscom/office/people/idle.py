"""Accounts that nobody uses any more: their people are told, and the details of whoever does not come back are erased."""

from collections.abc import Iterator
from datetime import datetime, timedelta
from typing import Any

from django.conf import settings
from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.urls import reverse
from django.utils import timezone

from accounts.models import AccountEvent, CompanyMembership, Mail, User
from accounts.models.mail import MailKind
from accounts.services.mail import queue_mail_to
from forms_module.models import Submission
from lockers.models import LockerTerm
from opscom.lib.append_only import rewriting_history
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.models.people import LEAST_NOTICE_DAYS
from opscom.office.people.closing import erase_details, obstacles, switch_off
from payments.models import Adjustment, Charge, Checkout, Dispute, Payment, PaymentPlan
from payments.retention import returning_refunds
from payments.services.surplus import payments_with_surplus
from permits.models import HourBlock, HouseholdMember, Permit, PermitBan, WaitlistEntry
from violations.models import Appeal, BootAssignment

ME = OuterRef("pk")
LEAST_NOTICE = timedelta(days=LEAST_NOTICE_DAYS)


def idle_people(at: datetime) -> QuerySet[User]:
    """Those who have not come for the office's days, nor had anything, and for whom nothing is open. Never staff."""
    since = _since(at)
    logged_in = Q(last_login__lt=since) | Q(last_login=None, date_joined__lt=since)
    people = User.objects.filter(logged_in, is_active=True, is_staff=False, been_staff=False)
    for signs in (_bought(since, at), _money(since), _duties(at)):
        for rows in signs:
            people = people.exclude(Exists(rows))
    return people


def to_be_told(at: datetime) -> QuerySet[User]:
    """Idle people who have not been told yet, or were before they last came."""
    return idle_people(at).filter(Q(idle_told_at=None) | Q(idle_told_at__lt=_since(at)))


def to_be_erased(at: datetime) -> QuerySet[User]:
    """Those whose day, as they were told, is there, where the e-mail went out at least two weeks ago. One that was refused is on
    the office's first page."""
    told = Q(idle_told_at__gte=_since(at), idle_until__lte=today(at))
    in_time = Q(state=Mail.State.SENT, created_at__gte=OuterRef("idle_told_at"), sent_at__lte=at - LEAST_NOTICE)
    return idle_people(at).filter(told, Exists(Mail.objects.filter(in_time, user=ME, kind=MailKind.ACCOUNT_IDLE)))


@transaction.atomic
def tell_idle_person(pk: int, *, at: datetime | None = None) -> bool:
    """Write to one of them how the account is kept; True where this call did."""
    at = at or timezone.now()
    user = _lock(pk, to_be_told(at)) if office().idle_days else None
    if user is None:
        return False
    user.idle_told_at, user.idle_until = at, today(at) + timedelta(days=office().idle_notice_days)
    user.save(update_fields=["idle_told_at", "idle_until"])
    address = settings.BASE_URL + reverse("account_login")
    queue_mail_to(user, MailKind.ACCOUNT_IDLE, context={"erased_on": user.idle_until, "action_url": address})
    return True


@rewriting_history()
def erase_idle_person(pk: int, *, at: datetime | None = None) -> bool:
    """Erase the details of one who did not come back; True where this call did."""
    at = at or timezone.now()
    user = _lock(pk, to_be_erased(at)) if office().idle_days else None
    if user is None or obstacles(user):
        return False
    switch_off(user, closed_at=at)
    erase_details(user, at=at)
    return True


def _since(at: datetime) -> datetime:
    return at - timedelta(days=office().idle_days)


def _lock(pk: int, due: QuerySet[User]) -> User | None:
    """That person, if the time has come; looked at again once nobody else can change them."""
    user = User.objects.select_for_update(skip_locked=True).filter(pk=pk).first()
    return user if user and due.filter(pk=pk).exists() else None


def _bought(since: datetime, at: datetime) -> Iterator[QuerySet[Any]]:
    """What they had or did since then, or can still use."""
    day = today(since)
    yield Permit.objects.filter(holder=ME, valid_before__gt=day)
    yield LockerTerm.objects.filter(user=ME, ends_before__gt=day)
    yield HourBlock.objects.usable_on(today(at)).filter(user=ME)
    yield Checkout.objects.filter(user=ME, created_at__gte=since)
    yield AccountEvent.objects.filter(user=ME, at__gte=since)


def _money(since: datetime) -> Iterator[QuerySet[Any]]:
    """What they owe, or is theirs."""
    live = Q(state__in=Payment.LIVE) | ~Q(attention="")
    yield Charge.objects.filter(Q(state=Charge.State.OPEN) | Q(created_at__gte=since), payer=ME)
    yield Payment.objects.filter(live, checkout__user=ME)
    yield payments_with_surplus().filter(checkout__user=ME).order_by()
    yield returning_refunds().filter(payment__checkout__user=ME)
    yield Dispute.objects.filter(state=Dispute.State.OPEN, payment__checkout__user=ME)
    yield PaymentPlan.objects.filter(user=ME).exclude(state__in=PaymentPlan.ENDED)
    yield Adjustment.objects.filter(user=ME, amount__lt=0, state=Adjustment.State.UNPROCESSED)


def _duties(at: datetime) -> Iterator[QuerySet[Any]]:
    """What waits for a decision, and what others count on."""
    boots = BootAssignment.objects.open()
    yield boots.filter(violation__charge__payer=ME)
    yield boots.filter(checkout__user=ME)
    yield Appeal.objects.running().filter(user=ME)
    yield Submission.objects.filter(user=ME, state__in=Submission.WAITING)
    yield WaitlistEntry.objects.in_queue().filter(user=ME)
    yield PermitBan.objects.in_force(at).filter(user=ME)
    yield HouseholdMember.objects.filter(user=ME)
    manages = Q(role=CompanyMembership.Role.MANAGER) | Q(billing_contact=True)
    yield CompanyMembership.objects.filter(manages, user=ME, active=True)
