"""Pay your Ticket: the guest's door (GST-1)."""

from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.views.decorators.debug import sensitive_post_parameters
from django.views.decorators.http import require_http_methods

from opscom.lib.network import client_address
from opscom.lib.office import office
from violations.errors import LookupLocked, TicketNotFound
from violations.forms.tickets import TicketSearchForm
from violations.services.lookup import find_ticket
from violations.views.access import remember_opened

TOO_MANY_REQUESTS = 429


@sensitive_post_parameters("ticket")
@require_http_methods(["GET", "HEAD", "POST"])
def pay_ticket(request: HttpRequest) -> HttpResponse:
    """One field for the number with its PIN. An unknown number and a wrong PIN look alike."""
    if not office().guest_payment:
        raise Http404
    form = TicketSearchForm(request.POST or None)
    status = 200
    if request.method == "POST" and form.is_valid():
        try:
            violation = find_ticket(form.cleaned_data["ticket"], address=client_address(request))
        except TicketNotFound as error:
            form.add_error(None, error.message)
        except LookupLocked as error:
            form.add_error(None, error.message)
            status = TOO_MANY_REQUESTS
        else:
            remember_opened(request, violation)
            return redirect("violations:ticket", number=violation.number)
    return render(request, "violations/pay_ticket.html", {"form": form}, status=status)
