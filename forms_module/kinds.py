"""The kinds of question: which field of Django's each is, and what is kept of the answer.

This app knows the plain ones. Domains above it add theirs in `AppConfig.ready()` with `register`: a list of what the
person who answers may choose, such as their own vehicles.
"""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime
from decimal import Decimal
from typing import Any, ClassVar

from django import forms
from django.core.validators import MaxValueValidator, MinValueValidator
from django.utils import timezone
from django.utils.dateparse import parse_date, parse_datetime
from django.utils.formats import date_format
from django.utils.functional import Promise
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.models import User
from forms_module.models import FormField
from opscom.lib.dates import written_moment

LONG, SHORT = 4000, 200
LOCAL = "%Y-%m-%dT%H:%M"
UNPRINTABLE = {"null_characters_not_allowed": _("Write letters, digits and signs only.")}
FAR = _("Write a day between 1900 and 2999.")  # beyond them a change of time zone leaves the calendar
WITHIN = (
    MinValueValidator(datetime(1900, 1, 1, tzinfo=UTC), FAR),
    MaxValueValidator(datetime(3000, 1, 1, tzinfo=UTC), FAR),
)
CHOOSE_ONE = _("Choose one of the list.")


class Kind:
    """One kind. What `keep` answers is JSON; `give` turns it into what a browser would send, `words` into what people read."""

    label: ClassVar[str | Promise]
    has_choices: ClassVar[bool] = False
    personal: ClassVar[bool] = False  # needs an account: no public form can ask it
    missing: ClassVar[str | Promise] = _("Fill this in.")

    def field(self, row: FormField, person: User | None) -> forms.Field:
        """The field, without label, help and whether it is required."""
        raise NotImplementedError

    def keep(self, value: Any) -> Any:
        """What is kept of a cleaned value."""
        return value

    def give(self, kept: Any) -> Any:
        """The value of the field that shows the answer again."""
        return kept

    def words(self, row: FormField, kept: Any) -> str:
        """The answer as it is read."""
        return str(kept)

    def nameable(self, row: FormField) -> Collection[str] | None:
        """The answers for which the condition of another question may wait by name; None: whatever the office writes."""
        return None


class ChoiceCards(forms.RadioSelect):
    """One of several, each on a card of its own, wide enough for a thumb."""

    template_name = "components/choices.html"


class SeveralCards(forms.CheckboxSelectMultiple):
    """The same for several."""

    template_name = "components/choices.html"


class Text(Kind):
    label = _("Text")

    def field(self, row: FormField, person: User | None) -> forms.Field:
        long = {"max_length": _("Up to %(limit_value)d characters fit. Shorten the text.")}
        widget = forms.TextInput(attrs={"class": "form-control"})
        return forms.CharField(max_length=SHORT, widget=widget, error_messages=UNPRINTABLE | long)


class NamesNone(Kind):
    """No condition waits for one certain answer, only for any."""

    def nameable(self, row: FormField) -> Collection[str]:
        return ()


class LongText(NamesNone):
    label = _("Long text")

    def field(self, row: FormField, person: User | None) -> forms.Field:
        long = {"max_length": _("Up to %(limit_value)d characters fit. Shorten the text.")}
        widget = forms.Textarea(attrs={"class": "form-control", "rows": 5})
        return forms.CharField(max_length=LONG, widget=widget, error_messages=UNPRINTABLE | long)


class Number(Kind):
    label = _("Number")

    def field(self, row: FormField, person: User | None) -> forms.Field:
        widget = forms.TextInput(attrs={"class": "form-control", "inputmode": "decimal"})
        wrong = {"invalid": _("Write a number with digits, for example 12.")}
        return forms.DecimalField(max_digits=15, decimal_places=4, widget=widget, error_messages=wrong)

    def keep(self, value: Decimal) -> str:
        return str(value)


class Date(Kind):
    label = _("Date")

    def field(self, row: FormField, person: User | None) -> forms.Field:
        widget = forms.DateInput(format="%Y-%m-%d", attrs={"class": "form-control", "type": "date"})
        wrong = {"invalid": _("Write the day as in 2026-09-01.")}
        return forms.DateField(widget=widget, input_formats=["%Y-%m-%d"], error_messages=wrong)

    def keep(self, value: date) -> str:
        return value.isoformat()

    def words(self, row: FormField, kept: str) -> str:
        return date_format(parse_date(kept) or date.min)


