"""What an e-mail to many may name of the rows that its people were chosen by: each app says how, for its lists."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.contrib.auth import get_permission_codename
from django.db.models import QuerySet
from django.utils.text import capfirst
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from accounts.wordings.meanings import AROUND, MEANINGS, Meaning
from accounts.wordings.registry import Medium, Piece
from opscom.lib.wording import MOST_ITEMS, Blank, samples_of

PERSON = "person"
SEE_PEOPLE = "accounts.view_user"
OF_PERSON = ("person.get_full_name", "person.email", "person.organisation_number")


@dataclass(frozen=True)
class RowKind:
    """Rows of one list. In a text `name` is the newest row by which the person was chosen, `many` each of them; `fields` are the
    ways from a row to what may be named. `rows` reads them with all that the fields need, `person` leads from one to its person."""

    name: str
    model: str
    rows: Callable[[], QuerySet[Any]]
    person: str = ""
    many: str = ""
    fields: tuple[str, ...] = ()
    meanings: Mapping[str, Meaning] | None = None

    @property
    def title(self) -> str:
        """What the list is called."""
        return str(capfirst(apps.get_model(self.model)._meta.verbose_name_plural))

    def rights(self) -> tuple[str, ...]:
        """What somebody needs who sees such a text filled in for a real person."""
        opts = apps.get_model(self.model)._meta
        seen = f"{opts.app_label}.{get_permission_codename('view', opts)}"
        return (SEE_PEOPLE, seen, *(right for _blank, _of, right in _values.values()))

    def blanks(self) -> tuple[Blank, ...]:
        """All that such a text may name."""
        own = [self._blank(name) for name in self.fields]
        return (*own, *self._every(own), *_of_person(), *(Blank(name, *meaning) for name, meaning in AROUND.items()))

    def _every(self, own: list[Blank]) -> list[Blank]:
        """All rows of a person as a list."""
        if not own:
            return []
        below = tuple(blank.name.partition(".")[2] for blank in own)
        return [Blank(self.many, _("Each of the person's rows; a list"), [samples_of(own)[self.name]], below)]

    def _blank(self, field: str) -> Blank:
        name = f"{self.name}.{field}"
        return Blank(name, *((self.meanings or {}).get(name) or MEANINGS[name]))


# Of people by their keys, what each of them has.
Values = Callable[[list[int]], Mapping[int, Any]]
_kinds: dict[str, RowKind] = {}
_values: dict[str, tuple[Blank, Values, str]] = {}


def register_rows(*kinds: RowKind) -> None:
    """Called by an app that starts, for its lists behind whose rows are people."""
    _kinds.update({kind.name: kind for kind in kinds})


def register_value(blank: Blank, of: Values, *, right: str) -> None:
    """The same for something that each person has; asked once for many people. Who has that right may see it of others."""
    _values[blank.name] = (blank, of, right)


def all_kinds() -> list[RowKind]:
    """In the order in which they were registered."""
    return list(_kinds.values())


def kind_named(name: str) -> RowKind:
    """The kind of that name; people alone where there is none any more."""
    return _kinds.get(name, _kinds[PERSON])


def kind_of(model: str) -> str:
    """What the rows of that model are called in a text."""
    return next((kind.name for kind in _kinds.values() if kind.model == model), PERSON)


def piece_of_rows(kind: RowKind, *, key: str = "", title: str = "") -> Piece:
    """A text about such rows; the one that is not named is that of a single e-mail."""
    return Piece(
        key=key or f"rows-{kind.name}",
        medium=Medium.MANY,
        title=title or kind.title,
        blanks=kind.blanks,
        built_in=lambda _language: ("", ""),
        newest=lambda: newest_of(kind),
        rights=kind.rights(),
    )


def told_of(kind: RowKind, people: Sequence[tuple[User, list[int]]], names: frozenset[str]) -> list[dict[str, Any]]:
    """What a text may name of each person, chosen by these rows; only what its `names` need is asked for, once for all."""
    named = any(name.partition(".")[0] in (kind.name, kind.many) for name in names)
    rows = kind.rows().in_bulk({key for _user, keys in people for key in keys}) if named and kind.fields else {}
    found = {
        name: of([user.pk for user, _keys in people]) for name, (_blank, of, _right) in _values.items() if name in names
    }
    return [_told(kind, user, [rows[key] for key in keys if key in rows], found) for user, keys in people]


def newest_of(kind: RowKind) -> tuple[str, dict[str, Any]] | None:
    """(its name, what is told) of the newest row with a person; None where there is none."""
    path = f"{kind.person}__isnull" if kind.person else "pk__isnull"
    row = kind.rows().exclude(**{path: True}).order_by("-pk").first()
    if row is None:
        return None
    user = row
    for step in filter(None, kind.person.split("__")):
        user = getattr(user, step)
    values = {name: of([user.pk]) for name, (_blank, of, _right) in _values.items()}
    return str(row), _told(kind, user, [row], values)


def _told(kind: RowKind, user: User, rows: list[Any], values: Mapping[str, Mapping[int, Any]]) -> dict[str, Any]:
    person = {name.partition(".")[2]: getattr(user, name.partition(".")[2]) for name in OF_PERSON}
    person["get_full_name"] = user.get_full_name() or user.email
    about = {name: found[user.pk] for name, found in values.items()}
    mine = {kind.name: rows[0], kind.many: rows[:MOST_ITEMS]} if rows else {}
    return {"name": user.get_short_name(), "person": person, **about, **mine}


def _of_person() -> list[Blank]:
    return [*(Blank(name, *MEANINGS[name]) for name in OF_PERSON), *(blank for blank, _of, _right in _values.values())]


PEOPLE = RowKind(PERSON, "accounts.user", User.objects.all)
