"""Documents that people handed in, in the office."""

from typing import Any

from django.contrib import admin
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.defaultfilters import filesizeformat
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.current import current_user
from accounts.models import AccountUpload
from accounts.services.uploads import take_uploads


@admin.register(AccountUpload)
class AccountUploadAdmin(admin.ModelAdmin):
    """Look at a document, and take it into account; its owner reads of both."""

    list_display = ("name", "user", "kind", "shown_size", "state", "uploaded_at", "shown_file")
    list_filter = ("state", "kind")
    list_select_related = ("user",)
    search_fields = ("name", "user__email", "user__last_name")
    date_hierarchy = "uploaded_at"
    fields = readonly_fields = ("name", "user", "kind", "shown_size", "state", "uploaded_at", "shown_file")
    actions = ("take_into_account",)

    @admin.display(description=_("size"), ordering="size")
    def shown_size(self, upload: AccountUpload) -> str:
        return filesizeformat(upload.size)

    @admin.display(description=_("document"))
    def shown_file(self, upload: AccountUpload) -> str:
        """The way to the document, once it may be opened."""
        if not upload.is_open:
            return "–"
        return format_html('<a href="{}">{}</a>', reverse("upload_file", args=[upload.code]), _("Download"))

    @admin.action(description=_("Take into account"), permissions=["change"])
    def take_into_account(self, request: HttpRequest, queryset: QuerySet[AccountUpload]) -> None:
        count = take_uploads(queryset, by=current_user(request))
        text = ngettext(
            "%(count)d document is taken into account; its owner can no longer delete it.",
            "%(count)d documents are taken into account; their owners can no longer delete them.",
            count,
        )
        self.message_user(request, text % {"count": count})

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Nothing about a document is typed anew; who has the right takes documents into account from the list."""
        return obj is None and super().has_change_permission(request)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False
