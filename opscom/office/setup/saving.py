"""Make one row as the file says, through the form of the office's own page."""

from typing import Any

from django.contrib import admin
from django.core.exceptions import ValidationError
from django.core.validators import validate_slug
from django.db import models
from django.forms import ModelForm
from django.http import HttpRequest
from django.utils.translation import gettext as _

from opscom.lib.office import save_settings
from opscom.models import SystemSettings
from opscom.office.setup.columns import LANGUAGES, Column, columns_of, form_of
from opscom.office.setup.reading import Place, Reader
from opscom.office.setup.rows import Plain


def save_row(row: models.Model, said: Plain, before: Plain, place: Place, reader: Reader) -> bool:
    """Make the row so, where it is not. What the office's page would refuse is refused here; False then."""
    columns = columns_of(place.section, place.parent)
    turned = [name for name, value in said.items() if not _same(columns[name], value, before.get(name))]
    if before and not turned:
        return True
    known = len(reader.problems)
    if before:
        _refuse_settled(row, turned, place, reader)
    texts = {name: {**before.get(name, {}), **said[name]} for name in said if columns[name].translated}
    wanted = {**before, **said, **texts}
    data = {key: value for c in columns.values() for key, value in _inputs(c, row, wanted, reader).items()}
    _set_key(row, columns, said, place, reader)
    unsaid = [name for c in columns.values() if c.translated for name in c.inputs if getattr(row, name) is None]
    form = form_of(place.section, place.parent)(data, instance=row)
    _refuse_unnamed(columns, wanted, place, reader)
    for name, messages in form.errors.items():
        for message in messages:
            reader.refuse(place, message, "" if name == "__all__" else name)
    if len(reader.problems) > known:
        return False
    for name in unsaid:
        setattr(row, name, getattr(row, name) or None)  # a form makes "" of it, which the audit trail would tell
    _save(form)
    return True


def _set_key(row: models.Model, columns: dict[str, Column], said: Plain, place: Place, reader: Reader) -> None:
    """What no page lets one type, and a file tells rows apart by."""
    for name in place.section.key:
        field = columns[name].field
        if not field.editable:
            try:
                setattr(row, name, field.clean(said[name], row))
                validate_slug(said[name])  # it stands in addresses
            except ValidationError as error:
                reader.refuse_all(place, error)


def _save(form: ModelForm) -> None:
    if isinstance(form.instance, SystemSettings):
        save_settings(form.instance)
    else:
        form.save()


def _same(column: Column, said: Any, before: Any) -> bool:
    if column.translated:
        return all((before or {}).get(language, "") == text for language, text in said.items())
    return bool(said == before)


def _inputs(column: Column, row: models.Model, wanted: Plain, reader: Reader) -> Plain:
    """What the form gets of a column; where neither the file nor the row says it, what a new row has."""
    if column.translated:
        texts = wanted.get(column.name) or {}
        return {f"{column.name}_{language}": texts.get(language, "") for language in LANGUAGES}
    if column.name not in wanted:
        many = column.field.many_to_many
        return {column.name: [] if many else getattr(row, column.field.attname)}
    value = wanted[column.name]
    if column.other:
        names = value if column.field.many_to_many else [value]
        keys = [found.pk for name in names if (found := reader.office.found(column.other, name))]
        return {column.name: keys if column.field.many_to_many else next(iter(keys), "")}
    return {column.name: value}


def _refuse_unnamed(columns: dict[str, Column], wanted: Plain, place: Place, reader: Reader) -> None:
    """A translated text that must be there is there in the first language; the others fall back to it."""
    for column in columns.values():
        needed = column.translated and not column.field.blank and not column.field.has_default()
        if needed and not (wanted.get(column.name) or {}).get(LANGUAGES[0]):
            reader.refuse(place, _("It is missing in English."), column.name)


def _refuse_settled(row: models.Model, turned: list[str], place: Place, reader: Reader) -> None:
    """What the office's page does not let one change of this row."""
    if not admin.site.is_registered(type(row)):
        return
    settled = admin.site.get_model_admin(type(row)).get_readonly_fields(HttpRequest(), row)
    for name in turned:
        if name in settled:
            reader.refuse(place, _("It cannot be changed any more: this row is in use."), name)
