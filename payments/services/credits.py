"""Credit that the office gives a person, and what becomes of it (FLEX-1 to FLEX-4, RULES 42 to 44).

A person's credit pays what they themselves owe, in their own checkout; a company's invoice is paid without it.
"""

from collections.abc import Iterable, Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import Exists, OuterRef, Q, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.codes import new_code
from opscom.lib.money import ZERO, format_money
from opscom.lib.prepared import prepared
from opscom.lib.states import change_state
from payments.errors import PaymentRefused
from payments.models import Adjustment, Charge, Checkout, CheckoutLine, LedgerEntry, Payment, PaymentMethod
from payments.models.adjustment import AdjustmentQuerySet
from payments.models.payment import ReceivedAs
from payments.services.drawers import lock_drawer
from payments.services.ledger import book

Account, State = LedgerEntry.Account, Adjustment.State


@transaction.atomic
def add_credit(
    user: User,
    *,
    charges: Iterable[Charge],
    method: PaymentMethod,
    amount: Decimal,
    received_as: ReceivedAs | None = None,
    comment: str = "",
    code: str = "",
    by: User,
    at: datetime | None = None,
) -> Adjustment:
    """Make the linked pair: +amount, processed as paid by that method, and −amount, which waits for the next payment
    (FLEX-2). What is brought to the counter is received as cash, a cheque or by card there. Answers the −amount. Asked twice
    with one `code`, it makes one."""
    at = at or timezone.now()
    charges = list(charges)
    if method not in PaymentMethod.objects.taken_by_staff({charge.kind for charge in charges}):
        raise PaymentRefused(
            _("Credit cannot be added by this payment method. Choose one that the office takes itself."), code="method"
        )
    if amount <= 0:
        raise PaymentRefused(_("Enter an amount above zero."), code="amount")
    if (method.code == PaymentMethod.CASH) != bool(received_as):
        raise PaymentRefused(_("Say as what the money was received."), code="received-as")
    common = {
        "user": user,
        "method": method,
        "received_as": received_as or "",
        "comment": comment[:200],
        "created_at": at,
        "drawer": lock_drawer(by),
    }
    credit, new = Adjustment.objects.get_or_create(code=code or new_code(), defaults={"amount": -amount, **common})
    if not new:
        return credit
    credit.events.create(at=at, by=by, to_state=State.UNPROCESSED)
    received = Adjustment(amount=amount, counterpart=credit, **common)
    change_state(received, "process", by=by, at=at)
    credit.counterpart = received
    credit.save(update_fields=["counterpart"])
    for half in (received, credit):
        half.charges.set(charges)
    book(
        [
            _entry(credit, Account.OFFICE, amount, "issued:office", at),
            _entry(credit, Account.CREDIT, -amount, "issued:credit", at),
        ]
    )
    return credit


def unspent_credit(user: User) -> list[Adjustment]:
    """Every −amount that this person has not spent, with whether a payment under way or promised holds it."""
    return _unspent(user)


@prepared
def _unspent(user: Any) -> QuerySet[Adjustment]:
    unspent = _of(user).select_related("method", "payment")
    return unspent.annotate(free=Exists(_free().filter(pk=OuterRef("pk"))))


def credit_for(checkout: Checkout) -> list[Adjustment]:
    """What this checkout could spend, the oldest first: free credit of its payer, and what an attempt holds that gives way
    to this checkout's own (RULES 24)."""
    if checkout.user_id is None or checkout.company_id is not None:
        return []
    return list(_of(checkout.user_id).filter(Q(pk__in=_free().values("pk")) | Exists(_giving_way(checkout))))


def take_credit(checkout: Checkout, *, shown: Decimal) -> list[Adjustment]:
    """Lock and answer the credit for a payment of the locked checkout: as many adjustments as it needs, the oldest first.
    `shown` is the credit that the payer saw; PaymentRefused where it is another by now, so that nobody pays another sum
    than the button said. Nothing shown, nothing taken."""
    if not shown:
        return []
    free = [] if checkout.company_id or not checkout.user_id else _lock_free(checkout.user_id)
    if sum((credit.credit for credit in free), start=ZERO) != shown:
        raise PaymentRefused(
            _("Your credit has changed since you opened this page. Check the new total, then submit again."),
            code="credit",
        )
    taken, covered = [], ZERO
    for credit in free:
        if covered < checkout.total:
            taken.append(credit)
            covered += credit.credit
    return taken


def left_to_pay(checkout: Checkout, taken: Sequence[Adjustment]) -> Decimal:
    """What the credit taken does not cover."""
    return max(ZERO, checkout.total - sum((credit.credit for credit in taken), start=ZERO))


def hold_credit(payment: Payment, taken: Sequence[Adjustment]) -> None:
    """Keep locked credit for a payment that is under way or promised. It is free again as soon as that ends unpaid."""
    if taken:
        Adjustment.objects.filter(pk__in=[credit.pk for credit in taken]).update(payment=payment)


def lock_held(payment: Payment) -> list[Adjustment]:
    """The credit that a locked payment still holds, locked; what another payment has spent meanwhile is not among it."""
    return list(
        Adjustment.objects.select_for_update(of=("self",))
        .filter(payment=payment, state=State.UNPROCESSED, amount__lt=0)
        .order_by("pk")
    )


