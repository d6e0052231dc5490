"""Freeze a selection into a checkout, and close checkouts that nobody finished."""

from collections.abc import Iterable
from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import Company, User
from opscom.lib.prepared import prepared
from payments.errors import PaymentRefused
from payments.models import Charge, Checkout, CheckoutLine, Instalment, Payment
from payments.payables import bring_up_to_date, payable_for
from payments.services.charges import lock_charges
from payments.services.companies import check_company
from payments.services.plans.parts import parts_of
from payments.services.quotes import QuoteLine, quote

QUOTE_LIFE = timedelta(hours=2)


@transaction.atomic
def start_checkout(
    charges: Iterable[Charge],
    *,
    user: User | None,
    language: str,
    company: Company | None = None,
    email: str = "",
    back: str = "",
    earlier: str = "",
    instalment: Instalment | None = None,
    at: datetime | None = None,
) -> Checkout:
    """Freeze the charges with their prices of this moment. The same selection again gives the same open checkout, so a
    double click and a second tab lead to one place; of a guest, `earlier` is the code that this browser was given before.
    With `company` the user pays for its people, as far as they and the user belong to it; with `instalment` no more than is due
    of its plan; `email` is that of a guest who is known. PaymentRefused says which charge cannot be paid, and why."""
    at = at or timezone.now()
    locked = lock_charges(charge.pk for charge in charges)
    if not locked:
        raise PaymentRefused(_("Tick what you want to pay first."), code="empty")
    if company and user:
        check_company(company.pk, payer=user, charges=locked.values())
    bring_up_to_date(locked.values(), at)
    lines = check_and_quote(locked.values(), at)
    if instalment:
        lines = parts_of(instalment.pk, lines)
    if same := _same_open_checkout(user, company, instalment, earlier, lines, at):
        return same
    checkout = Checkout.objects.create(
        user=user,
        company=company,
        instalment=instalment,
        email=user.email if user else email,
        language=language,
        total=sum((line.amount for line in lines), start=lines[0].amount * 0),
        back=back,
        created_at=at,
        expires_at=at + QUOTE_LIFE,
    )
    CheckoutLine.objects.bulk_create(
        CheckoutLine(checkout=checkout, charge=line.charge, amount=line.amount, discount=line.discount)
        for line in lines
    )
    return checkout


def check_and_quote(charges: Iterable[Charge], at: datetime, *, beginning: bool = False) -> list[QuoteLine]:
    """Refuse what may not be paid now and price the rest; the charges are locked. `beginning`: an attempt is made in this
    transaction, so no other one may be under way for any of them. Before that only a stored card is waited for: a card page
    can still be closed."""
    charges = list(charges)
    for charge in charges:
        if charge.state == Charge.State.SETTLED:
            raise PaymentRefused(_("%(what)s is paid already.") % {"what": charge.description}, code="paid")
        if charge.state == Charge.State.VOID:
            raise PaymentRefused(
                _("%(what)s is no longer owed. Go back to Payments to see what is.") % {"what": charge.description},
                code="void",
            )
        if charge.blocked:
            raise PaymentRefused(charge.blocked, code="blocked")
        payable_for(charge).check(charge, at)
    standing = {charge.pk: charge for charge in _standing([charge.pk for charge in charges], beginning=beginning)}
    if any(charge.under_way for charge in standing.values()):  # type: ignore[attr-defined]
        raise paid_elsewhere() if beginning else payment_under_way()
    if any(charge.promised for charge in standing.values()):
        raise PaymentRefused(
            _("This is already Paid but not Processed. Bring the money to the office, or ask the office to undo it."),
            code="promised",
        )
    return quote(charges, at, {pk: charge.applied for pk, charge in standing.items()})


@prepared
def _standing(charges: list[int], *, beginning: bool) -> QuerySet[Charge]:
    """These charges, each with what was credited to it, and whether it is promised or another attempt is under way."""
    under_way = Payment.objects.in_flight().filter(checkout__lines__charge=OuterRef("pk"))
    if not beginning:
        under_way = under_way.filter(stored_card__isnull=False)
    return Charge.objects.filter(pk__in=charges).with_standing().annotate(under_way=Exists(under_way))


def payment_under_way() -> PaymentRefused:
    """A stored card is being charged for it. Nothing else may be tried until its end is known."""
    return PaymentRefused(_("A payment for this is under way already. Its result shows on Payments."), code="busy")


def paid_elsewhere() -> PaymentRefused:
    """Another attempt began at this moment. The next try closes its card page first."""
    return PaymentRefused(_("This is being paid in another window. Finish there, or try again."), code="busy")


@transaction.atomic
def expire_open_checkouts(*, at: datetime | None = None, limit: int = 500) -> int:
    """Close checkouts whose quote has ended and of which no attempt is under way (RULES 10). Answers how many."""
    at = at or timezone.now()
    due = (
        Checkout.objects.select_for_update(skip_locked=True, of=("self",))
        .filter(state=Checkout.State.OPEN, expires_at__lte=at)
        .exclude(payments__state__in=Payment.LIVE)
        .order_by("pk")[:limit]
    )
    pks = [checkout.pk for checkout in due]
    return Checkout.objects.filter(pk__in=pks, state=Checkout.State.OPEN).update(state=Checkout.State.EXPIRED)


def _same_open_checkout(
    user: User | None,
    company: Company | None,
    instalment: Instalment | None,
    earlier: str,
    lines: list[QuoteLine],
    at: datetime,
) -> Checkout | None:
    if user is None and not earlier:
        return None
    wanted = {(line.charge.pk, line.amount) for line in lines}
    code = None if user else earlier
    for latest in _still_open(user, company, instalment, code, at + timedelta(minutes=5)):
        if {(line.charge_id, line.amount) for line in latest.lines.all()} == wanted:
            return latest
    return None


@prepared
def _still_open(
    user: User | None, company: Company | None, instalment: Instalment | None, code: str | None, after: datetime
) -> QuerySet[Checkout]:
    """Their newest open checkout that lasts beyond that moment; of a guest the one of that code."""
    still_open = Checkout.objects.filter(
        user=user, company=company, instalment=instalment, state=Checkout.State.OPEN, expires_at__gt=after
    )
    return (still_open if code is None else still_open.filter(code=code)).order_by("-pk")[:1]
