"""A vehicle of somebody else joins a person's profile for the time of an appeal (APP-6)."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import end_of_day, today
from opscom.lib.office import office
from vehicles.plates import normalise_plate
from violations.emails import appeals as emails
from violations.errors import AppealRefused
from violations.models import Association, Violation
from violations.services.appeals.rules import check_appealable, next_level
from violations.services.lookup import normalise_number, split_number

MOST_FOUND = 20


def find_tickets(text: str) -> list[Violation]:
    """Tickets of exactly that plate, or with that number, with or without its PIN; the newest first. Of each a stranger is
    shown number, day and lot, nothing else."""
    plate, number = normalise_plate(text), normalise_number(text)
    rows = Violation.objects.select_related("lot").order_by("-issued_at", "-pk")
    by_number = rows.filter(number__in={number, split_number(text, own=office().ticket_prefix)[0]})[:1]
    return list(by_number) or list(rows.filter(plate=plate)[:MOST_FOUND] if plate else [])


@transaction.atomic
def associate(user: User, violation: Violation, *, at: datetime | None = None) -> Association:
    """The person has shown the ticket's PIN: it is listed among theirs at once, and its owner is told."""
    at = at or timezone.now()
    association = _lock(user, violation, at)
    if association.began_at is None or (association.ends_at and association.ends_at <= at):
        _begin(association, at)
    return association


@transaction.atomic
def ask_consent(user: User, violation: Violation, *, at: datetime | None = None) -> Association:
    """Ask the office, because the paper with the PIN is not at hand."""
    at = at or timezone.now()
    association = _lock(user, violation, at)
    if association.refused_at:
        raise AppealRefused(
            _("The parking office has answered already. Call %(phone)s.") % {"phone": office().phone}, code="refused"
        )
    return association


@transaction.atomic
def answer_consent(association: Association, *, allow: bool, by: User, at: datetime | None = None) -> Association:
    """The office allows it or not; whoever asked is told."""
    at = at or timezone.now()
    rows = Association.objects.select_for_update(of=("self",)).select_related("user", "violation__charge__payer")
    association = rows.get(pk=association.pk)
    if association.began_at or association.refused_at:
        raise AppealRefused(_("This is answered already."), code="answered")
    association.by = by
    if allow:
        _begin(association, at)
    else:
        association.refused_at = at
        association.save(update_fields=["refused_at", "by"])
    emails.send_association_answered(association)
    return association


@transaction.atomic
def end_associations(associations: Iterable[Association], *, by: User, at: datetime | None = None) -> int:
    """The office ends them before their time; answers how many."""
    at = at or timezone.now()
    active = Association.objects.active(at).filter(pk__in=[row.pk for row in associations])
    return active.update(ends_at=at, by=by)


def other_tickets(violation: Violation) -> QuerySet[Violation]:
    """What an associated person sees of the vehicle's other tickets: those that are owed, as far as the office allows."""
    if not office().association_shows_others or not violation.plate:
        return Violation.objects.none()
    same = Violation.objects.unpaid().filter(plate=violation.plate, plate_region=violation.plate_region)
    return same.exclude(pk=violation.pk).select_related("offence")[:MOST_FOUND]


def _lock(user: User, violation: Violation, at: datetime) -> Association:
    violation = (
        Violation.objects.select_related("offence", "charge__payer").prefetch_related("appeals").get(pk=violation.pk)
    )
    check_appealable(violation, level=next_level(violation), at=at)
    row, _new = Association.objects.get_or_create(user=user, violation=violation, defaults={"asked_at": at})
    locked = Association.objects.select_for_update(of=("self",)).get(pk=row.pk)
    locked.user, locked.violation = user, violation
    return locked


def _begin(association: Association, at: datetime) -> None:
    """It holds from now on; without an appeal it ends as if the ticket were decided today."""
    association.began_at, association.refused_at = at, None
    association.ends_at = end_of_day(today(at) + timedelta(days=office().association_days))
    association.save(update_fields=["began_at", "refused_at", "ends_at", "by"])
    emails.send_vehicle_associated(association)
