"""Accounting periods: through which day the books are closed."""

from collections.abc import Iterable
from datetime import date, datetime

from django.db import transaction
from django.db.models import Max
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import today
from payments.errors import LockedPeriod, PaymentRefused
from payments.models import BookLock


def locked_through() -> date | None:
    """The last day on which nothing is booked any more."""
    return BookLock.objects.in_force().aggregate(through=Max("through"))["through"]


def check_open_period(moments: Iterable[datetime]) -> None:
    """Refuse to book at any of those moments if its day is locked. Today never is, so what is booked now costs no query."""
    day = min((today(moment) for moment in moments), default=today())
    if day >= today():
        return
    through = locked_through()
    if through and day <= through:
        raise LockedPeriod(
            _("The books are locked through %(day)s. Book it today, or ask Finance to lift the lock.")
            % {"day": date_format(through)}
        )


def check_lock(through: date, *, at: datetime | None = None) -> None:
    """Refuse to lock a day that is not over, or that is locked already."""
    if through >= today(at):
        raise PaymentRefused(_("Only days that are over can be locked."), code="not-over")
    already = locked_through()
    if already and through <= already:
        raise PaymentRefused(
            _("The books are locked through %(day)s already.") % {"day": date_format(already)}, code="locked-already"
        )


@transaction.atomic
def lock_books(through: date, *, by: User, reason: str, at: datetime | None = None) -> BookLock:
    """Close the books up to and with that day. Only days that are over, and later ones than those locked already."""
    at = at or timezone.now()
    check_lock(through, at=at)
    _check_reason(reason)
    return BookLock.objects.create(through=through, by=by, at=at, reason=reason)


@transaction.atomic
def lift_lock(lock: BookLock, *, by: User, reason: str, at: datetime | None = None) -> BookLock:
    """Open the period again, back to the next earlier lock. Who did it, when and why stays with the lock."""
    lock = BookLock.objects.select_for_update().get(pk=lock.pk)
    if lock.lifted_at:
        raise PaymentRefused(_("This lock is lifted already."), code="lifted")
    _check_reason(reason)
    lock.lifted_at, lock.lifted_by, lock.lifted_reason = at or timezone.now(), by, reason
    lock.save(update_fields=["lifted_at", "lifted_by", "lifted_reason"])
    return lock


def _check_reason(reason: str) -> None:
    if not reason.strip():
        raise PaymentRefused(_("Say why, for whoever reads the books later."), code="reason")
