"""System settings in the office."""

from typing import Any, ClassVar

from django import forms
from django.conf import settings
from django.contrib import admin
from django.core.exceptions import PermissionDenied
from django.core.files.uploadedfile import UploadedFile
from django.db.models import FileField
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

import opscom.office.people.admin
import opscom.office.reports.admin  # noqa: F401
from opscom.lib.files import FileRefused
from opscom.lib.logo import checked_logo, logo_uri
from opscom.lib.office import save_settings
from opscom.lib.retention import COUNTED, schedule
from opscom.models import SystemSettings
from opscom.models.texts import TextGateway
from opscom.office.setup.pages import download_setup, show_setup


class LogoInput(forms.ClearableFileInput):
    """A file to choose, below the logo that there is. Stored files have no address, so it is drawn from within the page."""

    template_name = "admin/widgets/logo.html"

    def get_context(self, name: str, value: Any, attrs: dict[str, Any] | None) -> dict[str, Any]:
        return {**super().get_context(name, value, attrs), "picture": logo_uri()}


class SystemSettingsForm(forms.ModelForm):
    """A logo is judged by its content and drawn anew."""

    def clean_logo(self) -> Any:
        logo = self.cleaned_data["logo"]
        if not isinstance(logo, UploadedFile):
            return logo
        try:
            return checked_logo(logo)
        except FileRefused as refusal:
            raise forms.ValidationError(refusal.message, code=refusal.code) from refusal

    def clean_text_gateway(self) -> str:
        gateway: str = self.cleaned_data["text_gateway"]
        if gateway == TextGateway.PHONE and not settings.DEMO:
            raise forms.ValidationError(_("The phone on the screen is for trying only. Choose another gateway."))
        return gateway


