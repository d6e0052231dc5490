"""Pay in instalments without an account: the plan as it would be, and an e-mail whose link begins it."""

from datetime import datetime
from typing import Any

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from opscom.lib.network import client_address, network_of
from opscom.lib.office import office
from opscom.lib.opened import opened
from payments.errors import PaymentRefused
from payments.plan_forms import AskForm
from payments.services.plans.agreeing import ask_plan, has_confirmed
from payments.services.plans.terms import Guest
from payments.views.plans import rehearsed
from violations.models import Violation
from violations.services.debts import open_charges_of
from violations.services.plate_tickets import same_plate
from violations.views.access import SESSION_KEY, find_visible, turn_away, was_opened


@require_http_methods(["GET", "HEAD", "POST"])
def plan_ticket(request: HttpRequest, number: str) -> HttpResponse:
    """What would be due when, of the tickets of this plate that this browser has opened; then the address for the link."""
    violation = find_visible(request, number) if was_opened(request, number) else None
    if violation is None:
        return turn_away(request)
    if not office().payment_plans:
        raise Http404
    payer = violation.charge.payer_id if violation.charge else None
    if payer is not None and payer == request.user.pk:
        return redirect("payments:new_plan")
    if payer is not None:
        refusal = _("This ticket is on somebody's account. Log in there to pay it in instalments.")
        return render(request, "violations/instalments.html", {"violation": violation, "refusal": refusal})
    guest, at = _guest(request, violation), timezone.now()
    form = AskForm(request.POST or None)
    if request.method == "POST" and form.is_valid():
        if _is_asked(request, violation, guest, form.cleaned_data, at):
            return redirect("violations:ticket", number)
        return redirect(request.get_full_path())
    context = rehearsed(request, guest, at) | {"violation": violation, "ask": form}
    return render(request, "violations/instalments.html", context)


def _is_asked(request: HttpRequest, violation: Violation, guest: Guest, said: dict[str, Any], at: datetime) -> bool:
    """Few links for one ticket from one network, so that nobody has e-mails sent to strangers; whoever is known to read theirs
    gets them all the same. Nothing that is said shows whether an address is known."""
    within = consume(request, action="plan_link", key=f"{network_of(client_address(request))} {violation.pk}")
    refusal = ""
    if within or has_confirmed(guest, said["email"]):
        try:
            ask_plan(guest, **said, language=get_language() or "en", at=at)
        except PaymentRefused as refused:
            refusal = str(refused)
    if not within:
        refusal = _(
            "Too many links were asked for from here today. Whoever has confirmed this address here before gets one all the "
            "same; otherwise try again tomorrow, or call the office at %(phone)s."
        ) % {"phone": office().phone}
    if refusal:
        messages.error(request, refusal)
        return False
    words = _("An e-mail is on its way to %(email)s. The plan begins when you open its link and agree.")
    messages.success(request, words % {"email": said["email"]})
    return True


def _guest(request: HttpRequest, violation: Violation) -> Guest:
    tickets = same_plate(violation).filter(number__in=opened(request, SESSION_KEY))
    return Guest(tuple(open_charges_of(tickets).values_list("pk", flat=True)))
