"""What was paid beyond the debt: listed for staff, and the payer's for the asking (RULES 26 to 29)."""

from datetime import datetime, timedelta

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.money import ZERO, MoneyField
from payments.errors import RefundRefused
from payments.models import Charge, LedgerEntry, Payment, Refund
from payments.services.refundable import Way, check_refundable, plan_refund, standing_of
from payments.services.refunds import create_refunds, lock_payment

CLAIMS_A_DAY = 3


@transaction.atomic
def claim_surplus(payment: Payment, *, way: Way, by: User | None, at: datetime | None = None) -> list[Refund]:
    """All that is left of a payment's surplus goes to its payer, as they want it. Claimed again, there is nothing left."""
    at = at or timezone.now()
    payment = lock_payment(payment.pk)
    standing = standing_of(payment)
    if standing.surplus <= 0:
        raise RefundRefused(_("This is on its way to you already. Nothing more is left of it."), code="nothing")
    claims = payment.refunds.filter(charge=None, by=by, external=False, created_at__gt=at - timedelta(days=1))
    if claims.count() >= CLAIMS_A_DAY:
        raise RefundRefused(_("This did not work several times today. Call the parking office."), code="throttled")
    check_refundable(payment, None, standing.surplus, standing)
    parts = plan_refund(payment, standing.surplus, standing=standing, way=way)
    return create_refunds(payment, None, parts, reason=_("More was paid than was owed"), by=by, at=at)


def payments_with_surplus() -> QuerySet[Payment]:
    """Those of which surplus is left, the oldest first; `left` says how much, `voided` and `twice` why."""
    booked = LedgerEntry.objects.filter(payment=OuterRef("pk"), account=LedgerEntry.Account.SURPLUS)
    waiting = Refund.objects.not_booked().filter(payment=OuterRef("pk"), charge=None)
    lines = Charge.objects.filter(lines__checkout=OuterRef("checkout"))
    paid_here = LedgerEntry.objects.filter(
        payment=OuterRef(OuterRef("pk")), charge=OuterRef("pk"), account=LedgerEntry.Account.CHARGE
    )
    found = Payment.objects.filter(entries__account=LedgerEntry.Account.SURPLUS).distinct()
    return (
        found.annotate(left=-_sum(booked) - _sum(waiting))
        .filter(left__gt=0)
        .annotate(
            voided=Exists(lines.filter(state=Charge.State.VOID)),
            twice=Exists(lines.filter(~Exists(paid_here), state=Charge.State.SETTLED)),
        )
        .order_by("settled_at", "pk")
    )


def _sum(rows: QuerySet[LedgerEntry] | QuerySet[Refund]) -> Coalesce:
    total = rows.order_by().values("payment").annotate(total=Sum("amount")).values("total")
    return Coalesce(Subquery(total, output_field=MoneyField()), ZERO, output_field=MoneyField())
