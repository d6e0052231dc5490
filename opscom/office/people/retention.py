"""What does not stay of people who have left, and of those who look after them."""

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any

from allauth.usersessions.models import UserSession
from auditlog.models import LogEntry
from django.conf import settings
from django.contrib.sessions.models import Session
from django.db.models import Exists, OuterRef, QuerySet
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.services.sessions import forget_ended_sessions
from opscom.lib.append_only import rewriting_history
from opscom.lib.office import office
from opscom.lib.retention import Retention
from opscom.office.people import exporting
from opscom.office.people.closing import due_for_erasing
from opscom.office.people.idle import to_be_erased, to_be_told

ERASED = _("Name, addresses, plates and documents are erased. Payments and receipts stay, without the name.")


def _closed(before: datetime) -> QuerySet[User]:
    return due_for_erasing(before + timedelta(days=office().retention_days))


def _idle(before: datetime) -> QuerySet[User]:
    return to_be_told(before + timedelta(days=office().idle_days))


def _told(before: datetime) -> QuerySet[User]:
    people = to_be_erased(before + timedelta(days=office().idle_notice_days))
    return people if office().idle_days else people.none()


def _each(name: str) -> Callable[[QuerySet[User]], None]:
    """Each person apart from the others, in a worker, which looks again whether it is due."""

    def hand_out(people: QuerySet[User]) -> None:
        from opscom.office import tasks

        for pk in people.values_list("pk", flat=True):
            getattr(tasks, name).delay(user_id=pk)

    return hand_out


@rewriting_history()
def _forget_addresses(entries: QuerySet[LogEntry]) -> None:
    entries.update(remote_addr=None, remote_port=None)


def _ended_sessions(before: datetime) -> QuerySet[Any]:
    alive = Session.objects.filter(session_key=OuterRef("session_key"))
    return UserSession.objects.filter(~Exists(alive), last_seen_at__lt=before)


RETENTIONS = (
    Retention(
        key="closed_accounts",
        records=_("Details of people who closed their account"),
        becomes=ERASED,
        setting="retention_days",
        due=_closed,
        end=_each("erase_closed_account"),
    ),
    Retention(
        key="idle_accounts",
        records=_("Accounts that nobody uses"),
        becomes=_("An e-mail tells the person when the account ends, and how to keep it."),
        setting="idle_days",
        due=_idle,
        end=_each("tell_idle_person"),
        never_at_zero=True,
    ),
    Retention(
        key="idle_details",
        records=_("Details of people who were told so and did not log in"),
        becomes=ERASED,
        setting="idle_notice_days",
        due=_told,
        end=_each("erase_idle_person"),
    ),
    Retention(
        key="own_data",
        records=_("Copies of the own data that people asked for"),
        becomes=_("The file is deleted. That one was asked for stays."),
        setting=exporting.KEPT.days,
        due=lambda before: exporting.expired(before + exporting.KEPT),
        end=lambda _copies: exporting.expire_exports(),
    ),
    Retention(
        key="devices",
        records=_("Devices on which people are logged out"),
        becomes=_("They are deleted, with the network address."),
        setting=settings.SESSION_COOKIE_AGE // 86400 + 1,
        due=_ended_sessions,
        end=lambda _devices: forget_ended_sessions(),
    ),
    Retention(
        key="changes_addresses",
        records=_("Network addresses in the log of changes"),
        becomes=_("The address is taken out. Who changed what, and when, stays."),
        setting="address_days",
        due=lambda before: LogEntry.objects.filter(timestamp__lt=before).exclude(remote_addr=None),
        end=_forget_addresses,
        never_at_zero=True,
    ),
)
