"""What the office does with visitor hours: gives some, and takes some back."""

from datetime import date, datetime
from decimal import Decimal

from django.db import transaction
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import HOUR, today
from opscom.lib.money import CENT, rounded
from opscom.lib.office import office
from opscom.lib.passes import written_stock
from payments.services.charges import create_charge, lock_charges, void_charge
from permits.errors import PermitRefused
from permits.models import HourBlock, HourEntry
from permits.services.visitors.wallet import KIND


@transaction.atomic
def grant_hours(
    user: User, *, minutes: int, ends_before: date, reason: str, by: User, at: datetime | None = None
) -> HourBlock:
    """Hours that nobody pays for, whatever the person may buy in a year. Their charge says what they are worth and is void
    from the start, with the reason in its history. PermitRefused."""
    at = at or timezone.now()
    if ends_before <= today(at):
        raise PermitRefused(_("These hours would have expired already. Choose a later day."), code="past")
    with override(user.language):
        charge = create_charge(
            KIND,
            amount=_price_of(minutes),
            payer=user,
            description=_("Visitor hours, %(hours)s") % {"hours": written_stock(minutes)},
            detail=_("To be parked before %(day)s") % {"day": date_format(ends_before)},
            link=reverse("permits:visitors"),
            at=at,
        )
    void_charge(charge, by=by, at=at, reason=f"granted: {reason}"[:250])
    return HourBlock.objects.create(
        user=user,
        charge=charge,
        minutes=minutes,
        ends_before=ends_before,
        bought_at=at,
        granted_by=by,
        reason=reason[:200],
    )


@transaction.atomic
def take_back_hours(block: HourBlock, *, minutes: int, reason: str, by: User, at: datetime | None = None) -> HourEntry:
    """So many minutes that nobody has parked are gone; a refund of their price is a step of its own. PermitRefused where
    fewer are left."""
    lock_charges([block.charge_id])
    block = HourBlock.objects.with_left().get(pk=block.pk)
    if minutes > block.left:
        raise PermitRefused(
            _("Only %(hours)s of this block are left. End visits to come first to take more back.")
            % {"hours": written_stock(block.left)},
            code="used",
        )
    return HourEntry.objects.create(block=block, minutes=-minutes, reason=reason[:200], by=by, at=at or timezone.now())


def _price_of(minutes: int) -> Decimal:
    """What the office sells so many for, before taxes."""
    whole = office().visitor_block_hours * HOUR
    return max(CENT, rounded(office().visitor_block_price * minutes / whole))
