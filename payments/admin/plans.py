"""Payment plans in the office: offered, agreed to for the person, paid at the counter, cancelled."""

from collections.abc import Callable, Iterable
from typing import Any

from django.contrib import admin, messages
from django.core.exceptions import PermissionDenied
from django.db.models import Q, QuerySet
from django.http import HttpRequest, HttpResponse, HttpResponseNotAllowed
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import URLPattern, path
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from accounts.current import current_user
from accounts.finding import people_found
from accounts.models import User
from opscom.lib.finding import FindingAdmin
from opscom.lib.money import format_money
from opscom.lib.office import office
from opscom.lib.panels import NO_WORD
from opscom.lib.readonly import ReadOnly, ReadOnlyInline, StateEventInline
from payments.errors import PaymentRefused
from payments.models import PaymentPlan, PaymentPlanEvent, PlanLine
from payments.plan_forms import OfferForm, ReasonForm
from payments.plan_rows import rows_of, rows_of_rehearsal
from payments.services.plans.agreeing import agree_offer, make_due, offer_plan
from payments.services.plans.ending import cancel_plan
from payments.services.plans.paying import start_instalment
from payments.services.plans.terms import divided, plannable, sum_owed

OFFER, CANCEL, TAKE = "payments.add_paymentplan", "payments.change_paymentplan", "payments.process_payment"


class LineInline(ReadOnlyInline):
    """What a plan covers."""

    model = PlanLine
    fields = ("charge", "owed")

    def get_queryset(self, request: HttpRequest) -> QuerySet[Any]:
        return super().get_queryset(request).select_related("charge")


class EventInline(StateEventInline):
    """History of a plan."""

    model = PaymentPlanEvent


class OwedFilter(admin.SimpleListFilter):
    """Those that were not kept and of which something is owed."""

    title = _("not kept, still owed")
    parameter_name = "owed"

    def lookups(self, request: HttpRequest, model_admin: Any) -> list[tuple[str, Any]]:
        return [("yes", _("Yes"))]

    def queryset(self, request: HttpRequest, queryset: QuerySet[PaymentPlan]) -> QuerySet[PaymentPlan]:
        return queryset.filter(pk__in=PaymentPlan.objects.not_kept()) if self.value() == "yes" else queryset


@admin.register(PaymentPlan)
class PaymentPlanAdmin(ReadOnly, FindingAdmin):
    """Payment plans. What is left is what the ledger says; what changes a plan are the buttons."""

    list_display = ("code", "whose", "state", "total", "left_now", "card", "agreed_at")
    list_filter = ("state", OwedFilter)
    list_select_related = ("user", "card")
    search_fields = ("code", "email", "user__email", "user__last_name")
    search_help_text = _("Code, or the beginning of the person's e-mail address or name")
    date_hierarchy = "created_at"
    inlines = (LineInline, EventInline)
    change_form_template = "admin/payments/paymentplan/change_form.html"

    def get_queryset(self, request: HttpRequest) -> QuerySet[PaymentPlan]:
        return PaymentPlan.objects.with_left()

    def find(self, term: str) -> Iterable[Q]:
        yield Q(code=term.upper())
        yield Q(user__in=people_found(term))
        yield Q(email__istartswith=term)

    def get_urls(self) -> list[URLPattern]:
        view = self.admin_site.admin_view
        own = [
            path("<int:pk>/offer/", view(offer), name="payments_paymentplan_offer"),
            path("<int:pk>/agree/", view(act), {"need": OFFER, "verb": _agree}, "payments_paymentplan_agree"),
            path("<int:pk>/take/", view(act), {"need": TAKE, "verb": _take}, "payments_paymentplan_take"),
            path("<int:pk>/cancel/", view(act), {"need": CANCEL, "verb": _cancel}, "payments_paymentplan_cancel"),
        ]
        return own + super().get_urls()

    @admin.display(description=_("person"), ordering="user")
    def whose(self, plan: PaymentPlan) -> str:
        """The person, or the address of a guest."""
        return str(plan.user or plan.email or NO_WORD)

    @admin.display(description=_("left"))
    def left_now(self, plan: PaymentPlan) -> str:
        """What is still owed of it."""
        return format_money(plan.left)

    def change_view(
        self, request: HttpRequest, object_id: str, form_url: str = "", extra_context: dict[str, Any] | None = None
    ) -> HttpResponse:
        plans = PaymentPlan.objects.with_left().prefetch_related("instalments")
        plan = plans.filter(pk=object_id).first() if object_id.isdigit() else None
        more = {"rows": rows_of(plan, at=timezone.now()), "reason_form": ReasonForm()} if plan else {}
        return super().change_view(request, object_id, form_url, more | (extra_context or {}))


