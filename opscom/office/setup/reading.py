"""Read the values of a file's rows, and say where something is wrong."""

from dataclasses import dataclass, replace
from typing import Any

from django.core.exceptions import ValidationError
from django.db import models
from django.utils.translation import gettext as _

from opscom.office.setup.columns import LANGUAGES, Column, columns_of
from opscom.office.setup.rows import Office, Plain, plain_value
from opscom.office.setup.sections import Section


@dataclass(frozen=True)
class Place:
    """Where in the file: a section, or one of its rows. `above` is the row that they belong to."""

    section: Section
    above: "Place | None" = None
    number: int = 0
    name: str = ""

    @property
    def parent(self) -> Section | None:
        """The section of the row that they belong to."""
        return self.above.section if self.above else None

    @property
    def top(self) -> Section:
        """The section of the file."""
        return self.above.top if self.above else self.section

    @property
    def whole(self) -> str:
        """The row's name with those above it."""
        return f"{self.above.whole} / {self.name}" if self.above else self.name

    def row(self, number: int, name: str) -> "Place":
        """A row of it."""
        return replace(self, number=number, name=name)

    def __str__(self) -> str:
        here = f"{self.section.name} {self.number} ({self.name})" if self.number else self.section.name
        return f"{self.above}, {here}" if self.above else here


class Reader:
    """Turns the values of rows into what the portal keeps, and collects what is wrong."""

    def __init__(self, office: Office) -> None:
        self.office, self.problems = office, list[str]()
        self._refused = set[tuple[type[models.Model], str]]()

    def refuse(self, place: Place | str, message: Any, column: str = "") -> None:
        """Something is wrong there."""
        where = f"{place}, {column}" if column else str(place)
        self.problems.append(f"{where}: {message}")

    def refuse_all(self, place: Place, errors: ValidationError) -> None:
        """What a form, or a check of several rows, says."""
        for message in errors.messages:
            self.refuse(place, message)

    def give_up(self, place: Place) -> None:
        """That row is refused: rows that name it are left out too, without a word of their own."""
        self._refused.add((place.section.model, place.name))

    def is_hopeless(self, values: Plain, place: Place) -> bool:
        """The row names one that is refused."""
        pointing = [c for name, c in columns_of(place.section, place.parent).items() if c.other and name in values]
        return any(
            (column.other, name) in self._refused
            for column in pointing
            for name in (values[column.name] if column.field.many_to_many else [values[column.name]])
        )

    def read(self, values: Plain, place: Place) -> Plain:
        """A row's values as `Office.plain` has them."""
        columns = columns_of(place.section, place.parent)
        for name in values.keys() - columns.keys():
            known = ", ".join([*columns, *(child.name for child in place.section.children)])
            self.refuse(place, _("There is no such value. There are: %s.") % known, name)
        return {name: self._read(columns[name], value, place) for name, value in values.items() if name in columns}

    def _read(self, column: Column, value: Any, place: Place) -> Any:
        if column.translated:
            texts = value if isinstance(value, dict) else {LANGUAGES[0]: value}
            if texts.keys() <= set(LANGUAGES) and all(isinstance(text, str) for text in texts.values()):
                return {language: plain_value(text) for language, text in texts.items()}
            return self.refuse(place, _("It is a text, or texts by language: %s.") % ", ".join(LANGUAGES), column.name)
        if column.other:
            names = value if column.field.many_to_many else [value]
            if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
                return self.refuse(place, _("It is written as the name of a row, or a list of them."), column.name)
            for name in names:
                self._must_be_there(column.other, name, place, column)
            return sorted(names) if column.field.many_to_many else value
        if isinstance(value, bool) != isinstance(column.field, models.BooleanField):
            return self.refuse(place, _("On or off is written as true or false, and nothing else is."), column.name)
        return plain_value(value)

    def _must_be_there(self, model: type[models.Model], name: str, place: Place, column: Column) -> None:
        if name and self.office.found(model, name) is None:
            text = _("%(rows)s: there is none called “%(name)s”.")
            self.refuse(place, text % {"rows": model._meta.verbose_name_plural, "name": name}, column.name)
