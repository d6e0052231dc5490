"""Collections in the office: what is ready, the file for the agency, its payments, and what is recalled."""

from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Model, Q, QuerySet, Sum
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path, reverse
from django.utils import timezone
from django.utils.translation import gettext
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from opscom.lib.errors import PortalError
from opscom.lib.money import ZERO, format_money
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from violations.forms.collections import AgencyPaymentForm, RecallForm
from violations.models import CollectionsBatch, CollectionsCase, CollectionsCaseEvent, CollectionsPayment, Violation
from violations.services.collecting.paying import Booked, read_payments, take_payment
from violations.services.collecting.sending import ready_sum, recall_case, send_to_collections, write_file

ANSWER_BYTES = 1024 * 1024
SAID = 10


@admin.register(CollectionsBatch)
class CollectionsBatchAdmin(ReadOnly, admin.ModelAdmin):
    """Each file for the agency with what came of its tickets."""

    change_form_template = "violations/office/collections.html"
    list_display = ("__str__", "by", "tickets", "out", "owed", "fetched_at")
    list_select_related = ("by",)

    def get_queryset(self, request: HttpRequest) -> QuerySet[CollectionsBatch]:
        out = Count("cases", filter=Q(cases__state=CollectionsCase.State.OUT))
        return super().get_queryset(request).annotate(n=Count("cases"), out_now=out, whole=Sum("cases__amount"))

    @admin.display(description=_("tickets"))
    def tickets(self, batch: Any) -> int:
        return int(batch.n)

    @admin.display(description=_("at the agency"))
    def out(self, batch: Any) -> int:
        return int(batch.out_now)

    @admin.display(description=_("owed when it was sent"))
    def owed(self, batch: Any) -> str:
        return format_money(batch.whole or ZERO)

    def has_add_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("violations.add_collectionsbatch")

    def get_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return ("by", "made_at", "fetched_at") if obj else ()

    def get_readonly_fields(self, request: HttpRequest, obj: Any = None) -> Any:
        return self.get_fields(request, obj)

    def save_model(self, request: HttpRequest, obj: CollectionsBatch, form: Any, change: bool) -> None:
        try:
            obj.pk = send_to_collections(by=current_user(request)).pk
        except PortalError as error:
            self.message_user(request, error.message, messages.ERROR)

    def log_addition(self, request: HttpRequest, obj: Any, message: Any) -> Any:
        """The batch itself says who and when."""

    def response_add(
        self, request: HttpRequest, obj: CollectionsBatch, post_url_continue: str | None = None
    ) -> HttpResponse:
        return redirect(_page(obj.pk) if obj.pk else "admin:violations_collectionsbatch_add")

    def render_change_form(self, request: HttpRequest, context: Any, *args: Any, **kwargs: Any) -> HttpResponse:
        batch: Any = kwargs.get("obj")
        if batch is None:
            context["ready"], context["sum"] = ready_sum(at=timezone.now())
        else:
            context |= {"batch": batch, "can_work": self.has_add_permission(request)}
        return super().render_change_form(request, context, *args, **kwargs)

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "violations_collectionsbatch_"
        return [
            path("<int:pk>/file/", view(self.file), name=f"{name}file"),
            path("payments/", view(self.payments), name=f"{name}payments"),
            *super().get_urls(),
        ]

    def file(self, request: HttpRequest, pk: int) -> HttpResponse:
        """What the agency gets; the first time is written down."""
        self._check(request)
        batch = get_object_or_404(CollectionsBatch, pk=pk)
        if request.method != "POST":
            return redirect(_page(pk))
        name = f'attachment; filename="collections-{batch.pk}.csv"'
        return HttpResponse(write_file(batch), content_type="text/csv", headers={"Content-Disposition": name})

    def payments(self, request: HttpRequest) -> HttpResponse:
        """The agency's file of what it was paid."""
        self._check(request)
        upload = request.FILES.get("payments")
        if request.method == "POST":
            try:
                content = upload.read() if upload and (upload.size or 0) <= ANSWER_BYTES else b""
                _say(request, read_payments(content.decode("utf-8-sig"), by=current_user(request)))
            except UnicodeDecodeError:
                messages.error(request, gettext("This is no CSV file in UTF-8. Save it so, then bring it again."))
            except PortalError as error:
                messages.error(request, error.message)
        return redirect("admin:violations_collectionscase_changelist")

    def _check(self, request: HttpRequest) -> None:
        if not self.has_add_permission(request):
            raise PermissionDenied


