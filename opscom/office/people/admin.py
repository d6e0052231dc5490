"""People in the office, with what spans every app: archiving, merging, changing the type of many."""

from collections.abc import Iterable
from typing import Any

from django import forms
from django.contrib import admin, messages
from django.contrib.admin.options import IS_POPUP_VAR, TO_FIELD_VAR
from django.contrib.admin.utils import unquote
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.formats import date_format
from django.utils.html import format_html, format_html_join
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from accounts.admin import CompanyAdmin, UserAdmin
from accounts.current import current_user
from accounts.models import Company, User, UserType
from opscom.office.people import pages
from opscom.office.people.looking import anything_of
from opscom.office.people.types import change_types, preview_types
from opscom.office.whole.person import whole_person
from payments.models import TaxExemption

admin.site.unregister([User, Company])
DETAILS = "details"  # in the address: the form, in place of the whole
FORM = {DETAILS, IS_POPUP_VAR, TO_FIELD_VAR}


class TypeForm(forms.Form):
    """Which type they get."""

    user_type: "forms.ModelChoiceField[UserType]" = forms.ModelChoiceField(
        UserType.objects.all(), label=_("New user type")
    )


@admin.register(User)
class OfficeUserAdmin(UserAdmin):
    """Accounts are switched off and on with a reason, never by a tick."""

    actions: Any = (*UserAdmin.actions, "change_user_type", "merge_two")

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        gone = ("is_active", "closed_at", "erased_at", "merged_into", "shown_exemptions")
        return (*super().get_readonly_fields(request, obj), *gone)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        whole = super().get_fieldsets(request, obj)
        if obj is None:
            return whole
        return (
            *whole,
            (
                _("Taxes and closing"),
                {"fields": ("shown_exemptions", "closed_at", "erased_at", "merged_into")},
            ),
        )

    def get_urls(self) -> list[URLPattern]:
        own = {
            "archive": pages.archive,
            "restore": pages.restore,
            "merge": pages.merge,
            "note": pages.note,
            "statement": pages.statement,
        }
        view = self.admin_site.admin_view
        return [
            *(path(f"<int:pk>/{name}/", view(page), name=f"accounts_user_{name}") for name, page in own.items()),
            *super().get_urls(),
        ]

    search_help_text = _(
        "Name, e-mail address, telephone or number, or the beginning of a plate, ticket or permit number"
    )

    def find(self, term: str) -> Iterable[Q]:
        return anything_of(term)

    def get_queryset(self, request: HttpRequest) -> QuerySet[User]:
        return super().get_queryset(request).select_related("user_type", "membership__company")

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        """The whole of the person; the form to change the details is a step further."""
        if request.method != "GET" or not FORM.isdisjoint(request.GET):
            return super().change_view(request, object_id, form_url, extra_context)
        user = self.get_object(request, unquote(object_id))
        if not self.has_view_or_change_permission(request, user):
            raise PermissionDenied
        if user is None:
            return self._get_obj_does_not_exist_redirect(request, self.opts, object_id)  # type: ignore[attr-defined]
        frame = {**self.admin_site.each_context(request), "opts": self.opts, "title": user.get_full_name()}
        return render(request, "admin/accounts/user/whole.html", frame | whole_person(user, current_user(request)))

    @admin.display(description=_("tax exemptions"))
    def shown_exemptions(self, user: User) -> str:
        """Why the person is exempt and until when, and where an exemption is added."""
        rows = TaxExemption.objects.filter(user=user)
        links = format_html_join(
            "",
            '<a href="{}">{}</a><br>',
            (
                (
                    reverse("admin:payments_taxexemption_change", args=[row.pk]),
                    f"{row.reason}, {date_format(row.through)}" if row.through else row.reason,
                )
                for row in rows
            ),
        )
        add = reverse("admin:payments_taxexemption_add")
        return format_html('{}<a href="{}?user={}">{}</a>', links, add, user.pk, _("Add an exemption"))

    def has_retype_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.retype_user")

    def has_merge_permission(self, request: HttpRequest) -> bool:
        return request.user.has_perm("accounts.merge_user")

    @admin.action(description=_("Change the user type"), permissions=["retype"])
    def change_user_type(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """Choose the type, see what it means, confirm."""
        keys = list(queryset.order_by("pk").values_list("pk", flat=True))
        form = TypeForm(request.POST if "user_type" in request.POST else None)
        to = form.cleaned_data["user_type"] if form.is_bound and form.is_valid() else None
        if to and "confirmed" in request.POST:
            n = change_types(keys, to, by=current_user(request))
            words = ngettext("%(n)d person is %(type)s now.", "%(n)d people are %(type)s now.", n)
            self.message_user(request, words % {"n": n, "type": to}, messages.SUCCESS)
            return None
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "title": _("Change the user type"),
            "form": form,
            "keys": keys,
            "to": to,
            "preview": preview_types(keys, to) if to else None,
            "select_across": request.POST.get("select_across", "0"),
        }
        return render(request, "admin/accounts/user/retype.html", context)

    @admin.action(description=_("Merge two accounts of one person"), permissions=["merge"])
    def merge_two(self, request: HttpRequest, queryset: QuerySet[User]) -> HttpResponse | None:
        """The older account is kept, unless the next page is told otherwise."""
        people = list(queryset.order_by("date_joined", "pk")[:3])
        if len(people) != 2:
            self.message_user(request, _("Tick the two accounts that belong to one person."), messages.ERROR)
            return None
        keeper, duplicate = people
        page = reverse("admin:accounts_user_merge", args=[keeper.pk])
        return redirect(f"{page}?duplicate={duplicate.email}")


@admin.register(Company)
class OfficeCompanyAdmin(CompanyAdmin):
    """Companies, each with its statement and invoice."""

    def get_urls(self) -> list[URLPattern]:
        own, view = {"statement": pages.company_statement, "invoice": pages.company_invoice}, self.admin_site.admin_view
        return [
            *(path(f"<int:pk>/{name}/", view(page), name=f"accounts_company_{name}") for name, page in own.items()),
            *super().get_urls(),
        ]
