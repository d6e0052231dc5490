"""Take a set-up file in: compare it with the running office, and make the office as it says.

Both are one deed: rows are judged by the forms of the office's own pages and saved in one transaction, which a comparison takes
back at its end. So what a comparison accepts is what is then done."""

from contextlib import nullcontext
from typing import Any

from auditlog.context import set_actor
from django.core.exceptions import ValidationError
from django.db import models, transaction
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.office.setup.checking import check_below
from opscom.office.setup.columns import LANGUAGES, columns_of
from opscom.office.setup.errors import SetupRefused
from opscom.office.setup.reading import Place, Reader
from opscom.office.setup.rows import Office, Plain, name_in
from opscom.office.setup.saving import save_row
from opscom.office.setup.sections import SECTIONS
from opscom.office.setup.toml import read_toml
from opscom.office.setup.words import Change, Outcome


def compare_office(text: str) -> Outcome:
    """What taking the file in would change. SetupRefused with everything that is wrong in it."""
    return _take(text, keep=False)


def set_up_office(text: str, *, by: User | None = None) -> Outcome:
    """Make the office as the file says, all of it or nothing; the audit trail names who did it, where that is not the request's
    own user. SetupRefused with everything that is wrong in it."""
    with set_actor(by) if by else nullcontext():
        return _take(text, keep=True)


def _take(text: str, *, keep: bool) -> Outcome:
    given = read_toml(text)
    with transaction.atomic():
        taking = _Taking()
        taking.take_all(given)
        problems = taking.reader.problems
        transaction.set_rollback(bool(problems) or not keep)
    if problems:
        raise SetupRefused(problems)
    return taking.outcome


class _Taking:
    """One file on its way in. What is wrong is collected and the rest goes on, so that one reading tells all."""

    def __init__(self) -> None:
        self.office, self.outcome = Office(), Outcome()
        self.reader = Reader(self.office)

    def take_all(self, given: Plain) -> None:
        """Section by section in their own order, for later ones name rows of earlier ones."""
        known = {section.name: section for section in SECTIONS}
        for name in given.keys() - known.keys():
            self.reader.refuse(name, _("There is no such section. There are: %s.") % ", ".join(known))
        for section in SECTIONS:
            if section.name in given:
                rows = given[section.name] if section.key else [given[section.name]]
                self._take_rows(rows, Place(section), self.office.rows(section))

    def _take_rows(
        self, given: Any, place: Place, there: dict[str, models.Model], above: models.Model | None = None
    ) -> None:
        """Rows of one section, or those below one row."""
        if not isinstance(given, list) or not all(isinstance(row, dict) for row in given):
            self.reader.refuse(place, _("It is a list of rows, each with its values."))
            return
        section, named = place.section, set[str]()
        for number, values in enumerate(given, start=1):
            name = name_in(section, values)
            here = place.row(number, name) if section.key else place
            if section.key and (not name or name in named):
                key = ", ".join(section.key)
                self.reader.refuse(here, _("Each row needs its own key, which no other has: %s.") % key)
                continue
            named.add(name)
            self._take_row(values, here, there.get(name), above)
        if kept := [name for name, row in there.items() if name not in named and section.writes(row)]:
            self.outcome.kept.append((place.top, place.above.whole if place.above else "", kept))

    def _take_row(self, values: Plain, place: Place, row: Any, above: models.Model | None) -> None:
        """One row, and those that belong to it."""
        section, reader, known = place.section, self.reader, len(self.reader.problems)
        children = {child.name: child for child in section.children if child.name in values}
        if reader.is_hopeless(values, place):
            reader.give_up(place)
            return
        said = reader.read({name: value for name, value in values.items() if name not in children}, place)
        if section.built_in and row is None:
            reader.refuse(place, _("The portal makes these rows itself, and has none of this name."))
        before = self.office.plain(section, row, place.parent) if row else {}
        row = row or _new(place, above)
        with override(LANGUAGES[0]):  # what a translated model keeps beside its translations
            saved = len(reader.problems) == known and save_row(row, said, before, place, reader)
        if not saved:
            reader.give_up(place)
            return
        if not before and above is None:
            self.office.add(section, row)
        self._note(place, before, self.office.plain(section, row, place.parent), said)
        for name, child in children.items():
            there = self.office.below(child, row, section) if before else {}
            self._take_rows(values[name], Place(child, place), there, row)
        if len(reader.problems) == known:
            try:
                check_below(row)
            except ValidationError as error:
                reader.refuse_all(place, error)

    def _note(self, place: Place, before: Plain, after: Plain, said: Plain) -> None:
        columns = columns_of(place.section, place.parent)
        turned = [
            (columns[name], before.get(name, ""), after[name]) for name in said if before.get(name) != after[name]
        ]
        if turned:
            self.outcome.changes.append(Change(place.top, place.whole, not before, turned))


def _new(place: Place, above: models.Model | None) -> models.Model:
    """A row that is not there yet, below the one that it belongs to."""
    model, parent = place.section.model, place.parent
    links = [field.name for field in model._meta.fields if parent and field.related_model is parent.model]
    return model(**dict.fromkeys(links, above))