class CaseEventInline(StateEventInline):
    """What happened to the ticket at the agency."""

    model = CollectionsCaseEvent

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("violations.view_collectionscase")


class PaymentInline(ReadOnlyInline):
    """What the agency passed on."""

    model = CollectionsPayment
    fields = readonly_fields = ("at", "reference", "amount", "payment", "by")

    def has_view_permission(self, request: HttpRequest, obj: Model | None = None) -> bool:
        return request.user.has_perm("violations.view_collectionscase")

    def get_queryset(self, request: HttpRequest) -> QuerySet[CollectionsPayment]:
        return super().get_queryset(request).select_related("payment", "by")


@admin.register(CollectionsCase)
class CollectionsCaseAdmin(ReadOnly, admin.ModelAdmin):
    """Tickets at the agency: money by hand, and back to the office."""

    change_form_template = "violations/office/collections_case.html"
    change_list_template = "violations/office/collections_cases.html"
    list_display = ("violation", "ticket_state", "amount", "name", "state", "batch")
    list_filter = ("state",)
    list_select_related = ("violation", "batch")
    search_fields = ("violation__number__startswith", "name__startswith")
    search_help_text = _("Beginning of the ticket number or of the name")
    fields = ("violation", "ticket_state", "amount", "name", "address", "state", "batch")
    inlines = (PaymentInline, CaseEventInline)

    @admin.display(description=_("ticket"))
    def ticket_state(self, case: CollectionsCase) -> str:
        return case.violation.get_state_display()

    def changelist_view(self, request: HttpRequest, extra_context: dict[str, Any] | None = None) -> HttpResponse:
        may = request.user.has_perm("violations.add_collectionsbatch")
        return super().changelist_view(request, {**(extra_context or {}), "can_work": may})

    def get_urls(self) -> list[URLPattern]:
        view, name = self.admin_site.admin_view, "violations_collectionscase_"
        return [
            path(f"<int:pk>/{verb}/", view(self.act), {"verb": verb}, name=f"{name}{verb}")
            for verb in ("recall", "payment")
        ] + super().get_urls()

    def act(self, request: HttpRequest, pk: int, verb: str) -> HttpResponse:
        """Recall it with a reason, or book money that the agency passed on."""
        if not request.user.has_perm("violations.add_collectionsbatch"):
            raise PermissionDenied
        case = get_object_or_404(CollectionsCase.objects.select_related("violation"), pk=pk)
        form = (RecallForm if verb == "recall" else AgencyPaymentForm)(request.POST or None)
        if request.method == "POST" and form.is_valid():
            try:
                (recall_case if verb == "recall" else take_payment)(case, by=current_user(request), **form.cleaned_data)
                messages.success(request, gettext("Done. The ticket's history says so."))
            except PortalError as error:
                messages.error(request, error.message)
            return redirect("admin:violations_collectionscase_change", pk)
        title = gettext("Recall from the agency") if verb == "recall" else gettext("Payment of the agency")
        context = {
            **admin.site.each_context(request),
            "opts": Violation._meta,
            "original": case.violation,
            "form": form,
        }
        return render(request, "violations/office/verb.html", context | {"title": title, "text": form.text})


def _say(request: HttpRequest, booked: Booked) -> None:
    said = gettext("Payments booked: %(n)s, %(sum)s in all.") % {
        "n": booked.payments,
        "sum": format_money(booked.total),
    }
    messages.success(request, said)
    if booked.strange:
        messages.warning(request, " ".join(booked.strange[:SAID]) + (" …" if len(booked.strange) > SAID else ""))


def _page(pk: Any) -> str:
    return reverse("admin:violations_collectionsbatch_change", args=[pk])
