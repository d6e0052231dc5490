"""Fees of the office around a permit, each an ordinary charge: for more plates than are free, an exchange, a new copy."""

from datetime import datetime
from decimal import Decimal

from django.db.models import TextChoices
from django.urls import reverse
from django.utils.translation import gettext_lazy, override

from opscom.lib.dates import today
from payments.models import Charge
from payments.services.charges import create_charge
from permits.models import Permit

KIND = "fee"


class Fee(TextChoices):
    """What it is for, as its payer reads it."""

    PLATES = "plates", gettext_lazy("Permit %(number)s, fee for changed plates")
    EXCHANGE = "exchange", gettext_lazy("Permit %(number)s, fee for the exchange")
    COPY = "copy", gettext_lazy("Permit %(number)s, fee for a new copy")


def charge_fee(permit: Permit, fee: Fee, *, amount: Decimal, at: datetime) -> Charge | None:
    """The holder owes it from today on; nothing for an amount of zero. Needs `holder`."""
    if not amount:
        return None
    with override(permit.holder.language):
        return create_charge(
            KIND,
            amount=amount,
            payer=permit.holder,
            description=str(fee.label) % {"number": permit.number},
            link=reverse("permits:detail", args=[permit.code]),
            due_on=today(at),
            at=at,
        )
