"""Templates of e-mails to many: what the office adds; their words are written on the page of each text."""

from collections.abc import Sequence
from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.html import format_html_join
from django.utils.translation import gettext_lazy as _

from accounts.models import MailTemplate
from accounts.wordings.rows import all_kinds, kind_named


class MailTemplateForm(forms.ModelForm):
    """What it is called, and for the people of which list."""

    class Meta:
        model = MailTemplate
        fields = ("title", "code", "rows", "active")

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "rows" in self.fields:
            old = self.fields["rows"]
            choices = [(kind.name, kind.title) for kind in all_kinds()]
            self.fields["rows"] = forms.ChoiceField(label=old.label, help_text=old.help_text, choices=choices)


@admin.register(MailTemplate)
class MailTemplateAdmin(admin.ModelAdmin):
    """None is deleted: what was sent with it tells of it."""

    form = MailTemplateForm
    list_display = ("title", "people", "texts", "active")
    list_filter = ("active",)
    fields: ClassVar[tuple[str, ...]] = ("title", "code", "rows", "active")
    prepopulated_fields: ClassVar[dict[str, Sequence[str]]] = {"code": ("title",)}

    def get_prepopulated_fields(self, request: HttpRequest, obj: Any = None) -> dict[str, Any]:
        """A new one is called after its title."""
        return {} if obj else dict(self.prepopulated_fields)

    def get_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Its texts are written once it is there, and what decides what they may name stays."""
        return ("title", "code", "people", "active", "texts") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Its texts are found by its name, and judged by what its rows have."""
        return ("code", "rows", "people", "texts") if obj else ()

    def response_add(self, request: HttpRequest, obj: MailTemplate, post_url_continue: Any = None) -> HttpResponse:
        """On to its words."""
        super().response_add(request, obj, post_url_continue)
        return redirect("admin:accounts_wording_show", f"{obj.key}.en")

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    @admin.display(description=_("for people chosen in"), ordering="rows")
    def people(self, template: MailTemplate) -> str:
        return str(kind_named(template.rows).title)

    @admin.display(description=_("texts"))
    def texts(self, template: MailTemplate) -> str:
        """Where each language is written."""
        links = (
            (reverse("admin:accounts_wording_show", args=[f"{template.key}.{code}"]), name)
            for code, name in settings.LANGUAGES
        )
        return format_html_join(" · ", '<a href="{}">{}</a>', links)
