"""Lookup All Tickets, and the association with somebody else's vehicle (APP-6)."""

from allauth.core.ratelimit import consume
from django.contrib import messages
from django.contrib.auth.decorators import login_required
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from accounts.current import current_user
from opscom.lib.network import client_address
from opscom.lib.office import office
from violations.errors import AppealRefused, LookupLocked, TicketNotFound
from violations.forms.appeals import PlateOrTicketForm
from violations.forms.tickets import TicketSearchForm
from violations.models import Violation
from violations.services.appeals.associating import ask_consent, associate, find_tickets
from violations.services.lookup import find_ticket
from violations.views.access import was_opened
from violations.views.appeals.access import appeals_on

TOO_MANY_REQUESTS = 429


@sensitive_post_parameters("wanted")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@appeals_on
def lookup_tickets(request: HttpRequest) -> HttpResponse:
    """Search Plate or Ticket: of anybody's tickets number, day and lot. A POST, because no address shall hold a plate."""
    form = PlateOrTicketForm(request.POST or None)
    found, status = None, 200
    if request.method == "POST" and form.is_valid():
        if consume(request, action="ticket_search", user=current_user(request)):
            found = find_tickets(form.cleaned_data["wanted"])
        else:
            form.add_error(None, _("Too many searches. Wait 15 minutes, or call the office at %s.") % office().phone)
            status = TOO_MANY_REQUESTS
    context = {"form": form, "found": found, "wanted": form["wanted"].value() or ""}
    return render(request, "violations/appeals/lookup.html", context, status=status)


@sensitive_post_parameters("ticket")
@require_http_methods(["GET", "HEAD", "POST"])
@login_required
@appeals_on
def associate_vehicle(request: HttpRequest, number: str) -> HttpResponse:
    """What associating means, and the two ways to it: the PIN from the paper, or the office's consent."""
    violation = get_object_or_404(Violation.objects.select_related("lot", "offence"), number=number)
    user, opened = current_user(request), was_opened(request, number)
    asks = request.POST.get("do") == "ask"
    form = TicketSearchForm(request.POST if request.method == "POST" and not asks and not opened else None)
    if request.method == "POST":
        try:
            if asks:
                ask_consent(user, violation)
                messages.success(request, _("The parking office is asked. It answers by e-mail."))
                return redirect("violations:appeals")
            if opened or _shows_pin(request, form, violation):
                associate(user, violation)
                messages.success(request, _("The vehicle is associated with your profile. Its ticket is listed here."))
                return redirect("violations:appeals")
        except AppealRefused as refusal:
            messages.error(request, refusal.message)
    context = {"violation": violation, "form": form, "opened": opened}
    return render(request, "violations/appeals/associate.html", context)


def _shows_pin(request: HttpRequest, form: TicketSearchForm, violation: Violation) -> bool:
    """Whether number and PIN are those of this ticket; every try is counted."""
    if not form.is_valid():
        return False
    try:
        if find_ticket(form.cleaned_data["ticket"], address=client_address(request)).pk == violation.pk:
            return True
        form.add_error("ticket", _("This is another ticket. Enter ticket %s with its PIN.") % violation.number)
    except (TicketNotFound, LookupLocked) as error:
        form.add_error("ticket", error.message)
    return False
