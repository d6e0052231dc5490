"""Who may see a ticket: whoever opened it by number and PIN in this session, who owes it, and staff with the right."""

from django.contrib.auth.views import redirect_to_login
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.utils import timezone

from opscom.lib.office import office
from opscom.lib.opened import opened, remember
from opscom.lib.prepared import prepared
from violations.models import Association, Violation

SESSION_KEY = "opened_tickets"


def remember_opened(request: HttpRequest, violation: Violation) -> None:
    """This session has shown the PIN. An anonymous session gets a new key, so that one planted before opens nothing."""
    if not request.user.is_authenticated:
        request.session.cycle_key()
    remember(request, SESSION_KEY, violation.number)


def was_opened(request: HttpRequest, number: str) -> bool:
    """True where this session has shown the ticket's PIN, and the office lets guests in."""
    return office().guest_payment and number in opened(request, SESSION_KEY)


def may_pay(request: HttpRequest, violation: Violation) -> bool:
    """Guests with the PIN and the person who owes it."""
    payer = violation.charge.payer_id if violation.charge else None
    return was_opened(request, violation.number) or (payer is not None and payer == request.user.pk)


def is_associated(request: HttpRequest, violation: Violation) -> bool:
    """Whoever appeals for another person's vehicle, while that holds."""
    mine = Association.objects.active(timezone.now()).filter(user=request.user.pk, violation=violation)
    return request.user.is_authenticated and mine.exists()


def find_visible(request: HttpRequest, number: str) -> Violation | None:
    """The ticket, where the visitor may see it. None for anything else, without a look at whether it exists for those
    who could not see any."""
    if not request.user.is_authenticated and not was_opened(request, number):
        return None
    violation = next(iter(_numbered(number)), None)
    if violation is None:
        return None
    if not (may_pay(request, violation) or _is_office(request) or is_associated(request, violation)):
        return None
    return violation


@prepared
def _numbered(number: str) -> QuerySet[Violation]:
    return Violation.objects.filter(number=number).with_boot().select_related("offence", "lot", "charge")


def turn_away(request: HttpRequest) -> HttpResponse:
    """The same for a ticket that exists and one that does not: a stranger gets 404, a visitor the door."""
    if request.user.is_authenticated:
        raise Http404
    if office().guest_payment:
        return redirect("violations:pay_ticket")
    return redirect_to_login(request.get_full_path())


def _is_office(request: HttpRequest) -> bool:
    return request.user.is_staff and request.user.has_perm("violations.view_violation")
