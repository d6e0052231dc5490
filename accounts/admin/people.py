"""People and mail in the office."""

from collections.abc import Iterable
from typing import Any

import allauth.account.admin  # registered first, so that it can be taken out below; the same for the next five
import allauth.socialaccount.admin
import allauth.usersessions.admin
import django_otp.plugins.otp_email.admin
import django_otp.plugins.otp_static.admin
import django_otp.plugins.otp_totp.admin  # noqa: F401
from allauth.account.models import EmailAddress
from allauth.socialaccount.models import SocialAccount, SocialApp, SocialToken
from allauth.usersessions.models import UserSession
from django import forms
from django.conf import settings
from django.contrib import admin, messages
from django.db.models import Q, QuerySet
from django.http import HttpRequest
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext
from django_otp.plugins.otp_email.models import EmailDevice
from django_otp.plugins.otp_static.models import StaticDevice
from django_otp.plugins.otp_totp.models import TOTPDevice
from modeltranslation.admin import TranslationAdmin

from accounts.admin.links import link_lines, unlink_action
from accounts.admin.mailings import MailingPeople
from accounts.admin.reset import reset_action
from accounts.current import current_user
from accounts.finding import person_conditions
from accounts.forms import AddressField
from accounts.models import Mail, ProfilePolicy, User, UserType
from accounts.models.mail import MailKind
from accounts.services.mail import give_up_mail, send_again
from accounts.services.registration import change_email, send_create_password
from accounts.services.sso import follow_login_source, is_linked
from accounts.views.act_for import act_for
from opscom.lib.dealing import DealtWith
from opscom.lib.filters import values_of
from opscom.lib.finding import FindingAdmin
from opscom.lib.readonly import ReadOnly
from opscom.lib.trail import Trailed

# Rows that open accounts (addresses, links, one-time codes) are no business of anybody's list.
OPENERS = (EmailAddress, allauth.account.admin.EmailConfirmation, EmailDevice, StaticDevice, TOTPDevice)
for model in (*OPENERS, SocialAccount, SocialApp, SocialToken, UserSession):
    if admin.site.is_registered(model):
        admin.site.unregister(model)


class UserForm(forms.ModelForm):
    """A person as the office sees them; the password is nobody's but theirs."""

    class Meta:
        model = User
        fields = "__all__"  # noqa: DJ007 (the admin's fieldsets choose)

    def clean_email(self) -> str:
        return AddressField().clean(self.cleaned_data["email"])

    def clean(self) -> dict[str, Any]:
        """Nobody is locked out: single sign-on opens a staff account only where it was linked before."""
        given: dict[str, Any] = super().clean() or {}
        staff = given.get("is_staff", self.instance.is_staff)
        if staff and given.get("login_source") == User.LoginSource.SSO and not is_linked(self.instance):
            self.add_error(
                "login_source", _("Staff log in with a portal password: single sign-on does not open their account.")
            )
        return given


