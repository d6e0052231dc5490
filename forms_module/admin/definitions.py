"""Forms in the office: built without code, looked at, published."""

from typing import Any

from django.contrib import admin, messages
from django.contrib.auth.decorators import permission_required
from django.db.models import Count, Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.decorators import method_decorator
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _
from django.views.decorators.http import require_safe
from modeltranslation.admin import TranslationAdmin

from accounts.current import current_user
from forms_module.admin.questions import SHORT_TEXTS, FormFieldInline
from forms_module.answer_form import make_form
from forms_module.errors import FormRefused
from forms_module.exporting import submitted_rows
from forms_module.models import FormDefinition
from forms_module.services.publishing import publish_form
from opscom.lib.dates import today
from opscom.lib.spreadsheets import csv_answer, xlsx_answer
from opscom.lib.taken import called

PUBLISH = "_publish"


@admin.register(FormDefinition)
class FormDefinitionAdmin(TranslationAdmin):
    """What people read and answer changes with Publish only; the rest at once."""

    list_display = ("name", "audience", "standing", "version", "waiting", "opens_at", "closes_at")
    search_fields = ("name",)
    filter_horizontal = ("user_types",)
    readonly_fields = ("address",)
    inlines = (FormFieldInline,)
    formfield_overrides = SHORT_TEXTS
    fieldsets = (
        (None, {"fields": ("name", "description", "address")}),
        (_("Who and when"), {"fields": ("public", "user_types", "once", ("opens_at", "closes_at"), "notify_email")}),
    )

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        waiting = Count("submissions", filter=Q(submissions__state="submitted"))
        return super().get_queryset(request).annotate(waiting=waiting).prefetch_related("user_types")

    @admin.display(description=_("for"))
    def audience(self, form: FormDefinition) -> str:
        if form.public:
            return gettext("everybody, without login")
        return ", ".join(str(each) for each in form.user_types.all()) or gettext("every user")

    @admin.display(description=_("state"))
    def standing(self, form: FormDefinition) -> str:
        if not form.version:
            return gettext("not published")
        return gettext("open") if form.is_open_at(timezone.now()) else gettext("closed")

    @admin.display(description=_("to review"), ordering="waiting")
    def waiting(self, form: Any) -> int:
        return int(form.waiting)

    @admin.display(description=_("address"))
    def address(self, form: FormDefinition) -> str:
        return reverse("forms:form", args=[form.code]) if form.pk else "–"

    def get_urls(self) -> list[URLPattern]:
        pages = {"preview": self.preview, "export": self.export}
        own = [
            path(f"<int:pk>/{name}/", self.admin_site.admin_view(page), name=f"forms_module_formdefinition_{name}")
            for name, page in pages.items()
        ]
        return own + super().get_urls()

    @method_decorator([permission_required("forms_module.view_formdefinition", raise_exception=True), require_safe])
    def preview(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The questions that the office is working on, as people would see them, all pages under one another."""
        form = get_object_or_404(FormDefinition, pk=pk)
        rows = list(form.fields.filter(version=None))
        asked = make_form(rows, current_user(request))(known={})
        starts = {row.key for row in rows[1:] if row.starts_page}
        return render(request, "forms_module/office/preview.html", {"form": form, "asked": asked, "starts": starts})

    @method_decorator([permission_required("forms_module.export_submission", raise_exception=True), require_safe])
    def export(self, request: HttpRequest, pk: int) -> HttpResponseBase:
        """All that was submitted to it, as CSV or XLSX."""
        form = get_object_or_404(FormDefinition, pk=pk)
        name = f"form-{form.code}-{today()}"
        answer = xlsx_answer if request.GET.get("file") == "xlsx" else csv_answer
        return called(answer(submitted_rows(form), name), "forms", form.code)

    def response_add(self, request: HttpRequest, obj: FormDefinition, post_url_continue: Any = None) -> HttpResponse:
        return self._published(request, obj) or super().response_add(request, obj, post_url_continue)

    def response_change(self, request: HttpRequest, obj: FormDefinition) -> HttpResponse:
        return self._published(request, obj) or super().response_change(request, obj)

    def _published(self, request: HttpRequest, form: FormDefinition) -> HttpResponse | None:
        """After saving, where that button was pressed."""
        if PUBLISH not in request.POST:
            return None
        try:
            form = publish_form(form)
        except FormRefused as refusal:
            self.message_user(request, refusal.message, messages.ERROR)
        else:
            text = gettext("Version %(n)d is published. Forms that were begun before keep their version.")
            self.message_user(request, text % {"n": form.version}, messages.SUCCESS)
        return redirect("admin:forms_module_formdefinition_change", form.pk)