class Moment(NamesNone):
    label = _("Date and time")

    def field(self, row: FormField, person: User | None) -> forms.Field:
        widget = forms.DateTimeInput(format=LOCAL, attrs={"class": "form-control", "type": "datetime-local"})
        wrong = {"invalid": _("Write day and time as in 2026-09-01T14:30.")}
        formats = [LOCAL, "%Y-%m-%d %H:%M"]
        return forms.DateTimeField(widget=widget, input_formats=formats, validators=WITHIN, error_messages=wrong)

    def keep(self, value: datetime) -> str:
        return value.isoformat()

    def give(self, kept: str) -> str:
        return timezone.localtime(_moment(kept)).strftime(LOCAL)

    def words(self, row: FormField, kept: str) -> str:
        return written_moment(_moment(kept))


class NamesChoices(Kind):
    """The office lists the answers."""

    has_choices = True

    def nameable(self, row: FormField) -> Collection[str]:
        return [kept for kept, _read in row.options]


class Choice(NamesChoices):
    label, missing = _("Choice"), CHOOSE_ONE

    def field(self, row: FormField, person: User | None) -> forms.Field:
        widget = ChoiceCards(attrs={"class": "form-check-input"})
        return forms.ChoiceField(choices=row.options, widget=widget, error_messages={"invalid_choice": CHOOSE_ONE})

    def words(self, row: FormField, kept: str) -> str:
        return dict(row.options).get(kept, kept)


class Choices(NamesChoices):
    label, missing = _("Several choices"), _("Choose at least one.")

    def field(self, row: FormField, person: User | None) -> forms.Field:
        widget = SeveralCards(attrs={"class": "form-check-input"})
        wrong = {"invalid_choice": _("Choose from the list only.")}
        return forms.MultipleChoiceField(choices=row.options, widget=widget, error_messages=wrong)

    def words(self, row: FormField, kept: list[str]) -> str:
        read = dict(row.options)
        return ", ".join(read.get(each, each) for each in kept)


class Agreement(Kind):
    label, missing = _("Statement to agree"), _("Tick the box to agree; without it the form cannot be submitted.")

    def field(self, row: FormField, person: User | None) -> forms.Field:
        return forms.BooleanField(widget=forms.CheckboxInput(attrs={"class": "form-check-input"}))

    def words(self, row: FormField, kept: bool) -> str:
        return gettext("Agreed")


class Document(NamesNone):
    """A file, judged by its content where it is stored: among the person's documents. The answer holds its code and name."""

    label, personal, missing = _("File"), True, _("Add a file.")

    def field(self, row: FormField, person: User | None) -> forms.Field:
        accept = "image/jpeg,image/png,application/pdf,.jpg,.jpeg,.png,.pdf"
        return forms.FileField(widget=forms.FileInput(attrs={"class": "form-control", "accept": accept}))

    def words(self, row: FormField, kept: dict[str, str]) -> str:
        return kept["text"]


@dataclass(frozen=True)
class Option(Kind):
    """One thing of a domain: `options` lists (key, words) of what this person may choose. Both are kept, so that the answer
    stays what it was. `keys` are those that the office knows, and a condition may name."""

    label: str | Promise  # type: ignore[misc]
    options: Callable[[User | None], Iterable[tuple[str, str]]]
    keys: Callable[[], Collection[str]] = tuple
    personal: bool = False  # type: ignore[misc]
    missing = CHOOSE_ONE

    def field(self, row: FormField, person: User | None) -> forms.Field:
        found = dict(self.options(person))
        widget = forms.Select(attrs={"class": "form-select"})
        return forms.TypedChoiceField(
            choices=[("", _("Choose")), *found.items()],
            coerce=lambda key: {"key": key, "text": found[key]},
            empty_value=None,
            widget=widget,
            error_messages={"invalid_choice": CHOOSE_ONE},
        )

    def nameable(self, row: FormField) -> Collection[str]:
        return self.keys()

    def give(self, kept: dict[str, str]) -> str:
        return kept["key"]

    def words(self, row: FormField, kept: dict[str, str]) -> str:
        return kept["text"]


_registry: dict[str, Kind] = {
    "text": Text(),
    "long_text": LongText(),
    "number": Number(),
    "date": Date(),
    "moment": Moment(),
    "choice": Choice(),
    "choices": Choices(),
    "file": Document(),
    "agree": Agreement(),
}


def register(name: str, kind: Kind) -> None:
    """Called once a kind from a domain's `AppConfig.ready()`."""
    _registry[name] = kind


def kind_of(row: FormField) -> Kind:
    """The kind of that question."""
    return _registry[row.kind]


def kind_choices() -> list[tuple[str, str | Promise]]:
    """Every kind that an office can ask, with what it is called."""
    return [(name, kind.label) for name, kind in _registry.items()]


def _moment(kept: str) -> datetime:
    moment = parse_datetime(kept)
    if moment is None:
        raise ValueError(f"no moment: {kept!r}")
    return moment
