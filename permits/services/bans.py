"""Take a person's parking privileges for some months or for good, and give them back."""

from datetime import date, datetime

from django.db import transaction
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import month_later, today
from opscom.lib.office import office
from permits.errors import PermitRefused
from permits.models import PermitBan
from permits.services.conflicts import lock_person


@transaction.atomic
def ban_person(
    user: User, *, reason: str, by: User, months: int | None = None, at: datetime | None = None
) -> PermitBan:
    """From now on the person gets no permit for so many months, 0 for good; where none are said, by the office's steps: it counts
    which time it is. PermitRefused while the privileges are lost already."""
    at = at or timezone.now()
    lock_person(user.pk)  # whoever buys at this moment waits
    if PermitBan.objects.filter(user=user).in_force(at).exists():
        raise PermitRefused(_("This person gets no permits already. Lift that first."), code="banned")
    if months is None:
        steps = [int(step) for step in office().ban_months.split(",")]
        months = steps[min(user.permit_bans.filter(lifted_at=None).count(), len(steps) - 1)]
    ends_before = _months_on(today(at), months) if months else None
    return PermitBan.objects.create(user=user, starts_at=at, ends_before=ends_before, reason=reason, by=by)


@transaction.atomic
def lift_ban(ban: PermitBan, *, by: User, at: datetime | None = None) -> PermitBan:
    """The person gets permits again; it no longer counts as an earlier time. Lifted twice, it stays as it was."""
    ban = PermitBan.objects.select_for_update(of=("self",)).get(pk=ban.pk)
    if ban.lifted_at is None:
        ban.lifted_at, ban.lifted_by = at or timezone.now(), by
        ban.save(update_fields=["lifted_at", "lifted_by"])
    return ban


def ban_of(user: User, *, at: datetime) -> PermitBan | None:
    """What keeps the person from permits at that moment; while they are locked, it stays so."""
    return PermitBan.objects.filter(user=user).in_force(at).first()


def refuse_banned(user: User, *, at: datetime) -> None:
    """PermitRefused where the person, who is locked, gets no permits now, with the reason and the end."""
    if ban := ban_of(user, at=at):
        raise PermitRefused(ban_words(ban), code="banned")


def ban_words(ban: PermitBan) -> str:
    """What the person reads."""
    if ban.ends_before is None:
        return _("The office gives you no permit any more: %(reason)s") % {"reason": ban.reason}
    return _("The office gives you no permit before %(day)s: %(reason)s") % {
        "day": date_format(ban.ends_before),
        "reason": ban.reason,
    }


def _months_on(day: date, months: int) -> date:
    """The same day so many months later, or the last one of a shorter month."""
    later = day
    for _month in range(months):
        later = month_later(later, anchor=day.day)
    return later
