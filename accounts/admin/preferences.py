"""Categories of e-mails in the office."""

from typing import Any

from django.contrib import admin
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from accounts.models import EmailCategory
from accounts.models.mail import MailKind
from accounts.models.preference import category_code


@admin.register(EmailCategory)
class EmailCategoryAdmin(TranslationAdmin):
    """How the categories are worded, and which of them nobody can switch off. Which message belongs where is built in."""

    list_display = ("name", "shown_kinds", "essential", "position")
    list_editable = ("essential", "position")
    fields = ("code", "name", "description", "essential", "position", "shown_kinds")
    readonly_fields = ("code", "shown_kinds")

    @admin.display(description=_("messages"))
    def shown_kinds(self, category: EmailCategory) -> str:
        return ", ".join(str(kind.label) for kind in MailKind if category_code(kind) == category.code)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
