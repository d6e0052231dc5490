"""What the office's pages show of its texts."""

from collections.abc import Sequence
from dataclasses import dataclass
from difflib import ndiff
from itertools import zip_longest
from typing import Any, NamedTuple

from django.conf import settings
from django.utils.translation import gettext_lazy as _

from accounts.models import MailTemplate, Wording, WordingVersion
from accounts.wordings.own import piece_of_template
from accounts.wordings.registry import Medium, Piece, all_pieces, piece_of
from opscom.lib.wording import WordingError, compile_wording

OWN, FAILED = "own", "failed"
HINT = _(
    "An amount: {{ total|money }}. A day: {{ day|date }} or {{ day|with_weekday }}. Only where there is one: {% if reason %}…{% endif %}. "
    "For each of a list: {% for … in … %}…{% endfor %}."
)


class State(NamedTuple):
    """How a text stands in one language; `own` is None for the built-in one."""

    language: str
    own: Wording | None


@dataclass(frozen=True)
class Shelf:
    """The texts of one medium."""

    title: str
    rows: list[tuple[Piece, list[State]]]


class Line(NamedTuple):
    """A line of a version, beside the one before: "+" is new, "-" is gone."""

    sign: str
    text: str


def shelves(search: str = "", only: str = "") -> list[Shelf]:
    """Every text in every language; those whose name holds the words, and only those that are the office's own, or that
    could not be used. Two queries."""
    pieces = [*all_pieces(), *map(piece_of_template, MailTemplate.objects.all())]
    own = {(row.kind, row.language): row for row in Wording.objects.defer("body")}
    found = []
    for medium in Medium:
        rows = []
        for piece in pieces:
            states = [State(code, own.get((piece.key, code))) for code in dict(settings.LANGUAGES)]
            if (
                piece.medium == medium
                and search.lower() in f"{piece.title} {piece.key}".lower()
                and _wanted(states, only)
            ):
                rows.append((piece, states))
        if rows:
            found.append(Shelf(str(medium.label), rows))
    return found


def _wanted(states: Sequence[State], only: str) -> bool:
    if only == FAILED:
        return any(state.own and state.own.failed_at for state in states)
    return only != OWN or any(state.own for state in states)


def versions_of(piece: Piece, language: str) -> list[WordingVersion]:
    """All versions, the newest first, each with `changes` beside the one before it; the first beside the built-in text. One
    query."""
    rows = WordingVersion.objects.filter(kind=piece.key, language=language).select_related("by")
    versions: list[Any] = list(rows.order_by("-number"))
    built_in = piece.built_in(language)
    for version, before in zip_longest(versions, versions[1:]):
        version.changes = changes(_words(before, built_in), _words(version, built_in))
    return versions


def _words(version: WordingVersion | None, built_in: tuple[str, str]) -> tuple[str, str]:
    return built_in if version is None or version.built_in else (version.subject, version.body)


def changes(before: tuple[str, str], after: tuple[str, str]) -> list[Line]:
    """What is other, line by line; what stayed is left out."""
    lines = ndiff("\n".join(before).splitlines(), "\n".join(after).splitlines())
    return [Line(line[0], line[2:]) for line in lines if line[0] in "+-" and line[2:].strip()]


def missing_names(own: Wording) -> dict[str, list[str]]:
    """By language, the placeholders that the office's text in it names and this one does not. One query."""
    piece = piece_of(own.kind)
    if piece is None:
        return {}
    here = _names(piece, own)
    others = {row.language: sorted(_names(piece, row) - here) for row in Wording.objects.filter(kind=own.kind)}
    return {language: names for language, names in others.items() if names}


def _names(piece: Piece, own: Wording) -> frozenset[str]:
    try:
        return compile_wording(f"{own.subject}\n{own.body}", piece.blanks()).names
    except WordingError:
        return frozenset()
