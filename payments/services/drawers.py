"""A cashier's drawer: opened with a float, closed with what was counted."""

from collections.abc import Mapping
from datetime import datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import QuerySet, Sum
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.money import ZERO, format_money
from payments.errors import PaymentRefused
from payments.models import Adjustment, CashDrawer, Payment, Refund
from payments.models.payment import ReceivedAs
from payments.models.refund import HandedAs

# Notes and coins by their value, the largest first.
PIECES = tuple(Decimal(value) for value in "100 50 20 10 5 2 1 0.25 0.10 0.05".split())


@transaction.atomic
def open_drawer(cashier: User, *, float_amount: Decimal, at: datetime | None = None) -> CashDrawer:
    """Start a shift with so much in the drawer. Asked again, the one that is open is answered."""
    User.objects.select_for_update().get(pk=cashier.pk)
    under_way = CashDrawer.objects.open_of(cashier)
    return under_way or CashDrawer.objects.create(
        cashier=cashier, float_amount=float_amount, opened_at=at or timezone.now()
    )


def lock_drawer(cashier: User) -> CashDrawer | None:
    """The cashier's open drawer, locked, so that what is received now belongs to it before it is closed."""
    return CashDrawer.objects.select_for_update().filter(cashier=cashier, closed_at=None).first()


@transaction.atomic
def close_drawer(
    drawer: CashDrawer, *, counts: Mapping[Decimal, int], reason: str = "", at: datetime | None = None
) -> CashDrawer:
    """End a shift: how many of each note and coin are in the drawer. PaymentRefused says the difference where no reason
    explains it."""
    drawer = CashDrawer.objects.select_for_update().get(pk=drawer.pk)
    if drawer.closed_at:
        raise PaymentRefused(_("This drawer is closed already."), code="closed")
    counted = sum((value * number for value, number in counts.items()), start=ZERO)
    at = at or timezone.now()
    expected = expected_cash(drawer, at)
    if counted != expected and not reason:
        raise PaymentRefused(
            _("Counted %(counted)s, expected %(expected)s. Count again, or say why %(difference)s differ.")
            % {
                "counted": format_money(counted),
                "expected": format_money(expected),
                "difference": format_money(abs(counted - expected)),
            },
            code="difference",
        )
    drawer.counts = {str(value): number for value, number in counts.items() if number}
    drawer.counted, drawer.expected, drawer.closed_at, drawer.reason = counted, expected, at, reason[:200]
    drawer.save(update_fields=["counts", "counted", "expected", "closed_at", "reason"])
    return drawer


def expected_cash(drawer: CashDrawer, at: datetime) -> Decimal:
    """The float and the cash received, less the cash that this cashier handed out again, whoever asked for that and however it
    was paid."""
    credit = Adjustment.objects.filter(
        drawer=drawer, amount__gt=0, received_as=ReceivedAs.CASH, state=Adjustment.State.PROCESSED
    )
    handed_out = Refund.objects.filter(
        handed_as=HandedAs.CASH,
        events__to_state=Refund.State.DONE,
        events__by=drawer.cashier_id,
        events__at__gte=drawer.opened_at,
        events__at__lt=drawer.closed_at or at,
    )
    cash = drawer.payments.filter(received_as=ReceivedAs.CASH)
    return drawer.float_amount + _sum(cash, "received") + _sum(credit, "amount") - _sum(handed_out, "amount")


def _sum(rows: "QuerySet[Payment] | QuerySet[Adjustment] | QuerySet[Refund]", column: str) -> Decimal:
    return rows.aggregate(total=Sum(column))["total"] or ZERO
