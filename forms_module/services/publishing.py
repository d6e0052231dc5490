"""Publish a form: what the office has been working on becomes the next version, which never changes again."""

from collections.abc import Iterable

from django.db import transaction
from django.utils.translation import gettext as _

from forms_module.errors import FormRefused
from forms_module.kinds import kind_of
from forms_module.models import FormDefinition, FormField


@transaction.atomic
def publish_form(form: FormDefinition) -> FormDefinition:
    """The questions as they are now are what people answer from now on. FormRefused where nothing has changed, or the form
    asks what it cannot."""
    form = FormDefinition.objects.select_for_update().get(pk=form.pk)
    rows = list(form.fields.filter(version=None))
    check_questions(form, rows)
    if _told(rows) == _told(form.fields.filter(version=form.version)):
        raise FormRefused(_("Nothing has changed since version %(n)d.") % {"n": form.version}, code="same")
    form.version += 1
    form.save(update_fields=["version"])
    for row in rows:
        row.pk, row.version = None, form.version
        row._state.adding = True
    FormField.objects.bulk_create(rows)
    return form


def check_questions(form: FormDefinition, rows: list[FormField]) -> None:
    """FormRefused where people could not answer."""
    if not rows:
        raise FormRefused(_("Add a question first, then publish the form."), code="empty")
    if form.public:
        personal = next((row for row in rows if kind_of(row).personal), None)
        if personal:
            raise FormRefused(
                _("“%(question)s” needs an account, so a public form cannot ask it.") % {"question": personal.label},
                code="personal",
            )


def _told(rows: Iterable[FormField]) -> list[dict[str, object]]:
    """All that people can notice of the questions, in their order."""
    columns = [
        field.attname
        for field in FormField._meta.concrete_fields
        if field.name not in ("id", "form", "version", "position")
    ]
    return [{name: getattr(row, name) for name in columns} for row in rows]
