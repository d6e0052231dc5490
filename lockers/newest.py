"""The newest locker that somebody has, to try the office's texts on."""

from django.db.models import QuerySet
from django.utils import timezone

from accounts.wordings.newest import newest
from lockers import emails
from lockers.models import LockerTerm
from opscom.lib.dates import today


def _terms() -> QuerySet[LockerTerm]:
    return LockerTerm.objects.select_related("user", "locker__site")


WRITERS = {
    "locker_ends": newest(_terms, lambda term: emails.send_locker_ends(term, renewable=True)),
    "locker_empty": newest(_terms, lambda term: emails.send_locker_empty(term, day=today(timezone.now()))),
}
