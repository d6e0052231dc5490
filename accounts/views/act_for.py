"""Staff act for a person, from the person's page in the office."""

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts import acting
from accounts.current import current_user
from accounts.models import User
from accounts.services.acting import ActingRefused, start_acting
from opscom.lib.forms import reason_field

FIRST_PAGES = {"permits": "permits:list"}  # where somebody begins who acts for a purpose


class ReasonForm(forms.Form):
    """Why; the person reads it."""

    reason = reason_field(
        help_text=gettext_lazy("The person reads it in an e-mail and in their history."),
        required=gettext_lazy("Say why you act for this person; they read it in their history."),
    )


def act_for(request: HttpRequest, pk: int) -> HttpResponse:
    """Ask for the reason, then that person's Home, or the page of the purpose."""
    if not request.user.has_perm("accounts.act_user"):
        raise PermissionDenied
    person = get_object_or_404(User, pk=pk)
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            session = start_acting(person, by=current_user(request), reason=form.cleaned_data["reason"])
        except ActingRefused as refusal:
            messages.error(request, refusal.message)
            return redirect("admin:accounts_user_change", pk)
        acting.enter(request, session)
        return redirect(FIRST_PAGES.get(request.GET.get("to", ""), "home"))
    context = {
        **admin.site.each_context(request),
        "opts": User._meta,
        "original": person,
        "form": form,
        "title": _("Act for this person"),
    }
    return render(request, "admin/accounts/user/act_for.html", context)
