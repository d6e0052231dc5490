"""What tells who did what can be neither changed nor deleted, but for erasing and merging."""

from collections.abc import Callable
from typing import Any

import pytest
from auditlog.models import LogEntry
from django.apps import apps
from django.db import IntegrityError, connection, transaction
from django.utils import timezone

from accounts.models import AccountEvent, PersonNote, User
from lockers.models import CombinationView
from opscom.lib.append_only import rewriting_history
from opscom.lib.events import StateEvent
from opscom.models import ReportDownload
from tests.factories import make_permit

pytestmark = pytest.mark.django_db


def protected() -> set[str]:
    """Tables with the trigger."""
    asked = {
        "postgresql": "SELECT tgrelid::regclass::text FROM pg_trigger WHERE tgname = 'append_only'",
        "sqlite": "SELECT tbl_name FROM sqlite_master WHERE type = 'trigger' AND name LIKE 'append_only_%'",
    }
    with connection.cursor() as cursor:
        cursor.execute(asked[connection.vendor])
        return {table for (table,) in cursor.fetchall()}


def test_every_table_that_tells_of_deeds_is_protected() -> None:
    kinds: list[Any] = [model for model in apps.get_models() if issubclass(model, StateEvent)]
    kinds += [AccountEvent, PersonNote, LogEntry, ReportDownload, CombinationView]
    tables = {model._meta.db_table for model in kinds}
    assert protected() == tables if connection.vendor == "postgresql" else protected() <= tables


def rows(user: User) -> list[Any]:
    """One of each sort."""
    note = PersonNote.objects.create(user=user, by=user, text="Called", at=timezone.now())
    told = AccountEvent.objects.create(user=user, by=user, verb=AccountEvent.Verb.ACTED, at=timezone.now())
    entry = LogEntry.objects.log_create(user, action=1, changes={"email": ["a", "b"]})
    return [note, told, entry, make_permit(user).events.get()]


TIMES = {"LogEntry": "timestamp"}


def change(row: Any) -> None:
    type(row).objects.filter(pk=row.pk).update(**{TIMES.get(type(row).__name__, "at"): timezone.now()})


def delete(row: Any) -> None:
    type(row).objects.filter(pk=row.pk).delete()


@pytest.mark.parametrize("deed", [change, delete])
def test_database_refuses_to_change_or_delete(resident: User, deed: Callable[[Any], None]) -> None:
    if deed is delete and connection.vendor == "sqlite":
        pytest.skip("SQLite lets Django empty test tables")
    for row in rows(resident):
        with pytest.raises(IntegrityError), transaction.atomic():
            deed(row)
        with rewriting_history():
            deed(row)
        with pytest.raises(IntegrityError), transaction.atomic():
            deed(make_permit().events.get())


def test_rewriting_within_another_ends_with_the_outer_one(resident: User) -> None:
    [note, *_others] = rows(resident)
    with rewriting_history():
        with rewriting_history():
            change(note)
        change(note)
    with pytest.raises(IntegrityError), transaction.atomic():
        change(note)


def test_a_failed_rewriting_leaves_the_tables_closed(resident: User) -> None:
    [note, *_others] = rows(resident)
    with pytest.raises(ValueError, match="no"), transaction.atomic(), rewriting_history():
        change(note)
        raise ValueError("no")
    with pytest.raises(IntegrityError), transaction.atomic():
        change(note)
