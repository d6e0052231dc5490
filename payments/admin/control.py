"""Whether the books are whole, and through which day they are closed."""

from datetime import date
from typing import Any

from django import forms
from django.contrib import admin
from django.contrib.admin.widgets import AdminDateWidget
from django.core.exceptions import ValidationError
from django.db.models import Model
from django.http import HttpRequest
from django.utils.html import format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.forms import reason_field
from opscom.lib.readonly import ReadOnly
from payments.errors import PaymentRefused
from payments.models import BookLock, LedgerCheck
from payments.services.books import check_lock, lift_lock, lock_books
from payments.services.ledger_check import INVARIANTS

TITLES = {invariant.name: invariant.title for invariant in INVARIANTS}


@admin.register(LedgerCheck)
class LedgerCheckAdmin(ReadOnly, admin.ModelAdmin):
    """Runs of the check, the newest first."""

    list_display = ("at", "found", "seconds")
    fields = ("at", "seconds", "found", "broken")
    readonly_fields = ("broken",)

    @admin.display(description=_("problems"))
    def broken(self, run: LedgerCheck) -> SafeString | str:
        """Each broken rule with its rows, amounts in cents."""
        lines = [(TITLES.get(name, name), count, "; ".join(rows)) for name, count, rows in run.problems]
        return format_html_join("", "<p><strong>{} ({})</strong><br>{}</p>", lines) or "–"


class LockForm(forms.ModelForm):
    """Through which day, and why."""

    through = forms.DateField(label=_("Locked through"), widget=AdminDateWidget)
    reason = reason_field(required=_("Say why, for whoever reads the books later."))

    class Meta:
        model = BookLock
        fields = ("through", "reason")

    def clean_through(self) -> date:
        """A day that may be locked."""
        through: date = self.cleaned_data["through"]
        try:
            check_lock(through)
        except PaymentRefused as refusal:
            raise ValidationError(str(refusal)) from refusal
        return through


class LiftForm(forms.ModelForm):
    """Why a lock is lifted."""

    lifted_reason = reason_field(
        required=_("Say why, for whoever reads the books later."),
        help_text=_("Saving lifts the lock: from then on the period can be booked in again."),
    )

    class Meta:
        model = BookLock
        fields = ("lifted_reason",)


@admin.register(BookLock)
class BookLockAdmin(admin.ModelAdmin):
    """Locks of the books; one that was lifted stays in the list."""

    list_display = ("through", "by", "at", "reason", "lifted_at", "lifted_by", "lifted_reason")
    list_select_related = ("by", "lifted_by")

    def get_form(self, request: HttpRequest, obj: Model | None = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **{**kwargs, "form": LiftForm if obj else LockForm})

    def get_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        if obj is None:
            return ("through", "reason")
        lifted = ("lifted_reason",) if self.has_change_permission(request, obj) else self.list_display[4:]
        return (*self.list_display[:4], *lifted)

    def get_readonly_fields(self, request: HttpRequest, obj: Model | None = None) -> Any:
        return self.list_display[:4] if obj else ()

    def has_change_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """A lifted lock is history."""
        lifted = isinstance(obj, BookLock) and obj.lifted_at
        return super().has_change_permission(request, obj) and not lifted

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: BookLock, form: forms.ModelForm, change: bool) -> None:
        by = current_user(request)
        if change:
            lift_lock(obj, by=by, reason=form.cleaned_data["lifted_reason"])
        else:
            obj.pk = lock_books(obj.through, by=by, reason=obj.reason).pk
