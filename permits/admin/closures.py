"""Closures and events in the office: planned, looked at, then announced."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils.translation import gettext_lazy as _
from modeltranslation.admin import TranslationAdmin

from permits.errors import PermitRefused
from permits.models import LotBlock
from permits.services.closures import announce_closure, call_off_closure, preview_closure, save_closure

MOVES = {"lot", "starts_at", "ends_at"}


class LotBlockForm(forms.ModelForm):
    """Moments that run forward, said beside the field."""

    def clean(self) -> dict[str, Any]:
        cleaned: dict[str, Any] = super().clean() or self.cleaned_data
        start, end = cleaned.get("starts_at"), cleaned.get("ends_at")
        if start and end and end <= start:
            self.add_error("ends_at", _("It ends after it starts."))
        return cleaned


@admin.register(LotBlock)
class LotBlockAdmin(TranslationAdmin):
    """Spaces that are not there for a while. Saving writes to nobody: that is a step of its own, after a look."""

    form = LotBlockForm
    list_display = ("lot", "reason", "starts_at", "ends_at", "taken", "notice")
    list_filter = ("lot",)
    list_select_related = ("lot",)
    search_fields = ("reason", "lot__name", "lot__code")
    autocomplete_fields = ("lot",)
    date_hierarchy = "starts_at"
    change_form_template = "admin/permits/lotblock/change_form.html"
    readonly_fields = ("notice",)
    actions = ("call_off",)
    fieldsets = (
        (None, {"fields": ("lot", "reason")}),
        (
            _("When, and how many spaces"),
            {"fields": ("starts_at", "ends_at", "spaces"), "description": _("Whole days begin and end at midnight.")},
        ),
        (_("For people"), {"fields": ("public_text", "notify", "notice")}),
    )

    def get_urls(self) -> list[URLPattern]:
        announce = self.admin_site.admin_view(self.announce_view)
        return [path("<int:pk>/announce/", announce, name="permits_lotblock_announce"), *super().get_urls()]

    def has_delete_permission(self, request: HttpRequest, obj: LotBlock | None = None) -> bool:
        """Of what people were told they hear that it is called off; it does not just vanish."""
        return (obj is None or obj.announced_at is None) and super().has_delete_permission(request, obj)

    def has_change_permission(self, request: HttpRequest, obj: LotBlock | None = None) -> bool:
        return (obj is None or obj.called_off_at is None) and super().has_change_permission(request, obj)

    def get_actions(self, request: HttpRequest) -> dict[str, Any]:
        return {name: action for name, action in super().get_actions(request).items() if name != "delete_selected"}

    @admin.action(description=_("Call off, and tell those who were told"), permissions=["change"])
    def call_off(self, request: HttpRequest, blocks: QuerySet[LotBlock]) -> None:
        for block in blocks:
            try:
                call_off_closure(block)
                messages.success(request, _("%(what)s is called off.") % {"what": block})
            except PermitRefused as refusal:
                messages.error(request, f"{block}: {refusal}")

    def save_model(self, request: HttpRequest, obj: LotBlock, form: forms.ModelForm, change: bool) -> None:
        save_closure(obj, moved=bool(MOVES & set(form.changed_data)))

    def response_post_save_add(self, request: HttpRequest, obj: LotBlock) -> HttpResponse:
        return self._next(obj) or super().response_post_save_add(request, obj)

    def response_post_save_change(self, request: HttpRequest, obj: LotBlock) -> HttpResponse:
        return self._next(obj) or super().response_post_save_change(request, obj)

    def _next(self, block: LotBlock) -> HttpResponse | None:
        """To the look at who is written to, where that is still to be done."""
        waits = block.notify and block.announced_at is None
        return redirect("admin:permits_lotblock_announce", block.pk) if waits else None

    @admin.display(description=_("spaces"))
    def taken(self, block: LotBlock) -> str:
        return str(_("the whole lot")) if block.spaces is None else str(block.spaces)

    @admin.display(description=_("notice"))
    def notice(self, block: LotBlock) -> str:
        """How far the writing is."""
        if block.called_off_at:
            return str(_("Called off."))
        if block.notified_at:
            return str(_("Everybody is written to."))
        if block.announced_at:
            return str(_("Being written."))
        return str(_("Waits for you to look at it.") if block.notify else _("Nobody is written to."))

    def announce_view(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Who is affected and whether more is sold than there is; then the messages."""
        block: LotBlock = get_object_or_404(LotBlock.objects.select_related("lot"), pk=pk)
        if not self.has_change_permission(request, block):
            raise PermissionDenied
        if request.method == "POST":
            try:
                announce_closure(block)
                messages.success(request, _("The messages are on their way."))
            except PermitRefused as refusal:
                messages.error(request, str(refusal))
            return redirect("admin:permits_lotblock_changelist")
        context = {
            **self.admin_site.each_context(request),
            "title": _("Who is affected"),
            "opts": self.opts,
            "closing": block,
            "notice": self.notice(block),
            "preview": preview_closure(block),
        }
        return render(request, "admin/permits/lotblock/announce.html", context)
