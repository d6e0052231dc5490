"""The newest real record of a kind, to try a text on: each app says how, by writing its e-mail, which is caught and undone."""

from collections.abc import Callable, Mapping
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import override

from accounts.services.mail import catching

# Writes the e-mail of the newest record and answers what it is called; "" where there is none.
Writer = Callable[[], str]
_writers: dict[str, Writer] = {}


def register(writers: Mapping[str, Writer]) -> None:
    """Called by an app that starts, for its kinds of e-mail."""
    _writers.update(writers)


def newest(rows: Callable[[], QuerySet[Any]], write: Callable[[Any], object]) -> Writer:
    """The newest of the rows, and the function that writes its e-mail."""

    def write_newest() -> str:
        row = rows().order_by("-pk").first()
        if row is None:
            return ""
        write(row)
        return str(row)

    return write_newest


def has_records(kind: str) -> bool:
    """Whether its app can show a real one."""
    return kind in _writers


def newest_record(kind: str, language: str) -> tuple[str, Mapping[str, Any]] | None:
    """(its name, what its e-mail would tell); None where there is no such record, or its app shows none."""
    writer = _writers.get(kind)
    if writer is None:
        return None
    with override(language), catching() as caught, transaction.atomic():
        name = writer()
        transaction.set_rollback(True)
    return (name, caught[-1]) if name and caught else None