@admin.register(User)
class UserAdmin(MailingPeople, Trailed, FindingAdmin):
    """Whom the office serves. Staff accounts and roles are for those who may change roles, operators for operators."""

    form = UserForm
    list_display = ("email", "first_name", "last_name", "user_type", "is_active", "is_staff", "date_joined")
    list_filter = ("is_active", "is_staff", "profile_complete", "user_type", "groups", "login_source", "date_joined")
    list_select_related = ("user_type",)
    search_fields = ("email", "first_name", "last_name", "organisation_number", "phone")
    search_help_text = _("Beginning of the e-mail address, name, number or telephone")
    filter_horizontal = ("groups",)
    readonly_fields = (
        "last_login",
        "date_joined",
        "permit_disclaimer_at",
        "locker_disclaimer_at",
        "shown_link",
        "shown_unwanted",
    )
    people_path = "pk"
    actions = ("write_to_people", "send_create_password_mail", reset_action, unlink_action)
    fieldsets = (
        (
            None,
            {"fields": ("email", "first_name", "last_name", "phone", "organisation_number", "user_type", "language")},
        ),
        (_("E-mails"), {"fields": ("shown_unwanted",)}),
        (_("Access"), {"fields": ("is_active", "login_source", "shown_link", "profile_complete")}),
        (_("Office"), {"fields": ("is_staff", "is_superuser", "groups")}),
        (_("Dates"), {"fields": ("date_joined", "last_login", "permit_disclaimer_at", "locker_disclaimer_at")}),
    )
    add_fieldsets = (*fieldsets[:1], (_("Access"), {"fields": ("login_source",)}), fieldsets[3])

    @admin.display(description=_("single sign-on link"))
    def shown_link(self, user: User) -> str:
        """Which identity at the provider opens the account."""
        return link_lines(user)

    @admin.display(description=_("e-mails not wanted"))
    def shown_unwanted(self, user: User) -> str:
        """The categories that this person has switched off."""
        return ", ".join(str(row.category) for row in user.email_opt_outs.select_related("category")) or "–"

    def find(self, term: str) -> Iterable[Q]:
        return person_conditions(term)

    def get_fieldsets(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.fieldsets if obj else self.add_fieldsets

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> tuple[str, ...]:
        """Whoever cannot change roles cannot make staff; only an operator makes another one."""
        locked: tuple[str, ...] = () if current_user(request).is_superuser else ("is_superuser",)
        if not _manages_staff(request):
            locked += ("is_staff", "groups")
        return (*self.readonly_fields, *locked)

    def has_change_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """Changing somebody's address is a way into their account, so nobody reaches above themselves."""
        if obj is not None and obj.is_superuser and not current_user(request).is_superuser:
            return False
        if obj is not None and obj.is_staff and obj != request.user and not _manages_staff(request):
            return False
        return super().has_change_permission(request, obj)

    def has_delete_permission(self, request: HttpRequest, obj: Any = None) -> bool:
        """People have history: they are switched off, not deleted."""
        return False

    def save_model(self, request: HttpRequest, obj: User, form: forms.ModelForm, change: bool) -> None:
        """A new person gets the Create Password mail; a new address replaces the old one everywhere."""
        if not change:
            obj.set_unusable_password()
        super().save_model(request, obj, form, change)
        change_email(obj, before=form.initial.get("email", ""))
        if "login_source" in form.changed_data:
            follow_login_source(obj, by=current_user(request))
        if not change and obj.login_source == User.LoginSource.PORTAL:
            send_create_password(obj)
            messages.success(
                request, _("The Create Password e-mail is on its way to %(email)s.") % {"email": obj.email}
            )

    def get_urls(self) -> list[URLPattern]:
        act = path("<int:pk>/act/", self.admin_site.admin_view(act_for), name="accounts_user_act")
        return [act, *super().get_urls()]

    @admin.action(description=_("Send the Create Password e-mail"), permissions=["change"])
    def send_create_password_mail(self, request: HttpRequest, queryset: QuerySet[User]) -> None:
        """A fresh link for each, as far as they have a portal login and are within reach of whoever sends."""
        people = [
            user
            for user in queryset.filter(is_active=True, login_source=User.LoginSource.PORTAL)
            if self.has_change_permission(request, user)
        ]
        for user in people:
            send_create_password(user)
        self.message_user(
            request,
            ngettext("%(count)d e-mail is on its way.", "%(count)d e-mails are on their way.", len(people))
            % {"count": len(people)},
        )


def _manages_staff(request: HttpRequest) -> bool:
    return current_user(request).has_perm("auth.change_group")


@admin.register(UserType)
class UserTypeAdmin(TranslationAdmin):
    """What people are to the office."""

    list_display = ("name", "code", "open_for_registration", "second_factor_required", "text_parking", "position")
    list_editable = ("open_for_registration", "second_factor_required", "position")
    search_fields = ("name", "code")


@admin.register(ProfilePolicy)
class ProfilePolicyAdmin(admin.ModelAdmin):
    """Which profile questions are asked of whom."""

    list_display = ("field", "user_type", "rule", "at_registration")
    list_editable = ("rule", "at_registration")
    list_filter = ("field", "user_type", "rule")
    list_select_related = ("user_type",)


@admin.register(Mail)
class MailAdmin(ReadOnly, DealtWith, FindingAdmin):
    """What was sent to whom, and what the mail server said."""

    list_display = ("created_at", "kind", "to", "subject", "state", "tries", "sent_at")
    list_filter = ("state", "kind", values_of("language", _("language"), lambda: settings.LANGUAGES), "created_at")
    search_fields = ("to",)
    search_help_text = _("Beginning of the address")
    fields = (
        "kind",
        "user",
        "to",
        "language",
        "subject",
        "shown_text",
        "state",
        "created_at",
        "next_try_at",
        "tries",
        "sent_at",
        "error",
    )
    readonly_fields = fields
    list_select_related = ("user",)
    actions = ("send_mail_again", "give_up")

    def find(self, term: str) -> Iterable[Q]:
        yield Q(to__startswith=term.lower())

    def get_queryset(self, request: HttpRequest) -> QuerySet[Mail]:
        return super().get_queryset(request).defer("html")

    @admin.display(description=_("text"))
    def shown_text(self, mail: Mail) -> str:
        """A link or code that opens an account is for its reader alone."""
        if mail.is_secret:
            return str(_("Not shown: it holds a link or code that opens the account."))
        return mail.shown_text or str(_("Its words are no longer kept."))

    @admin.action(description=_("Send again"), permissions=["resend"])
    def send_mail_again(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        """Not for one-time passwords: the old one is void by now."""
        mails = list(queryset.exclude(kind=MailKind.ONE_TIME_PASSWORD).exclude(state=Mail.State.QUEUED))
        for mail in mails:
            send_again(mail)
        self.message_user(
            request,
            ngettext("%(count)d e-mail is on its way.", "%(count)d e-mails are on their way.", len(mails))
            % {"count": len(mails)},
        )

    @admin.action(description=_("Dealt with"), permissions=["resend"])
    def give_up(self, request: HttpRequest, queryset: QuerySet[Mail]) -> None:
        """The person was reached in another way, or the address is wrong: it need not be looked at again."""
        self.with_reason(request, queryset, give_up_mail)

    def has_resend_permission(self, request: HttpRequest) -> bool:
        """Whoever may change people may have their mail sent again; an auditor only looks."""
        user = current_user(request)
        return user.has_perm("accounts.change_user") and user.has_perm("accounts.view_mail")
