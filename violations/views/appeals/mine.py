"""The Appeals tab: a person's tickets (APP-1)."""

from datetime import datetime
from typing import Any

from django.contrib.auth.decorators import login_required
from django.core.paginator import Paginator
from django.db.models import Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.current import current_user
from accounts.models import User
from opscom.lib.finding import found_by_any
from opscom.lib.office import office
from payments.models import Charge
from violations.models import Association, Violation
from violations.services.lookup import normalise_number, split_number
from violations.views.appeals.access import appeals_on
from violations.views.appeals.box import box_of
from violations.views.waiting import standing_of

ON_A_PAGE = 20


@require_safe
@login_required
@appeals_on
def show_appeals(request: HttpRequest) -> HttpResponse:
    """The tickets that somebody owes, appeals, or is associated with; the newest first."""
    user, at = current_user(request), timezone.now()
    wanted = request.GET.get("q", "").strip()[:60]
    tickets = _tickets_of(user, at)
    if wanted:
        number = normalise_number(wanted)
        tickets = tickets.filter(
            Q(number__startswith=number) | Q(number=split_number(wanted, own=office().ticket_prefix)[0])
        )
    page = Paginator(tickets, ON_A_PAGE).get_page(request.GET.get("page"))
    context = {"page": page, "cards": _cards(list(page), user, at), "wanted": wanted}
    return render(request, "violations/appeals/list.html", context)


def _tickets_of(user: User, at: datetime) -> Any:
    active = Association.objects.active(at).filter(user=user)
    ways = (Q(charge__payer=user), Q(appeals__user=user), Q(pk__in=active.values("violation")))
    rows = Violation.objects.filter(pk__in=found_by_any(Violation.objects.all(), ways))
    return rows.select_related("offence", "lot").prefetch_related("appeals").order_by("-issued_at", "-pk")


def _cards(tickets: list[Violation], user: User, at: datetime) -> list[dict[str, Any]]:
    charges = Charge.objects.with_standing().in_bulk([ticket.charge_id for ticket in tickets if ticket.charge_id])
    cards = []
    for ticket in tickets:
        charge = charges.get(ticket.charge_id or 0)
        if charge:
            ticket.charge = charge
        mine = sorted((a for a in ticket.appeals.all() if a.user_id == user.pk), key=lambda a: a.level)
        cards.append({"ticket": ticket, "standing": standing_of(ticket, charge, at), "box": box_of(ticket, mine, at)})
    return cards