def offer(request: HttpRequest, pk: int) -> HttpResponse:
    """A plan for what this person owes: look at it, then offer it."""
    _check(request, OFFER)
    person, at = get_object_or_404(User, pk=pk), timezone.now()
    first = {"count": min(3, office().plan_instalments), "first_percent": office().plan_first_percent}
    form = OfferForm(request.POST or request.GET or None, initial=first)
    terms = form.cleaned_data if form.is_bound and form.is_valid() else first
    context: dict[str, Any] = {"person": person, "form": form, "opts": PaymentPlan._meta, "title": _("Payment plan")}
    try:
        if request.method == "POST" and form.is_valid():
            made = offer_plan(person, **terms, by=current_user(request), at=at)
            messages.success(
                request, _("The plan is offered; the person has an e-mail. Agree for them here if they ask for it.")
            )
            return redirect("admin:payments_paymentplan_change", made.pk)
        make_due(person, at=at)
        context["charges"] = list(plannable(person, at=at))
        if context["charges"]:
            total = sum_owed(context["charges"])
            dues = divided(total, terms["count"], terms["first_percent"], at)
            context |= {"total": total, "rows": rows_of_rehearsal(dues), "first_percent": terms["first_percent"]}
    except PaymentRefused as refusal:
        form.add_error(None, str(refusal)) if form.is_bound else messages.error(request, str(refusal))
    return render(request, "admin/payments/paymentplan/offer.html", admin.site.each_context(request) | context)


Verb = Callable[[HttpRequest, PaymentPlan], HttpResponse | None]


def act(request: HttpRequest, pk: int, need: str, verb: Verb) -> HttpResponse:
    """One of the buttons below; back to the plan, unless it leads elsewhere."""
    _check(request, need)
    if request.method != "POST":
        return HttpResponseNotAllowed(["POST"])
    plan = get_object_or_404(PaymentPlan.objects.select_related("user"), pk=pk)
    try:
        elsewhere = verb(request, plan)
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
        elsewhere = None
    return elsewhere or redirect("admin:payments_paymentplan_change", pk)


def _agree(request: HttpRequest, plan: PaymentPlan) -> None:
    """For the person, at the counter or on the phone."""
    agree_offer(plan, by=current_user(request))
    messages.success(request, _("The plan has begun; the person has an e-mail."))


def _take(request: HttpRequest, plan: PaymentPlan) -> HttpResponse:
    """The next instalment, at the counter."""
    checkout = start_instalment(plan, language=plan.reader_language)
    return redirect("admin:payments_payment_take", checkout.pk)


def _cancel(request: HttpRequest, plan: PaymentPlan) -> None:
    """With a reason."""
    form = ReasonForm(request.POST)
    if not form.is_valid():
        messages.error(request, _("Give the reason; the person reads it."))
        return
    cancel_plan(plan, reason=form.cleaned_data["reason"], by=current_user(request))
    messages.success(request, _("The plan is cancelled; the person is told why."))


def _check(request: HttpRequest, permission: str) -> None:
    if not request.user.has_perm(permission):
        raise PermissionDenied
