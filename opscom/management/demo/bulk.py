"""The mass of old tickets, written table by table: the rows that the services would have written, only faster.
tests/management/test_seed_demo.py compares the two."""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from decimal import Decimal

from django.conf import settings
from django.utils.translation import gettext as _
from django.utils.translation import override

from opscom.lib.dates import end_of_day, today
from opscom.lib.money import ZERO
from opscom.management.demo.plan import TicketPlan
from opscom.management.demo.world import World
from payments.models import (
    Charge,
    Checkout,
    CheckoutLine,
    LedgerEntry,
    Payment,
    PaymentEvent,
    PaymentMethod,
    Receipt,
    ReceiptSeries,
    SandboxSession,
)
from payments.models.charge import ChargeEvent
from violations.models import Violation, ViolationEvent

Account = LedgerEntry.Account
BATCH = 500


@dataclass
class Sale:
    """One payment of one ticket."""

    plan: TicketPlan
    at: datetime
    amount: Decimal
    discount: Decimal
    checkout: Checkout
    payment: Payment


def write_tickets(world: World, plans: list[TicketPlan]) -> None:
    """Tickets, charges and history of what was written, and paid or voided, before the services take over."""
    owing = [plan for plan in plans if plan.outcome != "warning"]
    for plan, charge in zip(
        owing, Charge.objects.bulk_create((_charge(plan, _is_paid(world, plan)) for plan in owing), BATCH), strict=True
    ):
        plan.charge = charge
    for plan, violation in zip(
        plans, Violation.objects.bulk_create((_violation(world, plan) for plan in plans), BATCH), strict=True
    ):
        plan.violation = violation
    ViolationEvent.objects.bulk_create((event for plan in plans for event in _ticket_events(world, plan)), BATCH)
    cashier = world.login("cashier")
    paid = sorted((plan for plan in owing if _is_paid(world, plan)), key=TicketPlan.settled_at)
    ChargeEvent.objects.bulk_create(
        [
            *(
                ChargeEvent(
                    charge=plan.charge,
                    at=plan.settled_at(),
                    by=cashier if plan.cash else None,
                    from_state="open",
                    to_state="settled",
                )
                for plan in paid
            ),
            *(_void_event(world, plan) for plan in owing if plan.outcome == "void"),
        ],
        BATCH,
    )
    _write_payments(world, paid)


def _is_paid(world: World, plan: TicketPlan) -> bool:
    return plan.paid_at is not None and plan.paid_at < world.service_start


def _charge(plan: TicketPlan, paid: bool) -> Charge:
    offence, issued = plan.offence, today(plan.issued_at)
    with override(plan.payer.language if plan.payer else settings.LANGUAGE_CODE):  # as the service writes them
        description = _("Ticket %(number)s") % {"number": plan.number}
        detail = f"{offence.description}, {plan.lot.name}"
    return Charge(
        kind="violation",
        payer=plan.payer,
        amount=offence.amount,
        description=description,
        detail=detail,
        link=f"/tickets/{plan.number}/",
        state="void" if plan.outcome == "void" else "settled" if paid else "open",
        reduced_amount=offence.reduced_amount,
        reduced_through=issued + timedelta(days=offence.reduced_days) if offence.reduced_amount else None,
        due_on=issued + timedelta(days=offence.due_days),
        created_at=plan.issued_at,
    )


def _violation(world: World, plan: TicketPlan) -> Violation:
    state = {"warning": "warning", "void": "void"}.get(plan.outcome, "paid" if _is_paid(world, plan) else "open")
    return Violation(**plan.fields(), state=state, vehicle=plan.vehicle, charge=plan.charge, entered_at=plan.issued_at)


def _ticket_events(world: World, plan: TicketPlan) -> Iterator[ViolationEvent]:
    first = "warning" if plan.outcome == "warning" else "open"
    yield ViolationEvent(violation=plan.violation, at=plan.issued_at, by=plan.officer, to_state=first)
    if plan.outcome == "void":
        yield ViolationEvent(
            violation=plan.violation,
            at=_voided_at(plan),
            by=world.login("manager"),
            from_state="open",
            to_state="void",
            reason=plan.reason,
        )
    elif _is_paid(world, plan):
        yield ViolationEvent(violation=plan.violation, at=plan.settled_at(), from_state="open", to_state="paid")


def _void_event(world: World, plan: TicketPlan) -> ChargeEvent:
    return ChargeEvent(
        charge=plan.charge,
        at=_voided_at(plan),
        by=world.login("manager"),
        from_state="open",
        to_state="void",
        reason=plan.reason,
    )


def _voided_at(plan: TicketPlan) -> datetime:
    return plan.issued_at + timedelta(hours=3)


