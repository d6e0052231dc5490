"""A form of Django's own, made of an office's questions when somebody opens it."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, ClassVar

from django import forms
from django.utils.datastructures import MultiValueDict
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.models import User
from forms_module.kinds import UNPRINTABLE, kind_of
from forms_module.models import FormField

Answers = dict[str, Any]


class GuestForm(forms.Form):
    """Who answers a public form: where the office's answer goes."""

    name = forms.CharField(
        label=gettext_lazy("Your name"),
        max_length=120,
        error_messages={"required": gettext_lazy("Enter your name."), **UNPRINTABLE},
        widget=forms.TextInput(attrs={"class": "form-control", "autocomplete": "name"}),
    )
    email = forms.EmailField(
        label=gettext_lazy("Your e-mail"),
        max_length=254,
        help_text=gettext_lazy("The office's answer goes there, with a link to what you sent."),
        error_messages={
            "required": gettext_lazy("Enter your email address."),
            "invalid": gettext_lazy("Add the part after the dot, as in name@campus.edu."),
            **UNPRINTABLE,
        },
        widget=forms.EmailInput(attrs={"class": "form-control", "autocomplete": "email"}),
    )


class AnswerForm(forms.Form):
    """Some questions of a version. `known` are the answers given so far, also to questions that are not here; a question
    whose condition is not met is neither asked nor kept. `partial`: what is missing may stay missing."""

    rows: ClassVar[Sequence[FormField]]

    def __init__(self, data: Any = None, files: Any = None, *, known: Mapping[str, Any], partial: bool = False) -> None:
        self.known = known
        given = {row.key: kind_of(row).give(known[row.key]) for row in self.rows if row.key in known}
        super().__init__(data, files, initial=given)
        for row in self.rows:
            if row.kind == "file" and row.key in known:
                kept = {"file": known[row.key]["text"]}
                self.fields[row.key].help_text = _("You have added %(file)s. Another file takes its place.") % kept
        if partial:
            for field in self.fields.values():
                field.required = False

    def parts(self) -> list[tuple[forms.BoundField, FormField | None]]:
        """Each field, with its row where a script is to hide it until another one of this page is answered."""
        here = {row.key for row in self.rows}
        return [(self[row.key], row if row.shown_when in here else None) for row in self.rows]

    def clean(self) -> dict[str, Any]:
        """Drop what is not asked. `answers` are then those that are known with those given here in their place."""
        said: dict[str, Any] = super().clean() or {}
        mine = {row.key for row in self.rows}
        self.answers: Answers = {key: kept for key, kept in self.known.items() if key not in mine}
        files: Answers = {}  # stored after this, and answers all the same to what hangs on them
        for row in self.rows:
            if not is_asked(row, self.answers | files):
                self.errors.pop(row.key, None)
                said.pop(row.key, None)
            elif isinstance(self.fields[row.key], forms.FileField):
                if row.key in self.known:
                    self.answers[row.key] = self.known[row.key]
                elif file := said.get(row.key):
                    files[row.key] = {"text": file.name}
            elif (value := said.get(row.key)) not in (None, "", [], False):
                self.answers[row.key] = kind_of(row).keep(value)
        return said


def make_form(rows: Sequence[FormField], person: User | None) -> type[AnswerForm]:
    """The class that asks these questions of that person."""
    fields = {row.key: _field(row, person) for row in rows}
    return type("AnswerForm", (AnswerForm,), {"rows": rows, **fields})


def _field(row: FormField, person: User | None) -> forms.Field:
    field = kind_of(row).field(row, person)
    field.required = field.widget.is_required = row.required
    field.label = row.label if row.required else _("%(question)s (optional)") % {"question": row.label}
    field.help_text = row.help_text
    field.error_messages["required"] = str(kind_of(row).missing)
    return field


def is_asked(row: FormField, answers: Mapping[str, Any]) -> bool:
    """Whether the answers before it call for the question."""
    if not row.shown_when:
        return True
    kept, wanted = answers.get(row.shown_when), row.shown_value.strip()
    if kept in (None, "", [], False):
        return False
    if not wanted or kept is True:
        return True
    said = kept if isinstance(kept, list) else [kept.get("key") if isinstance(kept, dict) else kept]
    return wanted.casefold() in {str(each).casefold() for each in said}


def as_data(rows: Iterable[FormField], answers: Mapping[str, Any]) -> MultiValueDict[str, Any]:
    """The answers as a browser would send them, to be judged once more."""
    given = {row.key: kind_of(row).give(answers[row.key]) for row in rows if row.key in answers}
    return MultiValueDict({key: value if isinstance(value, list) else [value] for key, value in given.items()})


def steps_of(rows: Iterable[FormField], answers: Mapping[str, Any]) -> list[list[FormField]]:
    """The questions page by page, without those that the answers of other pages leave out, and without pages that this
    empties. A question that hangs on another one of its page is there: scripts hide it, and the server drops it. At least
    one page."""
    pages: list[list[FormField]] = [[]]
    for row in rows:
        if row.starts_page:
            pages.append([])
        if row.shown_when in {other.key for other in pages[-1]} or is_asked(row, answers):
            pages[-1].append(row)
    return [page for page in pages if page] or [[]]
