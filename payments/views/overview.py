"""Payments: what is owed, and what was paid before (PAY-1)."""

from collections import defaultdict
from collections.abc import Iterable
from datetime import datetime

from django.conf import settings
from django.contrib.auth.decorators import login_required
from django.db.models import QuerySet
from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils import timezone
from django.views.decorators.http import require_safe

from accounts.current import current_user
from accounts.models import User
from opscom.lib.money import to_minor_units
from opscom.lib.office import office
from opscom.lib.prepared import prepared
from payments.models import Charge, CheckoutLine, PaymentPlan, Receipt
from payments.services.charges import open_charges
from payments.services.credits import unspent_credit
from payments.services.quotes import price_now

SHOWN_BEFORE = 10
State = PaymentPlan.State


@login_required
@require_safe
def list_charges(request: HttpRequest) -> HttpResponse:
    """What this person owes, each with a tick, and the last payments."""
    user, at = current_user(request), timezone.now()
    charges = price_charges(open_charges(user), at)
    charges.sort(key=lambda charge: (charge.held_until is None, charge.created_at))
    context = {
        "charges": charges,
        "payable": [charge for charge in charges if charge.can_be_paid],  # type: ignore[attr-defined]
        "plans": _running_plans(user) if office().payment_plans or any(charge.planned for charge in charges) else [],
        "credits": unspent_credit(user),
        "before": _with_lines(_receipts(user)),
        "currency": settings.CURRENCY,
        "to_pay": sum(  # the tab's count: the charges are at hand
            not (charge.blocked or charge.promised or charge.planned) for charge in charges
        ),
    }
    return render(request, "payments/list.html", context)


@prepared
def _receipts(user: User) -> QuerySet[Receipt]:
    """The last ones."""
    receipts = Receipt.objects.filter(payment__checkout__user=user)
    return receipts.select_related("payment__checkout", "payment__method")[:SHOWN_BEFORE]


@prepared
def _lines(checkouts: list[int]) -> QuerySet[CheckoutLine]:
    return CheckoutLine.objects.filter(checkout__pk__in=checkouts).select_related("charge")


def _with_lines(receipts: list[Receipt]) -> list[Receipt]:
    """Each with what was paid (`lines`)."""
    lines: dict[int, list[CheckoutLine]] = defaultdict(list)
    for line in _lines([receipt.payment.checkout_id for receipt in receipts]):
        lines[line.checkout_id].append(line)
    for receipt in receipts:
        receipt.lines = lines[receipt.payment.checkout_id]  # type: ignore[attr-defined]
    return receipts


def _running_plans(user: User) -> list[PaymentPlan]:
    """Payment plans that stand or are offered."""
    running = PaymentPlan.objects.for_user(user).filter(state__in=[State.OFFERED, State.STANDING])
    return list(running.with_left().order_by("pk"))


def price_charges(found: Iterable[Charge], at: datetime) -> list[Charge]:
    """The charges, which come with their standing, with price and whether they can be ticked."""
    charges = list(found)
    for charge in charges:
        charge.price = price_now(charge, at)  # type: ignore[attr-defined]
        charge.cents = to_minor_units(charge.price)  # type: ignore[attr-defined]
        charge.lapsed = charge.held_until is not None and charge.held_until <= at  # type: ignore[attr-defined]
        charge.overdue = charge.due_on is not None and charge.due_on < timezone.localdate(at)  # type: ignore[attr-defined]
        charge.can_be_paid = not (charge.blocked or charge.promised or charge.planned or charge.lapsed)  # type: ignore[attr-defined]
    return charges
