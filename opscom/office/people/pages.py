"""The office's pages about one person: archive, open again, merge a duplicate, the statement; a company's statement and invoice."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Model
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from accounts.current import current_user
from accounts.models import Company, User
from accounts.models.note import LONGEST_NOTE
from accounts.services.notes import NoteRefused, write_note
from opscom.lib.forms import reason_field
from opscom.office.people.closing import NotClosed, archive_user, open_again
from opscom.office.people.merging import NotMerged, merge_users, preview_merge
from payments.services.statements import of_company, of_person
from payments.views.company import answer_invoice
from payments.views.statements import answer_statement

STATEMENT = "admin/accounts/statement.html"


class ReasonForm(forms.Form):
    """Why; the person reads it in the own history."""

    reason = reason_field(
        help_text=gettext_lazy("The person reads it in the own history."),
        required=gettext_lazy("Say why; the person reads it in the own history."),
    )


class DuplicateForm(forms.Form):
    """Which account is the duplicate."""

    duplicate = forms.EmailField(
        label=gettext_lazy("E-mail address of the duplicate"),
        widget=forms.EmailInput(attrs={"class": "vTextField"}),
        error_messages={"required": gettext_lazy("Enter the e-mail address of the other account.")},
    )

    def clean_duplicate(self) -> User:
        found = User.objects.filter(email=self.cleaned_data["duplicate"].lower()).first()
        if found is None:
            raise forms.ValidationError(_("No account has this address. Look it up in the list of users."))
        return found


def archive(request: HttpRequest, pk: int) -> HttpResponse:
    """Switch an account off, with a reason."""
    return _with_reason(request, pk, archive_user, _("Archive"), _("%(name)s is archived and logged out everywhere."))


def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Open a closed or archived account again, with a reason."""
    return _with_reason(request, pk, open_again, _("Open again"), _("%(name)s can log in again."))


def _with_reason(request: HttpRequest, pk: int, service: Any, title: str, done: str) -> HttpResponse:
    person = _person(request, pk, "accounts.archive_user")
    form = ReasonForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        try:
            service(person, by=current_user(request), reason=form.cleaned_data["reason"])
        except NotClosed as refusal:
            messages.error(request, refusal.message)
        else:
            messages.success(request, done % {"name": person.get_full_name()})
        return redirect("admin:accounts_user_change", pk)
    name = "archive" if service is archive_user else "restore"
    return render(request, f"admin/accounts/user/{name}.html", _frame(request, person, title) | {"form": form})


def merge(request: HttpRequest, pk: int) -> HttpResponse:
    """Name the duplicate, see exactly what moves, then merge it into this person's account."""
    keeper, by = _person(request, pk, "accounts.merge_user"), current_user(request)
    given = request.POST if request.method == "POST" else request.GET if "duplicate" in request.GET else None
    form = DuplicateForm(given)
    duplicate = form.cleaned_data["duplicate"] if form.is_bound and form.is_valid() else None
    if duplicate and request.method == "POST":
        try:
            merge_users(keeper, duplicate, by=by)
        except NotMerged as refusal:
            messages.error(request, refusal.message)
        else:
            words = _("The account %(duplicate)s is merged into this one.") % {"duplicate": duplicate.email}
            messages.success(request, words)
            return redirect("admin:accounts_user_change", pk)
    context = {
        "form": form,
        "duplicate": duplicate,
        "preview": preview_merge(keeper, duplicate, by=by) if duplicate else None,
    }
    page = _frame(request, keeper, _("Merge a duplicate into this account"))
    return render(request, "admin/accounts/user/merge.html", page | context)


def note(request: HttpRequest, pk: int) -> HttpResponse:
    """Write a note about the person."""
    person = _person(request, pk, "accounts.add_personnote")
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    try:
        write_note(person, request.POST.get("text", "")[:LONGEST_NOTE], by=current_user(request))
    except NoteRefused as refusal:
        messages.error(request, refusal.message)
    else:
        messages.success(request, _("The note is written."))
    return redirect(reverse("admin:accounts_user_change", args=[pk]) + "#notes")


def statement(request: HttpRequest, pk: int) -> HttpResponse:
    """A period of the person's account."""
    person = _person(request, pk, "payments.view_ledgerentry")
    page = _frame(request, person, _("Statement"))
    return answer_statement(request, of_person(person), person.get_full_name(), STATEMENT, page)


def company_statement(request: HttpRequest, pk: int) -> HttpResponse:
    """A period of the company's account, as its managers see it."""
    company = _company(request, pk, "payments.view_ledgerentry")
    page = _frame(request, company, _("Statement"))
    return answer_statement(request, of_company(company), company.name, STATEMENT, page)


def company_invoice(request: HttpRequest, pk: int) -> HttpResponse:
    """What the company's people owe, as its managers print it."""
    return answer_invoice(_company(request, pk, "payments.view_charge"))


def _person(request: HttpRequest, pk: int, right: str) -> User:
    """Whom it is about, if this member of staff may do it."""
    if not request.user.has_perm(right):
        raise PermissionDenied
    return get_object_or_404(User, pk=pk)


def _company(request: HttpRequest, pk: int, right: str) -> Company:
    if not request.user.has_perm(right):
        raise PermissionDenied
    return get_object_or_404(Company, pk=pk)


def _frame(request: HttpRequest, about: Model, title: str) -> dict[str, Any]:
    return {**admin.site.each_context(request), "opts": about._meta, "original": about, "title": title}
