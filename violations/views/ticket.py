"""A ticket, and the way to pay it without an account (GST-1, GST-2)."""

from django.contrib import messages
from django.db.models import QuerySet
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from accounts.acting import acting_session
from accounts.current import current_user
from opscom.lib.office import office
from opscom.lib.prepared import fetched_along, prepared
from payments.models import Charge, Receipt
from payments.views.checkout import check_out
from violations.models import Appeal, Violation, ViolationPhoto
from violations.services.boots.owing import charges_now
from violations.services.debts import charges_of_all
from violations.verification import ticket_token
from violations.views.access import find_visible, may_pay, turn_away, was_opened
from violations.views.appeals.box import appeal_box
from violations.views.boot import boot_card, session_checkout
from violations.views.waiting import standing_of


@require_safe
def show_ticket(request: HttpRequest, number: str) -> HttpResponse:
    """Evidence, what the officer recorded, and the price of waiting."""
    violation = find_visible(request, number)
    if violation is None:
        return turn_away(request)
    fetched_along(violation, "appeals", _appeals(violation))
    charge, fees = _charges_of(violation)
    at = timezone.now()
    standing = standing_of(violation, charge, at, fees)
    mine = charge is not None and request.user.is_authenticated and charge.payer_id == request.user.pk
    own = mine and acting_session(request) is None  # acting ends, and a PIN is known for ever
    boot = boot_card(request, violation, charge)
    context = {
        "boot": boot,
        "violation": violation,
        "shown_number": violation.full_number if own or was_opened(request, number) else violation.number,
        "token": ticket_token(violation.number),
        "standing": standing,
        "charge": charge,
        "fees": fees,
        "photos": _photos(violation),
        "mine": mine,
        "has_others": violation.plate and not mine and was_opened(request, number),
        "may_plan": office().payment_plans and standing.price is not None and standing.pill != "held" and not mine,
        "box": appeal_box(request, violation, at),
        "can_pay": (standing.price is not None or (boot is not None and boot.owed))
        and office().guest_payment
        and may_pay(request, violation),
        "receipt": _own_receipt(request, violation)
        if standing.pill == "paid" and request.user.is_authenticated
        else None,
    }
    return render(request, "violations/ticket.html", context)


@require_POST
def guest_payment(request: HttpRequest, number: str) -> HttpResponse:
    """Freeze the ticket's price into a checkout, with or without an account."""
    if not office().guest_payment:
        raise Http404
    violation = find_visible(request, number)
    if violation is None or not may_pay(request, violation):
        return turn_away(request)
    page = reverse("violations:ticket", args=[violation.number])
    charges = charges_now(violation)
    if not charges:
        messages.info(request, _("Nothing is owed for this ticket."))
        return redirect(page)
    user = current_user(request) if request.user.is_authenticated else None
    return check_out(request, charges, user=user, page=page, kept=session_checkout(violation))


def _charges_of(violation: Violation) -> tuple[Charge | None, list[Charge]]:
    """The fine and the open late fees of a ticket, with their standing; one query."""
    if violation.charge_id is None:
        return None, []
    found = {charge.pk: charge for charge in _standing_charges(violation.pk)}
    fine = found.pop(violation.charge_id)
    return fine, [charge for charge in found.values() if charge.state == Charge.State.OPEN]


@prepared
def _standing_charges(violation: int) -> QuerySet[Charge]:
    return charges_of_all(Violation.objects.filter(pk=violation)).with_standing()


@prepared
def _appeals(violation: Violation) -> QuerySet[Appeal]:
    return Appeal.objects.filter(violation=violation)


@prepared
def _photos(violation: Violation) -> QuerySet[ViolationPhoto]:
    return ViolationPhoto.objects.filter(violation=violation)


def _own_receipt(request: HttpRequest, violation: Violation) -> Receipt | None:
    """The receipt that this person got for the ticket; somebody else's stays theirs."""
    paid = Receipt.objects.filter(
        payment__entries__charge=violation.charge_id, payment__checkout__user=current_user(request)
    )
    return paid.order_by("-pk").first()
