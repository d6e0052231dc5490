"""Companies and their people in the office, and who acted for whom."""

from django import forms
from django.contrib import admin
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest
from django.utils.translation import gettext_lazy as _

from accounts.models import ActAsSession, Company, CompanyMembership
from opscom.lib.readonly import ReadOnly


@admin.register(Company)
class CompanyAdmin(admin.ModelAdmin):
    """Who looks after people of their own."""

    list_display = ("name", "code", "active", "people")
    list_filter = ("active",)
    search_fields = ("name", "code")
    prepopulated_fields = {"code": ("name",)}

    def get_queryset(self, request: HttpRequest) -> QuerySet[Company]:
        present = Count("memberships", filter=Q(memberships__active=True))
        return super().get_queryset(request).annotate(people=present)

    @admin.display(description=_("people"), ordering="people")
    def people(self, company: Company) -> int:
        """How many belong to it now."""
        return company.people  # type: ignore[attr-defined]


@admin.register(CompanyMembership)
class CompanyMembershipAdmin(admin.ModelAdmin):
    """Who belongs to which company, and as what. Consent is the person's: only when somebody is added does the office say
    that it was given, and it does not move to another company with them."""

    list_display = ("user", "company", "role", "billing_contact", "active", "consent_given_at", "consent_revoked_at")
    list_filter = ("role", "active", "billing_contact", "company")
    list_select_related = ("user", "company")
    search_fields = ("user__email", "user__first_name", "user__last_name", "company__name")
    autocomplete_fields = ("company", "user")
    fields = ("company", "user", "role", "billing_contact", "active", "consent_given_at", "consent_revoked_at")

    def get_readonly_fields(self, request: HttpRequest, obj: CompanyMembership | None = None) -> tuple[str, ...]:
        return ("user", "consent_given_at", "consent_revoked_at") if obj else ("consent_revoked_at",)

    def save_model(self, request: HttpRequest, obj: CompanyMembership, form: forms.ModelForm, change: bool) -> None:
        if change and "company" in form.changed_data:
            obj.consent_given_at = obj.consent_revoked_at = None
        super().save_model(request, obj, form, change)


@admin.register(ActAsSession)
class ActAsSessionAdmin(ReadOnly, admin.ModelAdmin):
    """Who acted for whom, why, and how it ended. Nobody writes it by hand."""

    list_display = ("started_at", "actor", "person", "company", "reason", "ended_at", "ended")
    list_filter = ("ended",)
    list_select_related = ("actor", "person", "company")
    search_fields = ("actor__email", "person__email", "company__name")
    date_hierarchy = "started_at"
