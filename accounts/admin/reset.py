"""Reset second factor: what the office does for somebody whose phone is lost."""

from django import forms
from django.contrib import admin, messages
from django.db.models import QuerySet
from django.http import HttpRequest
from django.template.response import TemplateResponse
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.current import current_user
from accounts.models import User
from accounts.services.factor_settings import reset_second_factor
from opscom.lib.forms import reason_field


class ReasonForm(forms.Form):
    """Why, for the person's history."""

    reason = reason_field(required=_("Say why; it is kept in the person's history."))


@admin.action(description=_("Reset second factor"), permissions=["change"])
def reset_action(
    model_admin: admin.ModelAdmin, request: HttpRequest, queryset: QuerySet[User]
) -> TemplateResponse | None:
    """Ask for the reason, then reset each person within reach."""
    people = [user for user in queryset if model_admin.has_change_permission(request, user)]
    form = ReasonForm(request.POST if "reason" in request.POST else None)
    if people and not form.is_valid():
        context = {
            **model_admin.admin_site.each_context(request),
            "title": _("Reset second factor"),
            "opts": model_admin.opts,
            "people": people,
            "form": form,
        }
        return TemplateResponse(request, "admin/accounts/user/reset_second_factor.html", context)
    for user in people:
        reset_second_factor(user, by=current_user(request), reason=form.cleaned_data["reason"])
    messages.success(
        request,
        ngettext("%(count)d second factor is reset.", "%(count)d second factors are reset.", len(people))
        % {"count": len(people)},
    )
    return None
