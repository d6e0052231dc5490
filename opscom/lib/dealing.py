"""What waits in the office and is taken off its list by a person, who says why."""

from typing import Any

from auditlog.models import LogEntry
from django import forms
from django.contrib import admin, messages
from django.contrib.admin.helpers import ActionForm
from django.contrib.auth.base_user import AbstractBaseUser
from django.db import transaction
from django.db.models import Model, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

REASON = 150


def note_deed(row: Model, *, by: AbstractBaseUser, reason: str, **changes: tuple[str, str]) -> None:
    """A deed to a row that has no event rows: who, what was before and is now, and why, in the audit trail."""
    words = {name: list(change) for name, change in changes.items()}
    told = {"reason": reason}
    LogEntry.objects.log_create(row, action=LogEntry.Action.UPDATE, actor=by, changes=words, additional_data=told)


@transaction.atomic
def deal_with(
    row: Model, field: str, change: tuple[str, str], *, by: AbstractBaseUser, reason: str, **fields: Any
) -> bool:
    """Move a field from what it was to what it is now, and others with it, and note the deed. False where it is something else
    already."""
    before, now = change
    waiting = type(row)._default_manager.filter(pk=row.pk, **{field: before})
    if not waiting.update(**{field: now}, **fields):
        return False
    note_deed(row, by=by, reason=reason, **{field: change})
    return True


class ReasonForm(ActionForm):
    """Beside the verbs of a list: why."""

    reason = forms.CharField(label=gettext_lazy("Reason"), max_length=REASON, required=False)


class DealtWith(admin.ModelAdmin):
    """Before the admin of a list of what went wrong. A verb that is done `with_reason` asks for one."""

    action_form = ReasonForm

    def with_reason(self, request: HttpRequest, queryset: QuerySet[Any], verb: Any) -> None:
        """Do it to each row, which says whether it was still to be done, and tell how many."""
        reason = request.POST.get("reason", "").strip()[:REASON]
        if not reason:
            self.message_user(request, _("Write the reason beside the verb; the history keeps it."), messages.ERROR)
            return
        done = sum(1 for row in queryset if verb(row, by=request.user, reason=reason))
        words = ngettext("%(n)s is dealt with.", "%(n)s are dealt with.", done) % {"n": done}
        self.message_user(request, words, messages.SUCCESS if done else messages.WARNING)
