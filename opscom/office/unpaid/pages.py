"""The page of what is held and not paid: tick what goes, keep the exceptions, write to those listed."""

from datetime import date, timedelta
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.dateparse import parse_date
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy, ngettext

from accounts.current import current_user
from accounts.services.mailing import MailingRefused, draft_mailing
from opscom.lib.dates import today
from opscom.lib.forms import reason_field
from opscom.office.unpaid.releasing import Held, held_until, keep_unpaid, release_unpaid, split_by_promise

RIGHT, WRITE = "permits.release_permit", "accounts.change_mailing"
KEPT_DAYS = 7


class ReleaseForm(forms.Form):
    """Why, and until when the exceptions are kept."""

    reason = reason_field(required=gettext_lazy("Say why; it stands in the history of each."))
    keep_until = forms.DateField(
        label=gettext_lazy("Keep those not ticked until"), widget=forms.DateInput({"type": "date"}, format="%Y-%m-%d")
    )

    def clean_keep_until(self) -> date:
        day: date = self.cleaned_data["keep_until"]
        if not today() <= day <= today() + timedelta(days=366):
            raise forms.ValidationError(_("Choose a day from today on, within a year."))
        return day


def show_unpaid(request: HttpRequest) -> HttpResponse:
    """The list; then what would happen; then it happens."""
    if not request.user.has_perm(RIGHT):
        raise PermissionDenied
    day = _day(request.GET.get("day", ""))
    rows = held_until(day)
    if request.method != "POST":
        form = ReleaseForm(initial={"keep_until": today() + timedelta(days=KEPT_DAYS)})
        return _page(request, "list", {"day": day, "rows": rows, "form": form, "unticked": set()})
    ticked, listed = set(request.POST.getlist("release")), set(request.POST.getlist("listed"))
    going = [row for row in rows if row.key in ticked and not row.paying]
    staying = [row for row in rows if row.key in listed - ticked and not row.paying]
    if "write" in request.POST:
        return _write(request, going)
    form = ReleaseForm(request.POST)
    if not form.is_valid():
        context = {"day": day, "rows": rows, "form": form, "unticked": listed - ticked}
        return _page(request, "list", context)
    if "confirmed" not in request.POST:
        going, bound = split_by_promise(going)
        context = {"day": day, "going": going, "bound": bound, "staying": staying, "form": form}
        return _page(request, "confirm", context)
    return _release(request, going, staying, form.cleaned_data)


def _release(request: HttpRequest, going: list[Held], staying: list[Held], said: dict[str, Any]) -> HttpResponse:
    by, reason = current_user(request), said["reason"]
    keep_unpaid(staying, until=said["keep_until"], by=by, reason=reason)
    done = release_unpaid(going, by=by, reason=reason)
    n, left = len(done), len(going) - len(done)
    messages.success(request, ngettext("%(n)s is released.", "%(n)s are released.", n) % {"n": n})
    if left:
        words = ngettext("%(n)s was paid meanwhile and stays.", "%(n)s were paid meanwhile and stay.", left)
        messages.warning(request, words % {"n": left})
    return redirect(request.get_full_path())


def _write(request: HttpRequest, rows: list[Held]) -> HttpResponse:
    """A draft to the holders of what is ticked."""
    if not request.user.has_perm(WRITE):
        raise PermissionDenied
    try:
        mailing = draft_mailing(
            [row.person.pk for row in rows],
            by=current_user(request),
            source=_("what is held and not paid"),
            source_url=request.get_full_path(),
        )
    except MailingRefused as refusal:
        messages.error(request, refusal.message)
        return redirect(request.get_full_path())
    return redirect("admin:accounts_mailing_change", mailing.pk)


def _day(text: str) -> date:
    """That day, or today where it is none."""
    try:
        return parse_date(text) or today()
    except ValueError:
        return today()


def _page(request: HttpRequest, name: str, context: dict[str, Any]) -> HttpResponse:
    frame = {
        **admin.site.each_context(request),
        "title": _("Held and not paid"),
        "may_write": request.user.has_perm(WRITE),
    }
    return render(request, f"admin/unpaid/{name}.html", frame | context)
