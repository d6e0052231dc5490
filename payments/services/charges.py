"""Make and end what is owed."""

from collections.abc import Iterable
from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.db.models import Count, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone

from accounts.models import User
from opscom.lib.money import ZERO
from opscom.lib.prepared import prepared
from opscom.lib.states import change_state
from payments.models import Charge, Checkout, CheckoutLine, LedgerEntry, Payment
from payments.models.charge import ChargeEvent
from payments.services.ledger import book
from payments.services.taxes import save_with_taxes


@transaction.atomic
def create_charge(
    kind: str,
    *,
    amount: Decimal,
    description: str,
    payer: User | None = None,
    detail: str = "",
    link: str = "",
    reduced_amount: Decimal | None = None,
    reduced_through: date | None = None,
    due_on: date | None = None,
    held_until: datetime | None = None,
    at: datetime | None = None,
) -> Charge:
    """A new debt. `amount` and `reduced_amount` are prices of the office: taxes on top are added, those contained are split
    out, and both are final then. A different price later is a void charge and a new one."""
    charge = Charge(
        kind=kind,
        payer=payer,
        amount=amount,
        description=description[:120],
        detail=detail[:200],
        link=link,
        reduced_amount=reduced_amount,
        reduced_through=reduced_through,
        due_on=due_on,
        held_until=held_until,
        created_at=at or timezone.now(),
    )
    return save_with_taxes(charge)


@transaction.atomic
def create_free_charge(
    kind: str, *, payer: User, description: str, reason: str, detail: str = "", link: str = "", at: datetime
) -> Charge:
    """What stands behind something that is given for nothing: a charge of zero, void from the start, with the reason in its
    history. Nobody owes it, and nothing is booked."""
    charge = Charge.objects.create(
        kind=kind,
        payer=payer,
        amount=ZERO,
        description=description[:120],
        detail=detail[:200],
        link=link,
        state=Charge.State.VOID,
        created_at=at,
    )
    ChargeEvent.objects.create(charge=charge, at=at, to_state=charge.state, reason=reason[:250])
    return charge


def lock_charges(pks: Iterable[int]) -> dict[int, Charge]:
    """Lock charges in the order of their keys, so that two mixed selections cannot wait for each other (RULES 2)."""
    return {charge.pk: charge for charge in Charge.objects.select_for_update().filter(pk__in=list(pks)).order_by("pk")}


def lock_lines(checkout: Checkout) -> list[CheckoutLine]:
    """The lines of a checkout, each with its charge locked, in the order of the charges' keys (RULES 2)."""
    lines = checkout.lines.select_for_update(of=("charge",)).select_related("charge")
    return list(lines.order_by("charge_id"))


def applied_to(charges: Iterable[Charge]) -> dict[int, Decimal]:
    """What the ledger has credited to each charge, by key; call it with the charges locked."""
    pks = [charge.pk for charge in charges]
    sums = (
        LedgerEntry.objects.filter(charge__in=pks, account=LedgerEntry.Account.CHARGE)
        .order_by()
        .values("charge")
        .annotate(total=Sum("amount"))
    )
    return dict.fromkeys(pks, ZERO) | {row["charge"]: -row["total"] for row in sums}


@prepared
def open_charges(payer: User) -> QuerySet[Charge]:
    """What this person owes, with its standing."""
    return Charge.objects.for_user(payer).open().with_standing()


@prepared
def _to_pay(payer: User) -> QuerySet[Charge, int]:
    return Charge.objects.for_user(payer).to_pay().order_by().values_list("pk", flat=True)


def count_to_pay(payer: User) -> int:
    """How much waits for this person's payment."""
    return len(_to_pay(payer))


def counted_to_pay(user: User) -> Coalesce:
    """How much waits for this person's payment, which the tabs show, for whatever row of theirs a page reads anyway: a query
    less a page."""
    waiting = Charge.objects.for_user(user).to_pay().order_by().values("payer").annotate(n=Count("pk"))
    return Coalesce(Subquery(waiting.values("n")), 0)


def is_being_paid(charge: int) -> bool:
    """Whether a payment for that charge, by its key, is under way or promised."""
    return Payment.objects.filter(checkout__lines__charge=charge, state__in=Payment.LIVE).exists()


def void_charge(charge: Charge, *, by: User | None = None, at: datetime | None = None, reason: str = "") -> None:
    """End a locked open charge. What was already paid on it turns into the payer's surplus (RULES 29)."""
    at = at or timezone.now()
    change_state(charge, "cancel", by=by, at=at, reason=reason)
    credited = (
        LedgerEntry.objects.filter(charge=charge, account=LedgerEntry.Account.CHARGE)
        .order_by()
        .values("payment")
        .annotate(total=Sum("amount"))
        .exclude(total=0)
    )
    for row in credited:
        key = f"void:{charge.code}:{row['payment']}:{charge.events.count()}"
        book(
            [
                LedgerEntry(
                    at=at,
                    payment_id=row["payment"],
                    charge=charge,
                    account=LedgerEntry.Account.CHARGE,
                    amount=-row["total"],
                    key=f"{key}:charge",
                ),
                LedgerEntry(
                    at=at,
                    payment_id=row["payment"],
                    account=LedgerEntry.Account.SURPLUS,
                    amount=row["total"],
                    key=f"{key}:surplus",
                ),
            ]
        )
        from payments.services.attention import flag_payment

        flag_payment(row["payment"], "surplus")