def spend_credit(
    payment: Payment, held: Sequence[Adjustment], *, used: Decimal, by: User | None, at: datetime
) -> list[LedgerEntry]:
    """Spend that much of the locked credit, the oldest first, and answer the entries for it. Each is spent whole: what is
    left of the last one is a new, linked credit."""
    entries = []
    for credit in held:
        if not used:
            break
        change_state(credit, "process", by=by, at=at, reason=payment.code)
        entries.append(_entry(credit, Account.CREDIT, credit.credit, "spent", at, payment))
        if credit.credit > used:
            rest = _leave_rest(credit, credit.credit - used, by=by, at=at)
            entries.append(_entry(rest, Account.CREDIT, rest.amount, "rest", at, payment))
        used -= min(used, credit.credit)
    return entries


@transaction.atomic
def reverse_credit(credit: Adjustment, *, reason: str, by: User, at: datetime | None = None) -> Adjustment:
    """Take unspent credit back, together with the money that stood for it. Where some of it is spent, PaymentRefused says
    what remains (RULES 43)."""
    at = at or timezone.now()
    credit = Adjustment.objects.select_for_update(of=("self",)).select_related("payment").get(pk=credit.pk)
    _check_reversible(credit)
    book(
        [
            _entry(credit, Account.CREDIT, credit.credit, "reversed:credit", at),
            _entry(credit, Account.OFFICE, -credit.credit, "reversed:office", at),
        ]
    )
    change_state(credit, "reverse", by=by, at=at, reason=reason)
    if credit.counterpart_id:
        received = Adjustment.objects.select_for_update(of=("self",)).get(pk=credit.counterpart_id)
        change_state(received, "reverse", by=by, at=at, reason=reason)
    return credit


def origin_of(credit: Adjustment) -> Adjustment:
    """The −amount from which a rest comes, by however many payments."""
    while credit.rest_of is not None:
        credit = credit.rest_of
    return credit


def _check_reversible(credit: Adjustment) -> None:
    if credit.amount > 0:
        raise PaymentRefused(_("Reverse the credit itself; the money that stands for it goes with it."), code="half")
    if credit.state == State.REVERSED:
        raise PaymentRefused(_("This credit is reversed already."), code="reversed")
    if credit.state == State.PROCESSED:
        left = sum((rest.credit for rest in rests_of(credit)), start=ZERO)
        raise PaymentRefused(
            _("This credit is spent, and %(left)s of it remain. Reverse that rest, or refund the payment.")
            % {"left": format_money(left)},
            code="spent",
        )
    if credit.payment and credit.payment.state in Payment.LIVE:
        raise PaymentRefused(
            _("Payment %(code)s holds this credit. Withdraw it first, or wait until it ends.")
            % {"code": credit.payment.code},
            code="held",
        )
    if origin_of(credit).counterpart_id is None:
        raise PaymentRefused(
            _("This credit is the person's own money, given back to them. It cannot be reversed."), code="refund"
        )


def rests_of(credit: Adjustment) -> list[Adjustment]:
    """What is left of a spent credit, by however many payments."""
    left, spent = [], [credit.pk]
    while spent:
        rests = list(Adjustment.objects.filter(rest_of__in=spent))
        left += [rest for rest in rests if rest.state == State.UNPROCESSED]
        spent = [rest.pk for rest in rests if rest.state == State.PROCESSED]
    return left


def _of(user_id: int) -> AdjustmentQuerySet:
    """The person's unspent credit, while the office lets people pay with it."""
    in_use = PaymentMethod.objects.filter(code=PaymentMethod.CREDIT, active=True)
    unspent = Adjustment.objects.filter(Exists(in_use), user=user_id, amount__lt=0, state=State.UNPROCESSED)
    return unspent.order_by("created_at", "pk")


def _free() -> AdjustmentQuerySet:
    return Adjustment.objects.spendable().order_by()


def _giving_way(checkout: Checkout) -> QuerySet[Payment]:
    same = CheckoutLine.objects.filter(checkout=checkout).values("charge")
    return Payment.objects.in_flight().filter(pk=OuterRef("payment"), checkout__lines__charge__in=same)


def _lock_free(user_id: int) -> list[Adjustment]:
    """The person's free credit, locked. Which payment holds one is only true once its row is locked."""
    unspent = list(_of(user_id).order_by("pk").select_for_update(of=("self",)))
    holders = {credit.payment_id for credit in unspent if credit.payment_id}
    live = (
        set(Payment.objects.filter(pk__in=holders, state__in=Payment.LIVE).values_list("pk", flat=True))
        if holders
        else ()
    )
    return sorted(
        (credit for credit in unspent if credit.payment_id not in live),
        key=lambda credit: (credit.created_at, credit.pk),
    )


def _leave_rest(credit: Adjustment, amount: Decimal, *, by: User | None, at: datetime) -> Adjustment:
    rest = Adjustment.objects.create(
        user_id=credit.user_id,
        amount=-amount,
        method_id=credit.method_id,
        received_as=credit.received_as,
        rest_of=credit,
        comment=credit.comment,
        created_at=at,
    )
    rest.events.create(at=at, by=by, to_state=State.UNPROCESSED)
    return rest


def _entry(
    credit: Adjustment, account: str, amount: Decimal, what: str, at: datetime, payment: Payment | None = None
) -> LedgerEntry:
    key = f"{payment.code}:{credit.code}:{what}" if payment else f"{credit.code}:{what}"
    return LedgerEntry(at=at, payment=payment, adjustment=credit, account=account, amount=amount, key=key)
