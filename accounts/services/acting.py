"""Act for a person: bounded, told to the person, and over at once when a right behind it ends."""

from datetime import datetime, timedelta

from django.conf import settings
from django.db import transaction
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.functional import Promise
from django.utils.translation import gettext as _

from accounts.models import AccountEvent, ActAsSession, Company, CompanyMembership, User
from accounts.models.mail import MailKind
from accounts.services.history import note_event
from accounts.services.mail import queue_mail_to
from opscom.lib.acting import acting_as
from opscom.lib.errors import PortalError
from opscom.lib.office import office

Ended = ActAsSession.Ended


class ActingRefused(PortalError):
    """Nobody may act for this person, or not this one."""


def membership_of(user: User) -> CompanyMembership | None:
    """The person's place in a company, if there is one."""
    try:
        return user.membership
    except CompanyMembership.DoesNotExist:
        return None


@transaction.atomic
def start_acting(
    person: User, *, by: User, company: Company | None = None, reason: str = "", at: datetime | None = None
) -> ActAsSession:
    """Let a manager of that company, or without one a member of staff with a reason, act for the person. What the same
    actor had running ends. The person gets a mail. ActingRefused says what stands against it."""
    at = at or timezone.now()
    _lock_people(person, by)
    people = User.objects.select_related("membership__company").in_bulk([person.pk, by.pk])
    person, by = people[person.pk], people[by.pk]
    if company is None and not reason.strip():
        raise ActingRefused(_("Say why you act for this person; they read it in their history."), code="reason")
    if not _may_act(by, person, company):
        raise ActingRefused(
            _("You cannot act for %(name)s. They may have withdrawn their consent, or left.")
            % {"name": person.get_full_name()},
            code="refused",
        )
    for older in ActAsSession.objects.select_for_update().running().filter(actor=by):
        _end(older, Ended.EXPIRED if older.expires_at <= at else Ended.REPLACED, at)
    session = ActAsSession.objects.create(
        actor=by,
        person=person,
        company=company,
        reason=reason.strip()[:200],
        started_at=at,
        expires_at=at + timedelta(minutes=office().acting_minutes),
    )
    note_event(person, AccountEvent.Verb.ACTING_STARTED, by=by, detail=_in_whose_name(session), at=at)
    _tell_person(session)
    return session


def may_go_on(session: ActAsSession, *, at: datetime) -> bool:
    """Whether it still runs and every right behind it still holds; the people come with their memberships."""
    return (
        session.ended_at is None
        and at < session.expires_at
        and _may_act(session.actor, session.person, session.company)
    )


@transaction.atomic
def end_acting(session: ActAsSession, *, how: Ended, at: datetime | None = None) -> ActAsSession:
    """End it, once; one that has ended stays as it ended."""
    session = ActAsSession.objects.select_for_update(of=("self",)).select_related("actor", "person").get(pk=session.pk)
    if session.ended_at is None:
        _end(session, how, at or timezone.now())
    return session


def note_act(session: ActAsSession, what: str | Promise) -> None:
    """Write into the person's history what was done for them, in their language."""
    with translation.override(session.person.language), acting_as(None):
        note_event(session.person, AccountEvent.Verb.ACTED, by=session.actor, detail=str(what))


@transaction.atomic
def end_overdue(*, at: datetime | None = None) -> int:
    """End what nobody ended in time. Answers how many."""
    at = at or timezone.now()
    due = ActAsSession.objects.select_for_update(skip_locked=True).overdue(at).order_by("pk")[:200]
    sessions = list(due)
    for session in sessions:
        _end(session, Ended.EXPIRED, at)
    return len(sessions)


@transaction.atomic
def revoke_consent(user: User, *, at: datetime | None = None) -> CompanyMembership | None:
    """From now on no manager acts for this person; whoever does is put out."""
    at = at or timezone.now()
    _lock_people(user)
    membership = CompanyMembership.objects.filter(user=user).first()
    if membership is None or not membership.consents:
        return membership
    membership.consent_revoked_at = at
    membership.save(update_fields=["consent_revoked_at"])
    for session in ActAsSession.objects.select_for_update().running().filter(person=user, company__isnull=False):
        _end(session, Ended.REVOKED, at)
    note_event(user, AccountEvent.Verb.ACTING_REVOKED, by=user, at=at)
    return membership


@transaction.atomic
def give_consent(user: User, *, at: datetime | None = None) -> CompanyMembership | None:
    """Let the company's managers act for this person."""
    at = at or timezone.now()
    _lock_people(user)
    membership = CompanyMembership.objects.filter(user=user).first()
    if membership is None or membership.consents:
        return membership
    membership.consent_given_at, membership.consent_revoked_at = at, None
    membership.save(update_fields=["consent_given_at", "consent_revoked_at"])
    note_event(user, AccountEvent.Verb.ACTING_ALLOWED, by=user, at=at)
    return membership


def _lock_people(*people: User) -> None:
    """Starts by one actor come one after the other, and revoking a consent waits for a start, and then ends it."""
    keys = sorted({person.pk for person in people})
    list(User.objects.select_for_update(no_key=True).filter(pk__in=keys).order_by("pk").values_list("pk"))


def _may_act(actor: User, person: User, company: Company | None) -> bool:
    """Never for oneself, staff or a disabled account; a manager only inside the own company and with consent."""
    if actor.pk == person.pk or not (actor.is_active and person.is_active) or person.is_staff or person.is_superuser:
        return False
    if company is None:
        return actor.is_staff and actor.has_perm("accounts.act_user")
    manager, member = membership_of(actor), membership_of(person)
    if manager is None or member is None or not manager.is_manager or not member.is_present:
        return False
    return manager.company_id == member.company_id == company.pk and member.consents


def _end(session: ActAsSession, how: Ended, at: datetime) -> None:
    """Write the end of a locked session; an overdue one ended when its time was over."""
    session.ended_at = session.expires_at if how == Ended.EXPIRED else at
    session.ended = how
    session.save(update_fields=["ended_at", "ended"])
    with acting_as(None):  # the end is the actor's own doing, or nobody's
        note_event(
            session.person,
            AccountEvent.Verb.ACTING_ENDED,
            by=session.actor,
            detail=_in_whose_name(session),
            at=session.ended_at,
        )


def _in_whose_name(session: ActAsSession) -> str:
    """The company, or the office with the reason."""
    return session.company.name if session.company else f"{office().office_name}: {session.reason}"


def _tell_person(session: ActAsSession) -> None:
    queue_mail_to(
        session.person,
        MailKind.ACTING_STARTED,
        context={
            "actor": session.actor.get_full_name(),
            "company": session.company.name if session.company else "",
            "reason": session.reason,
            "until": session.expires_at,
            "action_url": settings.BASE_URL + reverse("acting_consent"),
        },
    )
