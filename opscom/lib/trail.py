"""What staff change by a form of the office, where no service writes it down: before and after, in the one audit trail."""

from typing import Any

from auditlog.models import LogEntry
from auditlog.registry import auditlog
from django.db.models import DateTimeField, Model, QuerySet
from django.http import HttpRequest

PERSON = "person"
Changes = dict[str, list[str]]


class Trailed:
    """Before an admin class whose rows are too busy to be watched one and all: what its forms change is written down."""

    def construct_change_message(self, request: HttpRequest, form: Any, formsets: Any, add: bool = False) -> Any:
        """Django asks for its own note of the change right after it is saved."""
        _write(form.instance, _changes(form), add)
        for formset in formsets or ():
            fresh = {id(row) for row in formset.new_objects}
            for part in formset.forms:
                if part.has_changed() and part.instance.pk and part not in formset.deleted_forms:
                    _write(part.instance, _changes(part), id(part.instance) in fresh)
        return super().construct_change_message(request, form, formsets, add)  # type: ignore[misc]

    def save_formset(self, request: HttpRequest, form: Any, formset: Any, change: bool) -> None:
        """What goes is written down while it is still there."""
        for part in formset.deleted_forms:
            if part.instance.pk:
                _write_end(type(part.instance)._base_manager.get(pk=part.instance.pk))  # not as the form would have it
        super().save_formset(request, form, formset, change)  # type: ignore[misc]

    def log_deletions(self, request: HttpRequest, queryset: QuerySet[Any]) -> Any:
        """While the rows are still there."""
        for row in queryset:
            _write_end(row)
        return super().log_deletions(request, queryset)  # type: ignore[misc]


def _changes(form: Any) -> Changes:
    """The fields that changed and that the trail does not watch anyway."""
    model = type(form.instance)
    watched: set[str] = {"DELETE"}
    if auditlog.contains(model):
        lists = [field.name for field in model._meta.many_to_many]
        watched.update(auditlog.get_model_fields(model)["include_fields"], lists)
    names = [name for name in form.changed_data if name not in watched]
    return {name: [_plain(form.initial.get(name)), _plain(form.cleaned_data.get(name))] for name in names}


def _plain(value: Any) -> str:
    if isinstance(value, Model):
        return str(value.pk)
    if isinstance(value, list | tuple | QuerySet):
        return ", ".join(str(part) for part in value)
    return "None" if value in (None, "") else str(value)


def _write(row: Model, changes: Changes, add: bool) -> None:
    """An entry of the actor whom the request names; none where nothing changed, or the trail has it already."""
    if not changes or (add and auditlog.contains(type(row))):
        return
    action = LogEntry.Action.CREATE if add else LogEntry.Action.UPDATE
    LogEntry.objects.log_create(row, action=action, changes=changes, additional_data=_of_whom(row))


def _write_end(row: Model) -> None:
    """With what it was: nobody can look any more."""
    if not auditlog.contains(type(row)):
        told = {"changes": _last_values(row), "additional_data": _of_whom(row)}
        LogEntry.objects.log_create(row, force_log=True, action=LogEntry.Action.DELETE, **told)


def _last_values(row: Model) -> Changes:
    """What forms could have said of it; keys of other rows, as the library writes them."""
    fields = [field for field in row._meta.fields if field.editable and field.name != "password"]
    said = [field for field in fields if not (isinstance(field, DateTimeField) and field.has_default())]
    return {field.name: [_plain(field.value_from_object(row)), "None"] for field in said}


def _of_whom(row: Model) -> dict[str, int] | None:
    """Whose details these are: the entry is emptied with theirs, also where the row is long gone by then."""
    key: int | None = getattr(row, "user_id", None)
    return {PERSON: key} if key else None
