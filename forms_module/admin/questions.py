"""The questions of a form, as the office types them."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib.admin.widgets import AdminTextareaWidget
from django.core.exceptions import ValidationError
from django.db.models import QuerySet, TextField
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationStackedInline

from forms_module.kinds import kind_choices, kind_of
from forms_module.models import FormField
from forms_module.models.definition import lines_of

OTHERS = ("fr", "es")
TRANSLATED = tuple(f"{name}_{language}" for language in OTHERS for name in ("label", "help_text", "choices"))
SHORT_TEXTS = {TextField: {"widget": AdminTextareaWidget(attrs={"rows": 3})}}


class FormFieldForm(forms.ModelForm):
    """One question. What it hangs on is chosen among those that are saved already."""

    kind = forms.ChoiceField(label=_("kind"), choices=kind_choices)
    shown_when = forms.ChoiceField(
        label=_("show when"),
        required=False,
        help_text=_("Questions that you have just added are listed once they are saved."),
    )

    class Meta:
        model = FormField
        fields = (
            "position", "kind", "required", "label", "help_text", "choices", "starts_page", "shown_when", "shown_value"
        )  # fmt: skip

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["shown_when"].choices = self._others  # type: ignore[attr-defined]

    def _others(self) -> list[tuple[str, Any]]:
        """The questions on which it can hang, where no page has read them already."""
        saved = FormField.objects.filter(form=self.instance.form_id, version=None).exclude(key=self.instance.key)
        return [("", _("Always")), *((row.key, row.label) for row in saved)]

    def clean(self) -> dict[str, Any]:
        """The choices belong to the kinds that have them, and are as many in each language."""
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        if "kind" not in cleaned:
            return cleaned
        asked = kind_of(FormField(kind=cleaned["kind"])).has_choices
        kept = lines_of(cleaned.get("choices_en"))
        if asked and not kept:
            self.add_error("choices_en", _("Write the choices, one a line."))
        if len({line.casefold() for line in kept}) < len(kept):
            self.add_error("choices_en", _("Each choice stands there once."))
        for language in OTHERS:
            read = lines_of(cleaned.get(f"choices_{language}"))
            if read and len(read) != len(kept):
                self.add_error(f"choices_{language}", _("Write as many choices as in English, in the same order."))
        return cleaned


class FormFieldFormSet(forms.BaseInlineFormSet):
    """The questions that the office is working on. A condition looks back, never ahead."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        saved = self.instance.fields.filter(version=None) if self.instance.pk else []
        self.saved = [(row.key, row.label) for row in saved]

    def add_fields(self, form: Any, index: int | None) -> None:
        super().add_fields(form, index)
        others = [(key, label) for key, label in self.saved if key != form.instance.key]
        form.fields["shown_when"].choices = [("", _("Always")), *others]

    def clean(self) -> None:
        super().clean()
        if any(form.errors for form in self.forms):
            return
        rows = [form.instance for form in self.forms if form.cleaned_data and not form.cleaned_data.get("DELETE")]
        check_conditions(rows)


def check_conditions(rows: Iterable[FormField]) -> None:
    """Each question hangs on an earlier one, if on any. ValidationError."""
    before: dict[str, FormField] = {}
    for row in sorted(rows, key=lambda row: (row.position, row.pk or float("inf"))):
        if row.shown_when:
            _check_condition(row, before)
        before[row.key] = row


def _check_condition(row: FormField, before: dict[str, FormField]) -> None:
    told = {"question": row.label}
    upon = before.get(row.shown_when)
    if upon is None:
        raise ValidationError(_("“%(question)s” hangs on a question that comes after it. Move one."), params=told)
    wanted, nameable = row.shown_value.strip().casefold(), kind_of(upon).nameable(upon)
    if not wanted or nameable is None or wanted in {each.casefold() for each in nameable}:
        return
    if not nameable:
        raise ValidationError(
            _("“%(question)s” waits for one certain answer to “%(other)s”. It can only wait for any: leave it empty."),
            params=told | {"other": upon.label},
        )
    raise ValidationError(
        _(
            "“%(question)s” waits for an answer that is none of the choices of the other question. There are: %(choices)s."
        ),
        params=told | {"choices": ", ".join(nameable)},
    )


class FormFieldInline(TranslationStackedInline):
    """Below the form; published versions are not shown."""

    model = FormField
    form = FormFieldForm
    formset = FormFieldFormSet
    extra = 0
    formfield_overrides = SHORT_TEXTS
    fieldsets = (
        (None, {"fields": (("position", "kind", "required"), "label_en")}),
        (_("Help and choices"), {"fields": ("help_text_en", "choices_en"), "classes": ("collapse",)}),
        (_("Other languages"), {"fields": TRANSLATED, "classes": ("collapse",)}),
        (_("Condition and page"), {"fields": ("starts_page", ("shown_when", "shown_value")), "classes": ("collapse",)}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[FormField]:
        return super().get_queryset(request).filter(version=None)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """A question that nobody has answered is taken out by whoever words the others."""
        return self.has_change_permission(request, obj)
