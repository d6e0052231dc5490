"""Owner look-ups in the office: make a batch, fetch its file, bring the answer, take note of its errors."""

from typing import Any

from django import forms
from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, Q, QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import URLPattern, path, reverse
from django.utils.translation import gettext, ngettext
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.errors import PortalError
from opscom.lib.readonly import ReadOnly
from violations.models import LookupBatch, LookupItem
from violations.services.owner_lookup import Answered, acknowledge_errors, make_batch, read_answer, write_file

SHOWN = 200
ANSWER_BYTES = 10 * 1024 * 1024
Outcome = LookupItem.Outcome


class BatchForm(forms.ModelForm):
    """Which registry is asked."""

    class Meta:
        model = LookupBatch
        fields = ("region",)


class ErrorsFilter(admin.SimpleListFilter):
    """Batches with something to take note of."""

    title = _("errors to take note of")
    parameter_name = "errors"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("open", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: Any) -> Any:
        return queryset.with_errors() if self.value() == "open" else queryset


@admin.register(LookupBatch)
class LookupBatchAdmin(ReadOnly, admin.ModelAdmin):
    """A batch is locked when it is made; the tickets in it are in no other."""

    change_form_template = "violations/office/owners.html"
    list_display = ("__str__", "by", "tickets", "waiting", "found", "errors", "sent_at", "received_at")
    list_filter = (ErrorsFilter,)
    list_select_related = ("by",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[LookupBatch]:
        open_error = Q(items__outcome=Outcome.ERROR, items__acknowledged_at=None)
        return (
            super()
            .get_queryset(request)
            .annotate(
                all_items=Count("items"),
                waiting_items=Count("items", filter=Q(items__outcome=Outcome.WAITING)),
                found_items=Count("items", filter=Q(items__outcome=Outcome.FOUND)),
                open_errors=Count("items", filter=open_error),
            )
        )

    @admin.display(description=_("tickets"))
    def tickets(self, batch: Any) -> int:
        return int(batch.all_items)

    @admin.display(description=_("asked"))
    def waiting(self, batch: Any) -> int:
        return int(batch.waiting_items)

    @admin.display(description=_("owners found"))
    def found(self, batch: Any) -> int:
        return int(batch.found_items)

    @admin.display(description=_("errors to take note of"))
    def errors(self, batch: Any) -> int:
        return int(batch.open_errors)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("violations.add_lookupbatch")

    def get_form(self, request: HttpRequest, obj: Any = None, change: bool = False, **kwargs: Any) -> Any:
        return super().get_form(request, obj, change, **kwargs | ({} if obj else {"form": BatchForm}))

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("region", "by", "made_at", "sent_at", "received_at") if obj else BatchForm.Meta.fields

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj) if obj else ()

    def save_model(self, request: HttpRequest, obj: LookupBatch, form: Any, change: bool) -> None:
        try:
            obj.pk = make_batch(form.cleaned_data["region"], by=current_user(request)).pk
        except PortalError as error:
            self.message_user(request, error.message, messages.ERROR)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The batch itself says who and when."""

    def response_add(
        self, request: HttpRequest, obj: LookupBatch, post_url_continue: str | None = None
    ) -> HttpResponse:
        return redirect(_page(obj.pk) if obj.pk else "admin:violations_lookupbatch_add")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        batch: Any = kwargs.get("obj")
        if batch is not None:
            errors = batch.items.filter(outcome=Outcome.ERROR, acknowledged_at=None).select_related("violation")
            context |= {"batch": batch, "errors_open": errors[:SHOWN], "can_work": self.has_add_permission(request)}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "violations_lookupbatch_"
        return [
            path("<int:pk>/file/", view(self.file), name=f"{name}file"),
            path("<int:pk>/answer/", view(self.answer), name=f"{name}answer"),
            path("<int:pk>/errors/", view(self.note_errors), name=f"{name}errors"),
            *super().get_urls(),
        ]

    def file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the registry gets; the first time is written down."""
        batch = self._batch(request, pk)
        if request.method != "POST":
            return redirect(_page(pk))
        name = f'attachment; filename="owners-{batch.pk}.csv"'
        return HttpResponse(write_file(batch), content_type="text/csv", headers={"Content-Disposition": name})

    def answer(self, request: HttpRequest, pk: int) -> HttpResponse:
        """The registry's file."""
        batch, upload = self._batch(request, pk), request.FILES.get("answer")
        if request.method != "POST":
            return redirect(_page(pk))
        try:
            content = upload.read() if upload and (upload.size or 0) <= ANSWER_BYTES else b""
            _say(request, read_answer(batch, content.decode("utf-8-sig")))
        except UnicodeDecodeError:
            messages.error(request, gettext("This is no CSV file in UTF-8. Save it so, then bring it again."))
        except PortalError as error:
            messages.error(request, error.message)
        return redirect(_page(pk))

    def note_errors(self, request: HttpRequest, pk: int) -> HttpResponse:
        """Take note of those that are ticked."""
        batch = self._batch(request, pk)
        ticked = [key for key in request.POST.getlist("item") if key.isdigit()]
        acknowledge_errors(batch.items.filter(pk__in=ticked), by=current_user(request))
        return redirect(_page(pk))

    def _batch(self, request: HttpRequest, pk: int) -> LookupBatch:
        if not self.has_add_permission(request):
            raise PermissionDenied
        return get_object_or_404(LookupBatch, pk=pk)


def _say(request: HttpRequest, answered: Answered) -> None:
    found = ngettext("%(n)s owner found.", "%(n)s owners found.", answered.found) % {"n": answered.found}
    errors = ngettext("%(n)s error.", "%(n)s errors.", answered.errors) % {"n": answered.errors}
    messages.success(request, f"{found} {errors}")
    if answered.strange:
        messages.warning(request, " ".join(answered.strange[:10]) + (" …" if len(answered.strange) > 10 else ""))


def _page(pk: Any) -> str:
    return reverse("admin:violations_lookupbatch_change", args=[pk])
