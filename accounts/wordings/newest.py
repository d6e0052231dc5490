"""The newest real record of a kind, to try a text on: each app says how, by writing its e-mail, which is caught and undone, or
by drawing its paper."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from django.db import transaction
from django.db.models import QuerySet
from django.utils.translation import override

from accounts.services.mail import catching

# Writes the e-mail of the newest record and answers what it is called; "" where there is none.
Writer = Callable[[], str]
_writers: dict[str, Writer] = {}


@dataclass(frozen=True)
class Paper:
    """Paper of the newest of `rows`: what it tells, and the PDF, both of a row and a language. `permission`: whoever has it may
    see one of a stranger."""

    rows: Callable[[], QuerySet[Any]]
    tell: Callable[[Any, str], Mapping[str, Any]]
    draw: Callable[[Any, str], bytes]
    permission: str

    def newest(self) -> Any:
        """The newest row; None where there is none."""
        return self.rows().order_by("-pk").first()


_papers: dict[str, Paper] = {}


def register_papers(papers: Mapping[str, Paper]) -> None:
    """The same for its papers."""
    _papers.update(papers)


def paper_of(kind: str) -> Paper | None:
    """How that paper is made."""
    return _papers.get(kind)


def permission_to_see(kind: str) -> str:
    """What somebody needs to see this text in a real record."""
    return _papers[kind].permission if kind in _papers else "accounts.view_mail"


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
    return kind in _writers or kind in _papers


def newest_record(kind: str, language: str) -> tuple[str, Mapping[str, Any]] | None:
    """(its name, what its e-mail would tell); None where there is no such record, or its app shows none."""
    if (paper := _papers.get(kind)) is not None:
        row = paper.newest()
        with override(language):
            return (str(row), paper.tell(row, language)) if row else None
    writer = _writers.get(kind)
    if writer is None:
        return None
    with override(language), catching() as caught, transaction.atomic():
        name = writer()
        transaction.set_rollback(True)
    return (name, caught[-1]) if name and caught else None