def _write_payments(world: World, paid: list[TicketPlan]) -> None:
    """Checkouts, payments, books and receipts, in the order in which the money came."""
    sales = [_sale(plan) for plan in paid]
    Checkout.objects.bulk_create((sale.checkout for sale in sales), BATCH)
    CheckoutLine.objects.bulk_create(
        (
            CheckoutLine(checkout=sale.checkout, charge=sale.plan.charge, amount=sale.amount, discount=sale.discount)
            for sale in sales
        ),
        BATCH,
    )
    SandboxSession.objects.bulk_create((_session(sale) for sale in sales if not sale.plan.cash), BATCH)
    Payment.objects.bulk_create((sale.payment for sale in sales), BATCH)
    PaymentEvent.objects.bulk_create((event for sale in sales for event in _payment_events(world, sale)), BATCH)
    LedgerEntry.objects.bulk_create((entry for sale in sales for entry in _entries(sale)), BATCH)
    Receipt.objects.bulk_create(_receipts(sales), BATCH)


def _sale(plan: TicketPlan) -> Sale:
    at, offence = plan.settled_at(), plan.offence
    started = at - (timedelta(hours=2) if plan.cash else timedelta(minutes=2))
    early = offence.reduced_amount is not None and today(started) <= today(plan.issued_at) + timedelta(
        days=offence.reduced_days
    )
    discount = offence.amount - offence.reduced_amount if early and offence.reduced_amount else ZERO
    amount = offence.amount - discount
    checkout = Checkout(
        user=plan.payer,
        email=plan.payer.email if plan.payer else plan.guest_email,
        language=plan.payer.language if plan.payer else "en",
        state=Checkout.State.DONE,
        total=amount,
        created_at=started,
        expires_at=started + timedelta(hours=2),
    )
    payment = Payment(
        checkout=checkout,
        method_id=PaymentMethod.CASH,
        amount=amount,
        state="confirmed",
        created_at=started,
        received=amount,
        settled_at=at,
        fulfilled_at=at,
    )
    if plan.cash:
        payment.received_as = plan.received_as
        payment.promise_due_on = today(started) + timedelta(days=5)
        payment.promise_until = end_of_day(payment.promise_due_on + timedelta(days=3))
    else:
        payment.method_id, payment.provider, payment.expires_at = (
            PaymentMethod.CARD,
            "sandbox",
            started + timedelta(minutes=31),
        )
    return Sale(plan, at, amount, discount, checkout, payment)


def _session(sale: Sale) -> SandboxSession:
    session = SandboxSession(
        our_ref=sale.payment.code,
        amount=sale.amount,
        lines=[[sale.plan.owed().description, str(sale.amount)]],
        state=SandboxSession.State.PAID,
        paid_at=sale.at,
        expires_at=sale.payment.expires_at or sale.at,
        created_at=sale.payment.created_at,
    )
    sale.payment.provider_ref = sale.payment.charge_ref = session.reference
    return session


def _payment_events(world: World, sale: Sale) -> Iterator[PaymentEvent]:
    waiting = "promised" if sale.plan.cash else "redirected"
    by = world.login("cashier") if sale.plan.cash else None
    yield PaymentEvent(payment=sale.payment, at=sale.payment.created_at, from_state="created", to_state=waiting)
    yield PaymentEvent(payment=sale.payment, at=sale.at, by=by, from_state=waiting, to_state="confirmed")


def _entries(sale: Sale) -> Iterator[LedgerEntry]:
    payment, charge = sale.payment, sale.plan.owed()
    account = Account.OFFICE if sale.plan.cash else Account.CARD
    key = f"{payment.code}:{charge.code}"
    yield LedgerEntry(at=sale.at, payment=payment, account=account, amount=sale.amount, key=f"{payment.code}:received")
    yield LedgerEntry(
        at=sale.at,
        payment=payment,
        charge=charge,
        account=Account.CHARGE,
        amount=-(sale.amount + sale.discount),
        key=f"{key}:charge",
    )
    if sale.discount:
        yield LedgerEntry(
            at=sale.at,
            payment=payment,
            charge=charge,
            account=Account.DISCOUNT,
            amount=sale.discount,
            key=f"{key}:discount",
        )


def _receipts(sales: Iterable[Sale]) -> list[Receipt]:
    """Numbers of each year without gaps, in the order of the money."""
    last: dict[int, int] = {}
    receipts = []
    for sale in sales:
        year = today(sale.at).year
        last[year] = last.get(year, 0) + 1
        receipts.append(Receipt(payment=sale.payment, number=f"R-{year}-{last[year]:05d}", issued_at=sale.at))
    ReceiptSeries.objects.bulk_create(ReceiptSeries(year=year, last=number) for year, number in last.items())
    return receipts
