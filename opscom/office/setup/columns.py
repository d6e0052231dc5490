"""The columns of a section: what the office sets in its rows, and the form by which the office's pages judge them."""

from dataclasses import dataclass
from functools import cache
from typing import Any

from django.conf import settings
from django.contrib import admin
from django.db import models
from django.forms import ModelForm, modelform_factory
from modeltranslation.fields import TranslationField
from modeltranslation.translator import NotRegistered, translator

from opscom.office.setup.sections import BY_MODEL, Section

LANGUAGES = [code for code, _name in settings.LANGUAGES]


@dataclass(frozen=True)
class Column:
    """One column. A translated one has a text for each language."""

    name: str
    field: Any
    translated: bool

    @property
    def other(self) -> type[models.Model] | None:
        """The model whose rows it names."""
        found: type[models.Model] | None = self.field.related_model
        return found

    @property
    def choices(self) -> dict[Any, Any]:
        """What may stand in it, where that is a short list, with what the office calls it."""
        return {} if self.other else dict(self.field.flatchoices)

    @property
    def inputs(self) -> list[str]:
        """Its fields in the office's form."""
        return [f"{self.name}_{language}" for language in LANGUAGES] if self.translated else [self.name]


@cache
def columns_of(section: Section, parent: Section | None = None) -> dict[str, Column]:
    """What the office sets in a row; neither files nor what nobody edits, nor the row that it belongs to."""
    model, translated = section.model, _translated(section.model)
    found = {}
    for field in [*model._meta.fields, *model._meta.many_to_many]:
        said = field.editable and not isinstance(field, TranslationField | models.FileField | models.AutoField)
        of_parent = parent is not None and field.related_model is parent.model
        strange = field.is_relation and field.related_model not in BY_MODEL  # no file can name its rows
        if (said and not of_parent and not strange) or field.name in section.key:
            found[field.name] = Column(field.name, field, field.name in translated)
    return found


@cache
def form_of(section: Section, parent: Section | None = None) -> type[ModelForm]:
    """The form of the office's page for such rows, with these columns: what is refused there is refused here."""
    form: Any = ModelForm
    if admin.site.is_registered(section.model):
        form = admin.site.get_model_admin(section.model).form
    elif parent:
        inlines = admin.site.get_model_admin(parent.model).inlines
        form = next((inline.form for inline in inlines if inline.model is section.model), form)
    typed = [column for column in columns_of(section, parent).values() if column.field.editable]
    inputs = [name for column in typed for name in column.inputs]
    made: type[ModelForm] = modelform_factory(section.model, form=form, fields=inputs)
    return made


def _translated(model: type[models.Model]) -> set[str]:
    try:
        return set(translator.get_options_for_model(model).get_field_names())
    except NotRegistered:
        return set()
