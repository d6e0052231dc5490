"""The office's own money: a tax within permit prices, yesterday's drawer that was short, today's that is open, a credit, and a
refund that waits for a second person."""

from datetime import timedelta
from decimal import Decimal

from opscom.management.demo.world import World
from payments.models import CashDrawer, Charge, LedgerEntry, Payment, PaymentMethod, Tax
from payments.models.payment import ReceivedAs
from payments.services.credits import add_credit
from payments.services.drawers import PIECES, close_drawer, expected_cash, open_drawer
from payments.services.refunds import request_refund

FLOAT, SHORT = Decimal("100.00"), Decimal("0.25")


def make_taxes() -> None:
    """Permit prices contain the sales tax, which receipts split out."""
    names = {"name_en": "HST", "name_fr": "TVH", "name_es": "HST"}
    Tax.objects.create(
        **names, rate=Decimal(13), inclusive=True, kinds=["permit", "rollover"], registration="00000 0000 RT0001"
    )


def plan_drawers(world: World) -> None:
    """The cashier's shift of yesterday, counted 25 cents short, and the one of today."""
    cashier = world.login("cashier")
    opened, closed = world.ago(1, 8, 30), world.ago(1, 16, 45)
    world.then(opened, lambda: open_drawer(cashier, float_amount=FLOAT, at=opened))

    def count() -> None:
        drawer = CashDrawer.objects.get(cashier=cashier)
        counted = _in_coins(expected_cash(drawer, closed) - SHORT)
        close_drawer(drawer, counts=counted, reason="A quarter fell behind the counter", at=closed)

    world.then(closed, count)
    today = world.now - timedelta(minutes=90)
    world.then(today, lambda: open_drawer(cashier, float_amount=FLOAT, at=today))


def give_and_take(world: World) -> None:
    """Camille has a credit for an overdue ticket; finance asks for a large card payment back."""
    camille = world.login("resident.fr")
    ticket = Charge.objects.open().filter(payer=camille, kind="violation").order_by("pk").first()
    if ticket:
        cash = PaymentMethod.objects.get(code=PaymentMethod.CASH)
        add_credit(
            camille,
            charges=[ticket],
            method=cash,
            amount=Decimal("15.00"),
            received_as=ReceivedAs.CASH,
            comment="Paid twice in spring",
            by=world.login("frontdesk"),
            at=world.ago(2, 10, 5),
        )
    large = LedgerEntry.objects.filter(
        account=LedgerEntry.Account.CHARGE,
        amount__lt=-100,
        charge__kind="permit",
        payment__state=Payment.State.CONFIRMED,
        payment__method__code=PaymentMethod.CARD,
    )
    entry = large.select_related("payment", "charge").order_by("-pk").first()
    if entry and entry.payment:
        request_refund(
            entry.payment,
            charge=entry.charge,
            amount=-entry.amount,
            reason="Left the campus before the first day",
            by=world.login("finance"),
            at=world.now - timedelta(hours=3),
        )


def _in_coins(amount: Decimal) -> dict[Decimal, int]:
    """That amount in as few notes and coins as it can be."""
    counts = {}
    for value in PIECES:
        counts[value], amount = divmod(amount, value)
    return {value: int(number) for value, number in counts.items()}
