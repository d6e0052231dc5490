"""Payment plans: look at one before agreeing, agree, pay it, and see where it stands; a guest by the link in an e-mail."""

from collections.abc import Callable
from datetime import datetime
from functools import wraps
from typing import Any

from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.contrib.auth.views import redirect_to_login
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from accounts.current import current_user
from accounts.models import User
from opscom.lib.dates import today
from opscom.lib.office import office
from opscom.lib.opened import open_signed, opened
from payments.errors import PaymentRefused
from payments.models import PaymentPlan
from payments.plan_forms import AgreeForm, CardForm, CountForm
from payments.plan_links import SALT
from payments.plan_rows import rows_of, rows_of_rehearsal
from payments.services.plans.agreeing import agree_offer, agree_plan, choose_card, make_due
from payments.services.plans.parts import due_of, usable_card
from payments.services.plans.paying import start_instalment, start_rest
from payments.services.plans.terms import Guest, rehearse

State = PaymentPlan.State
PILLS = {
    State.OFFERED: "held",
    State.STANDING: "active",
    State.KEPT: "paid",
    State.BROKEN: "overdue",
    State.CANCELLED: "void",
}
SESSION_KEY = "opened_plans"


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
    context = rehearsed(request, user, at)
    if "plan" in context:
        context["agree"] = agree = AgreeForm(user=user, initial={"count": context["count"], "card": ""})
        context["charged_today"] = bool(agree.cards) and context["plan"].instalments[0].due_on <= today(at)
    return render(request, "payments/new_plan.html", context)


def rehearsed(request: HttpRequest, debtor: User | Guest, at: datetime) -> dict[str, Any]:
    """What the page shows before anybody agrees: the plan, or why there can be none."""
    form = CountForm(request.GET if "count" in request.GET else None)
    count = form.cleaned_data["count"] if form.is_bound and form.is_valid() else form.fields["count"].initial
    make_due(debtor, at=at)  # as on a ticket's page: nobody agrees to less than is owed today
    try:
        plan = rehearse(debtor, count=count, at=at)
    except PaymentRefused as refusal:
        return {"refusal": refusal}
    if not form.is_bound:
        form = CountForm(initial={"count": count})
    return {"plan": plan, "rows": rows_of_rehearsal(plan.instalments), "form": form, "count": count}


def own_plan(view: Callable[[HttpRequest, PaymentPlan], HttpResponse]) -> Callable[[HttpRequest, str], HttpResponse]:
    """The plan of that code, for whose it is: the person, or a guest whose browser has opened its link."""

    @wraps(view)
    def guarded(request: HttpRequest, code: str) -> HttpResponse:
        linked = code in opened(request, SESSION_KEY)
        if not request.user.is_authenticated and not linked:
            return redirect_to_login(request.get_full_path())
        plans = PaymentPlan.objects.with_left().select_related("user", "card").prefetch_related("instalments")
        found = get_object_or_404(plans, code=code)
        if not (found.user_id == request.user.pk if found.user_id else linked):
            raise Http404
        return view(request, found)

    return guarded


@require_safe
def open_link(request: HttpRequest, token: str) -> HttpResponse:
    """The link in a guest's e-mail opens the plan in this browser."""
    return redirect("payments:plan", open_signed(request, token, SESSION_KEY, salt=SALT))


@own_plan
@require_safe
def plan(request: HttpRequest, found: PaymentPlan) -> HttpResponse:
    """What is due when, what is paid, and what happens where an instalment is missed."""
    at = timezone.now()
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


@own_plan
@require_POST
def agree(request: HttpRequest, found: PaymentPlan) -> HttpResponse:
    """Agree to what is offered."""
    at, by = timezone.now(), current_user(request) if request.user.is_authenticated else None
    form = CardForm(request.POST, user=found.user)
    if not form.is_valid():
        return redirect("payments:plan", found.code)
    try:
        found = agree_offer(found, card=form.cleaned_data["card"], by=by, at=at)
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:plan", found.code)
    return _agreed(request, found, at)


@own_plan
@require_POST
def pay(request: HttpRequest, found: PaymentPlan) -> HttpResponse:
    """To the checkout: what is due, or all that is left."""
    start, kept = start_rest if "rest" in request.POST else start_instalment, f"plan_checkout:{found.code}"
    try:
        checkout = start(found, language=get_language() or "en", earlier=request.session.get(kept, ""))
    except PaymentRefused as refusal:
        messages.error(request, str(refusal))
        return redirect("payments:plan", found.code)
    if not found.user_id:
        request.session[kept] = checkout.code
    return redirect("payments:checkout", checkout.code)


@own_plan
@require_POST
def choose(request: HttpRequest, found: PaymentPlan) -> HttpResponse:
    """Have a card charged from now on, or none."""
    form = CardForm(request.POST, user=found.user)
    if form.is_valid():
        try:
            choose_card(found, card=form.cleaned_data["card"])
        except PaymentRefused as refusal:
            messages.error(request, str(refusal))
        else:
            messages.success(request, _("Saved."))
    return redirect("payments:plan", found.code)


def _why_ended(plan: PaymentPlan) -> str:
    """What the person reads of an end before all was paid."""
    if plan.state == State.BROKEN and not plan.user_id:
        return _("An instalment was not paid in time, so this plan has ended. What is left is owed; see the ticket.")
    if plan.state == State.BROKEN:
        return _("An instalment was not paid in time, so this plan has ended. What is left is owed; Payments shows it.")
    if plan.state == State.CANCELLED and plan.agreed_at:
        event = plan.events.filter(to_state=plan.state).last()
        return _("The office cancelled this plan: %(reason)s") % {"reason": event.reason if event else ""}
    return _("This offer is over.") if plan.state == State.CANCELLED else ""


def _agreed(request: HttpRequest, plan: PaymentPlan, at: datetime) -> HttpResponse:
    messages.success(request, _("Your payment plan has begun. Late fees stop while it runs."))
    return redirect("payments:plan", plan.code)