@admin.register(SystemSettings)
class SystemSettingsAdmin(TranslationAdmin):
    """The one row, each field with its effect; what is saved holds at once on every process."""

    form = SystemSettingsForm
    formfield_overrides: ClassVar[dict[Any, Any]] = {FileField: {"widget": LogoInput}}

    fieldsets = (
        (_("Office"), {"fields": ("office_name", "accent_colour", "logo", "phone", "email", "address", "staff_email")}),
        (
            _("Users"),
            {
                "fields": (
                    "registration",
                    "registration_open",
                    "sso_enabled",
                    "multifactor",
                    "addresses_enabled",
                    "uploads_enabled",
                    "forms_enabled",
                    "email_preferences",
                    "acting_minutes",
                )
            },
        ),
        (
            _("Permits and vehicles"),
            {
                "fields": (
                    "vehicle_disclaimer",
                    "permit_disclaimer",
                    "hold_minutes",
                    "permits_per_person",
                    "ban_months",
                    "permit_reminder_days",
                    "closure_days",
                    "permit_plates",
                    "plate_changes",
                    "plate_fee",
                    "courtesy_days",
                    "courtesy_times",
                    "show_free_places",
                )
            },
        ),
        (
            _("Lockers"),
            {
                "fields": (
                    "lockers_enabled",
                    "locker_disclaimer",
                    "lockers_per_person",
                    "locker_reminder_days",
                    "locker_switching",
                    "locker_releasing",
                )
            },
        ),
        (_("Printing"), {"fields": ("print_once", "copy_fee", "print_text")}),
        (
            _("Temporary permits"),
            {"fields": ("temporary_permits", "temporary_step", "temporary_grace", "temporary_reminder")},
        ),
        (
            _("Visitor hours"),
            {
                "fields": (
                    "visitor_hours",
                    "visitor_passes",
                    "visitor_block_hours",
                    "visitor_block_price",
                    "visitor_hours_year",
                    "visitor_hours_days",
                )
            },
        ),
        (
            _("Payments"),
            {"fields": ("promise_days", "promise_grace_days", "payroll_email", "bounced_cheque_fee", "refund_limit")},
        ),
        (
            _("Payment plans"),
            {
                "fields": (
                    "payment_plans",
                    "plan_least",
                    "plan_most",
                    "plan_instalments",
                    "plan_first_percent",
                    "plan_grace_days",
                    "plan_catch_up",
                )
            },
        ),
        (
            _("Cancelling and exchanging"),
            {
                "fields": (
                    "cancelling",
                    "cancel_refund",
                    ("cancel_step_days", "cancel_step_percent"),
                    "cancel_full_days",
                    "cancel_fee",
                    "cancel_least",
                    "exchanging",
                    "exchange_value",
                    "exchange_fee",
                )
            },
        ),
        (
            _("Stored cards and rollover"),
            {
                "fields": (
                    "stored_cards",
                    "stored_cards_for_parking",
                    "rollover_automatic",
                    "rollover_days_before",
                    "rollover_price_days",
                    "rollover_grace_days",
                    "rollover_needs_no_fines",
                )
            },
        ),
        (
            _("Waitlists"),
            {"fields": ("waitlists_enabled", "waitlist_most", "waitlist_keep_better", "waitlist_exchange")},
        ),
        (
            _("Fines"),
            {
                "fields": (
                    "ticket_prefix",
                    "fines_block_permits",
                    "fines_business_days",
                    "appeal_ends_discount",
                    "clean_days",
                    "owner_lookup_fee",
                )
            },
        ),
        (
            _("Collections"),
            {
                "fields": (
                    "collections_days",
                    "collections_least",
                    "collections_block_paying",
                    "collections_block_permits",
                )
            },
        ),
        (
            _("Notices of unpaid tickets"),
            {"fields": ("notice_new", "notice_discount_days", "notice_overdue", "notice_last_days")},
        ),
        (
            _("Boots"),
            {
                "fields": (
                    "boot_policy",
                    ("boot_tickets", "boot_owed", "boot_ticket_days"),
                    "boot_fee",
                    "boot_deposit",
                    "boot_hours",
                    "boot_tow_hours",
                    "boot_reminder_hours",
                    "boot_late_fee",
                    "boot_damage_fee",
                    "boot_dropoff",
                    "boot_instructions",
                    "boot_code_by_text",
                )
            },
        ),
        (_("Guests"), {"fields": ("guest_payment", "lookup_tries")}),
        (
            _("Appeals"),
            {
                "fields": (
                    "appeals_enabled",
                    "appeal_days",
                    "appeal_business_days",
                    "appeal_notice_days",
                    "appeal_paid",
                    "appeal_files",
                    "appeal_answer_days",
                    "appeal_fair_days",
                    "second_appeal_days",
                    "association_days",
                    "association_shows_others",
                )
            },
        ),
        (
            _("Plate checks"),
            {"fields": ("plate_grace_minutes", "plate_other_minutes", "duplicate_ticket_hours", "neighbours_ask")},
        ),
        (_("Texts"), {"fields": ("text_gateway", "text_number", "text_keywords", "text_price")}),
        (
            _("Data protection"),
            {
                "fields": (
                    "retention_days",
                    "idle_days",
                    "idle_notice_days",
                    "guest_days",
                    "undecided_days",
                    "mail_days",
                    "text_days",
                    "plate_check_days",
                    "address_days",
                )
            },
        ),
    )

    def get_urls(self) -> list[URLPattern]:
        return [
            path("retention/", self.admin_site.admin_view(self.retention_view), name="opscom_retention"),
            path("setup/", self.admin_site.admin_view(self.setup_view), name="opscom_setup"),
            path("setup/download/", self.admin_site.admin_view(download_setup), name="opscom_setup_download"),
            *super().get_urls(),
        ]

    def retention_view(self, request: HttpRequest) -> HttpResponse:
        """What does not stay, after how long, and what the next night would do."""
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        around = {**self.admin_site.each_context(request), "title": _("Retention"), "opts": self.opts}
        shown = {"rows": schedule(timezone.now()), "most": COUNTED, "may_change": self.has_change_permission(request)}
        return render(request, "admin/opscom/systemsettings/retention.html", around | shown)

    def setup_view(self, request: HttpRequest) -> HttpResponse:
        """The whole office from a file, or as one."""
        around = {**self.admin_site.each_context(request), "title": _("Set-up file"), "opts": self.opts}
        return show_setup(request, around)

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        if not self.has_view_or_change_permission(request):
            raise PermissionDenied
        SystemSettings.objects.get_or_create(pk=1)
        return redirect("admin:opscom_systemsettings_change", 1)

    def has_add_permission(self, request: HttpRequest) -> bool:
        return False

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        return False

    def save_model(self, request: HttpRequest, obj: SystemSettings, form: forms.ModelForm, change: bool) -> None:
        save_settings(obj)
