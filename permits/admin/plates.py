"""Plate checks in the office: who looked at what, and the tokens of programs."""

from collections.abc import Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Max, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext_lazy as _

from opscom.lib.finding import FindingAdmin
from opscom.lib.readonly import ReadOnly
from permits.models import PlateCheck, PlateToken
from permits.services.plate_tokens import make_token, revoke_token
from vehicles.plates import normalise_plate


@admin.register(PlateCheck)
class PlateCheckAdmin(ReadOnly, FindingAdmin):
    """Every look at a plate; plates of old ones are gone, what was said to whom stays to be counted."""

    list_display = ("at", "plate", "region", "lot", "verdict", "other_plate", "permit", "by", "token")
    list_filter = ("verdict", "other_plate", "at", "lot", "token")
    list_select_related = ("lot", "permit", "by", "token")
    list_per_page = 50
    search_fields = ("plate",)
    search_help_text = _("Beginning of the plate")

    def find(self, term: str) -> Iterable[Q]:
        yield Q(plate__startswith=normalise_plate(term) or "-")


@admin.register(PlateToken)
class PlateTokenAdmin(admin.ModelAdmin):
    """Tokens: each is shown once, when it is made; a revoked one stays for the log."""

    list_display = ("name", "key", "scope", "lot", "expires_at", "last_used", "revoked_at")
    list_filter = ("scope", "revoked_at")
    list_select_related = ("lot",)
    search_fields = ("name",)
    fields = ("name", "scope", "lot", "language", "per_minute", "expires_at")
    autocomplete_fields = ("lot",)
    change_form_template = "admin/permits/platetoken/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PlateToken]:
        return super().get_queryset(request).annotate(last=Max("checks__at"))

    def get_fields(self, request: HttpRequest, obj: PlateToken | None = None) -> Any:
        return (*self.fields, "key", "made_at", "last_used", "revoked_at") if obj else self.fields

    def get_readonly_fields(self, request: HttpRequest, obj: PlateToken | None = None) -> Any:
        return ("key", "made_at", "last_used", "revoked_at")

    def has_delete_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        """It is revoked; the log goes on naming it."""
        return False

    @admin.display(description=_("last used"), ordering="last")
    def last_used(self, token: PlateToken) -> Any:
        return token.last  # type: ignore[attr-defined]

    def save_model(self, request: HttpRequest, obj: PlateToken, form: Any, change: bool) -> None:
        if change:
            super().save_model(request, obj, form, change)
        else:
            obj.shown_once = make_token(obj)  # type: ignore[attr-defined]

    def response_add(self, request: HttpRequest, obj: PlateToken, post_url_continue: str | None = None) -> HttpResponse:
        """The token itself, in this answer and never again: it goes through no message, cookie or session."""
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": obj,
            "secret": obj.shown_once,  # type: ignore[attr-defined]
            "title": _("Copy the token now"),
        }
        return render(request, "admin/permits/platetoken/made.html", context)

    def get_urls(self) -> list[URLPattern]:
        revoke = path("<int:pk>/revoke/", self.admin_site.admin_view(self.revoke), name="permits_platetoken_revoke")
        return [revoke, *super().get_urls()]

    def revoke(self, request: HttpRequest, pk: int) -> HttpResponse:
        """From now on it opens nothing."""
        token = get_object_or_404(PlateToken, pk=pk)
        if not self.has_change_permission(request, token):
            raise PermissionDenied
        if request.method == "POST":
            revoke_token(token)
            text = _("%(name)s is revoked. What still uses it is turned away.") % {"name": token.name}
            self.message_user(request, text, messages.SUCCESS)
            return redirect(reverse("admin:permits_platetoken_change", args=[pk]))
        context = {
            **self.admin_site.each_context(request),
            "opts": self.opts,
            "original": token,
            "title": _("Revoke token"),
        }
        return render(request, "admin/permits/platetoken/revoke.html", context)
