"""Payment plans: look at one before agreeing, agree, pay it, and see where it stands."""

from datetime import datetime

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from opscom.lib.dates import today
from opscom.lib.office import office
from payments.errors import PaymentRefused
from payments.models import PaymentPlan
from payments.plan_forms import AgreeForm, CardForm, CountForm
from payments.plan_rows import rows_of, rows_of_rehearsal
from payments.services.plans.agreeing import agree_offer, agree_plan, choose_card, make_due
from payments.services.plans.parts import due_of, usable_card
from payments.services.plans.paying import start_instalment, start_rest
from payments.services.plans.terms import rehearse

State = PaymentPlan.State
PILLS = {
    State.OFFERED: "held",
    State.STANDING: "active",
    State.KEPT: "paid",
    State.BROKEN: "overdue",
    State.CANCELLED: "void",
}


@login_required
@require_http_methods(["GET", "HEAD", "POST"])
def new_plan(request: HttpRequest) -> HttpResponse:
    """The plan as it would be, then agree to it."""
    user, at = current_user(request), timezone.now()
    if not office().payment_plans:
        raise Http404
    if request.method == "POST":
        form = AgreeForm(request.POST, user=user)
        if form.is_valid():
            try:
                plan = agree_plan(user, **form.cleaned_data, by=user, at=at)
            except PaymentRefused as refusal:
                messages.error(request, str(refusal))
                return redirect("payments:new_plan")
            return _agreed(request, plan, at)
    return render(request, "payments/new_plan.html", _rehearsed(request, at))


def _rehearsed(request: HttpRequest, at: datetime) -> dict[str, object]:
    """What the page shows: the plan, or why there can be none."""
    user = current_user(request)
    form = CountForm(request.GET if "count" in request.GET else None)
    count = form.cleaned_data["count"] if form.is_bound and form.is_valid() else form.fields["count"].initial
    make_due(user, at=at)  # as on a ticket's page: nobody agrees to less than is owed today
    try:
        plan = rehearse(user, count=count, at=at)
    except PaymentRefused as refusal:
        return {"refusal": refusal}
    agree = AgreeForm(user=user, initial={"count": count, "shown": plan.total, "card": ""})
    if not form.is_bound:
        form = CountForm(initial={"count": count})
    charged = bool(agree.cards) and plan.instalments[0].due_on <= today(at)
    rows = rows_of_rehearsal(plan.instalments)
    return {"plan": plan, "rows": rows, "form": form, "agree": agree, "charged_today": charged}


@login_required
@require_safe
def plan(request: HttpRequest, code: str) -> HttpResponse:
    """What is due when, what is paid, and what happens where an instalment is missed."""
    found, at = _own(request, code), timezone.now()
    due = due_of(found, at=at)
    form = CardForm(user=found.user, initial={"card": found.card.code if found.card else ""})
    context = {
        "plan": found,
        "plan_pill": PILLS[State(found.state)],
        "late": due is not None and due[0].due_on < today(at),
        "rows": rows_of(found, at=at),
        "paid": found.total - found.left,
        "due": due,
        "charges": found.charges.with_standing(),
        "reason": _why_ended(found),
        "card": usable_card(found, on=max(due[0].due_on, today(at)))[0] if due else None,
        "charged_today": bool(form.cards) and due is not None and due[0].due_on <= today(at),
        "form": form,
    }
    return render(request, "payments/plan.html", context)


@login_required
@require_POST
def agree(request: HttpRequest, code: str) -> HttpResponse:
    """Agree to what the office offers."""
    found, at = _own(request, code), timezone.now()
    form = CardForm(request.POST, user=found.user)
    if not form.is_valid():
        return redirect("payments:plan", code)
    try:
        found = agree_offer(found, card=form.cleaned_data["card"], by=current_user(request), at=at)
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:plan", code)
    return _agreed(request, found, at)


@login_required
@require_POST
def pay(request: HttpRequest, code: str) -> HttpResponse:
    """To the checkout: what is due, or all that is left."""
    found = _own(request, code)
    start = start_rest if "rest" in request.POST else start_instalment
    try:
        checkout = start(found, language=get_language() or "en")
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:plan", code)
    return redirect("payments:checkout", checkout.code)


@login_required
@require_POST
def choose(request: HttpRequest, code: str) -> HttpResponse:
    """Have a card charged from now on, or none."""
    found = _own(request, code)
    form = CardForm(request.POST, user=found.user)
    if form.is_valid():
        try:
            choose_card(found, card=form.cleaned_data["card"])
        except PaymentRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Saved."))
    return redirect("payments:plan", code)


def _why_ended(plan: PaymentPlan) -> str:
    """What the person reads of an end before all was paid."""
    if plan.state == State.BROKEN:
        return _("An instalment was not paid in time, so this plan has ended. What is left is owed; Payments shows it.")
    if plan.state == State.CANCELLED and plan.agreed_at:
        event = plan.events.filter(to_state=plan.state).last()
        return _("The office cancelled this plan: %(reason)s") % {"reason": event.reason if event else ""}
    return _("This offer is over.") if plan.state == State.CANCELLED else ""


def _own(request: HttpRequest, code: str) -> PaymentPlan:
    plans = PaymentPlan.objects.for_user(current_user(request)).with_left().select_related("user", "card")
    return get_object_or_404(plans.prefetch_related("instalments"), code=code)


def _agreed(request: HttpRequest, plan: PaymentPlan, at: datetime) -> HttpResponse:
    messages.success(request, _("Your payment plan has begun. Late fees stop while it runs."))
    return redirect("payments:plan", plan.code)
