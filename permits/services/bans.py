"""Take a person's parking privileges for some months or for good, and give them back."""

from datetime import date, datetime, timedelta

from django.db import transaction
from django.db.models import QuerySet
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import month_later, today
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from opscom.lib.work import hint
from permits import emails
from permits.errors import PermitRefused
from permits.models import PermitBan
from permits.services.conflicts import lock_person
from permits.services.waitlists.ending import hint_free_place

LOOK_BACK = timedelta(days=7)


@transaction.atomic
def ban_person(
    user: User, *, reason: str, by: User, months: int | None = None, at: datetime | None = None
) -> PermitBan:
    """From now on the person gets no permit for so many months, 0 for good; where none are said, by the office's steps: it counts
    which time it is. What is held and not paid goes back soon afterwards (`forfeits`), in transactions of their own: their locks
    come before the person's. PermitRefused while the privileges are lost already."""
    from permits.tasks import give_back_of_banned

    at = at or timezone.now()
    lock_person(user.pk)  # whoever buys at this moment waits
    if PermitBan.objects.filter(user=user).in_force(at).exists():
        raise PermitRefused(_("This person gets no permits already. Lift that first."), code="banned")
    if months is None:
        steps = [int(step) for step in office().ban_months.split(",")]
        months = steps[min(user.permit_bans.filter(lifted_at=None).count(), len(steps) - 1)]
    ends_before = _months_on(today(at), months) if months else None
    ban = PermitBan.objects.create(user=user, starts_at=at, ends_before=ends_before, reason=reason, by=by)
    emails.send_privileges_lost(ban)
    hint(give_back_of_banned)
    hint_free_place()  # what a waitlist offers the person goes to the next one
    return ban


@transaction.atomic
def lift_ban(ban: PermitBan, *, by: User, at: datetime | None = None) -> PermitBan:
    """The person gets permits again and is told; it no longer counts as an earlier time. Lifted twice, it stays as it was."""
    at = at or timezone.now()
    ban = PermitBan.objects.select_for_update(of=("self",)).select_related("user").get(pk=ban.pk)
    if ban.lifted_at is None:
        was_in_force = PermitBan.objects.in_force(at).filter(pk=ban.pk).exists()
        ban.lifted_at, ban.lifted_by = at, by
        ban.save(update_fields=["lifted_at", "lifted_by"])
        if was_in_force and _tell_of_end(ban, at):
            hint_free_place()
    return ban


def tell_of_ends(*, at: datetime | None = None) -> int:
    """Tell people whose time without permits is over, once each; answers how many. Looks back a few days, in case that nothing
    ran meanwhile."""
    at = at or timezone.now()
    day = today(at)
    over = PermitBan.objects.filter(lifted_at=None, ends_before__lte=day, ends_before__gt=day - LOOK_BACK)
    return sum(_tell_of_end(ban, at) for ban in over.select_related("user").order_by("pk"))


def _tell_of_end(ban: PermitBan, at: datetime) -> bool:
    """True where it was written now; not while another one holds, as after two accounts became one, nor once the account is
    closed."""
    return ban.user.is_active and ban_of(ban.user, at=at) is None and emails.send_privileges_back(ban)


def ban_of(user: User, *, at: datetime) -> PermitBan | None:
    """What keeps the person from permits at that moment; while they are locked, it stays so."""
    return next(iter(_bans_of(user, today(at))), None)


@prepared
def _bans_of(user: User, day: date) -> QuerySet[PermitBan]:
    return PermitBan.objects.filter(user=user).in_force_on(day)


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
