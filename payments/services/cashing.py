"""Several promises processed in one cash-up: what was counted must be what they come to."""

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from decimal import Decimal

from django.db import DatabaseError
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.money import ZERO, format_money
from payments.errors import PaymentRefused
from payments.models import Payment
from payments.models.payment import ReceivedAs
from payments.services.promises import process_manually

logger = logging.getLogger(__name__)
MOST = 100


@dataclass(frozen=True)
class Taken:
    """One promise, and why it was not processed where it was not."""

    payment: Payment
    refusal: str = ""


def sum_of(payments: Sequence[Payment]) -> Decimal:
    """What the promises come to."""
    return sum((payment.amount for payment in payments), start=ZERO)


def cash_up(
    payments: Sequence[Payment],
    *,
    counted: Decimal,
    received_as: ReceivedAs,
    by: User,
    at: datetime | None = None,
) -> list[Taken]:
    """Process each promise for its whole amount, each in a transaction of its own: one that is refused leaves the others
    processed, and says why. PaymentRefused, with nothing processed, where the money counted is not what they come to."""
    if not payments or len(payments) > MOST:
        raise PaymentRefused(_("Tick between 1 and %(most)s promises.") % {"most": MOST}, code="how-many")
    total = sum_of(payments)
    if counted != total:
        raise PaymentRefused(
            _(
                "Counted %(counted)s, but the ticked promises come to %(total)s: %(difference)s differ. Nothing is processed."
            )
            % {
                "counted": format_money(counted),
                "total": format_money(total),
                "difference": format_money(abs(counted - total)),
            },
            code="difference",
        )
    return [_take(payment, received_as, by, at) for payment in sorted(payments, key=lambda payment: payment.pk)]


def _take(payment: Payment, received_as: ReceivedAs, by: User, at: datetime | None) -> Taken:
    payment.refresh_from_db()
    if payment.state != Payment.State.PROMISED:
        return Taken(payment, _("It is no promise any more. Look at the payment."))
    try:
        return Taken(process_manually(payment, received=payment.amount, received_as=received_as, by=by, at=at))
    except PaymentRefused as refusal:
        return Taken(payment, refusal.message)
    except DatabaseError:
        logger.exception("promise %s not processed in a cash-up", payment.code)
        return Taken(payment, _("It could not be booked. Process it alone."))
