"""Buy hours of parking for visitors, and say how many there are."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from decimal import Decimal

from django.db import transaction
from django.db.models import Q, Sum
from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import override

from accounts.models import User
from opscom.lib.dates import HOUR, start_of_day, today
from opscom.lib.office import office
from opscom.lib.passes import written_stock
from payments.models import Charge
from payments.services.charges import create_charge, is_being_paid, lock_charges, void_charge
from payments.services.taxes import Priced, price_with, taxes_for
from permits.errors import PermitRefused
from permits.models import HourBlock, HourEntry, Permit
from permits.services.bans import refuse_banned
from permits.services.conflicts import lock_person

KIND = "visitor_hours"


@dataclass(frozen=True)
class HoursOffer:
    """One block as it is sold today. `room` says how many minutes the person may still buy this year, None for any number."""

    minutes: int
    priced: Priced
    ends_before: date
    room: int | None

    @property
    def sells(self) -> bool:
        """The year has room for it."""
        return self.room is None or self.room >= self.minutes


def minutes_left(user: User, day: date) -> int:
    """What the person may park with on that day."""
    blocks = HourBlock.objects.for_user(user).usable_on(day).with_left()
    return sum(block.left for block in blocks)


def offer_hours(user: User, *, at: datetime | None = None) -> HoursOffer:
    """What the office sells now."""
    at, rules = at or timezone.now(), office()
    year = start_of_day(today(at).replace(month=1, day=1))
    bought = HourBlock.objects.for_user(user).filter(bought_at__gte=year).exclude(charge__state=Charge.State.VOID)
    most = rules.visitor_hours_year * HOUR
    return HoursOffer(
        minutes=rules.visitor_block_hours * HOUR,
        priced=price_with(taxes_for(KIND, payer=user.pk, at=at), rules.visitor_block_price),
        ends_before=today(at) + timedelta(days=rules.visitor_hours_days),
        room=most - (bought.aggregate(n=Sum("minutes"))["n"] or 0) if most else None,
    )


@transaction.atomic
def buy_hours(user: User, *, expected: Decimal, at: datetime | None = None) -> HourBlock:
    """Put a block of hours into the basket at the price that the person saw; a price that waits too long lapses (RULES 8). The
    same again while it waits is the same block. PermitRefused."""
    at = at or timezone.now()
    refuse_banned(lock_person(user.pk), at=at)
    waiting = HourBlock.objects.for_user(user).filter(charge__state=Charge.State.OPEN, charge__held_until__gt=at)
    if block := waiting.select_related("charge").first():
        return block
    offer = offer_hours(user, at=at)
    if not offer.sells:
        raise PermitRefused(
            _("You have bought all that one person may have for visitors this year. Ask the office for more."),
            code="year",
        )
    with override(user.language):
        charge = create_charge(
            KIND,
            amount=office().visitor_block_price,
            payer=user,
            description=_("Visitor hours, %(hours)s") % {"hours": written_stock(offer.minutes)},
            detail=_("To be parked before %(day)s") % {"day": date_format(offer.ends_before)},
            link=reverse("permits:visitors"),
            held_until=at + timedelta(minutes=office().short_hold_minutes),
            at=at,
        )
    if charge.amount != expected:
        raise PermitRefused(_("The price has changed meanwhile. Look at it again before you buy."), code="changed")
    return HourBlock.objects.create(
        user=user, charge=charge, minutes=offer.minutes, ends_before=offer.ends_before, bought_at=at
    )


def release_unpaid_hours(*, at: datetime | None = None, limit: int = 500) -> int:
    """Take blocks that nobody paid in time out of their baskets; answers how many."""
    at = at or timezone.now()
    lapsed = Charge.objects.filter(kind=KIND, state=Charge.State.OPEN, held_until__lte=at).order_by("pk")
    return sum(_release(pk, at) for pk in lapsed.values_list("pk", flat=True)[:limit])


@transaction.atomic
def take_hours_back(pk: int, *, reason: str, at: datetime) -> bool:
    """Nothing is owed any more for a block, by its charge's key, that nobody has paid. Not while somebody pays, nor what the
    bank took back: its hours may be parked."""
    return _take_back(lock_charges([pk])[pk], reason=reason, at=at)


@transaction.atomic
def _release(pk: int, at: datetime) -> bool:
    charge = lock_charges([pk])[pk]
    if charge.held_until is None or charge.held_until > at:
        return False
    return _take_back(charge, reason="not paid in time", at=at)


def _take_back(charge: Charge, *, reason: str, at: datetime) -> bool:
    if charge.state != Charge.State.OPEN or charge.held_until is None or is_being_paid(charge.pk):
        return False
    void_charge(charge, at=at, reason=reason)
    return True


def lock_blocks(user: User) -> list[HourBlock]:
    """The person's paid blocks with what is left of each, the first to expire first, their charges locked: nobody else spends
    from them meanwhile."""
    lock_charges(HourBlock.objects.for_user(user).paid().values_list("charge", flat=True))
    return list(
        HourBlock.objects.for_user(user).paid().with_left().select_related("charge").order_by("ends_before", "pk")
    )


def spread_minutes(blocks: Iterable[HourBlock], minutes: int, *, on: date) -> list[tuple[HourBlock, int]]:
    """From which blocks so many minutes of that day are taken. PermitRefused where there are fewer."""
    parts = []
    for block in blocks:
        part = min(minutes, block.left) if block.ends_before > on else 0
        if part > 0:
            parts.append((block, part))
            minutes -= part
    if minutes:
        raise PermitRefused(
            _("You lack %(missing)s for this visit. Buy more, or book a shorter time.")
            % {"missing": written_stock(minutes)},
            code="hours",
        )
    return parts


def give_back_minutes(permit: Permit, minutes: int, *, by: User, at: datetime) -> int:
    """So many minutes of a booking go back to the blocks that they came from, the last to expire first; answers how many can
    still be parked. The blocks' charges are locked."""
    spent = (
        HourBlock.objects.filter(entries__permit=permit)
        .annotate(spent=-Sum("entries__minutes", filter=Q(entries__permit=permit)))
        .order_by("-ends_before", "-pk")
    )
    usable = 0
    for block in spent:
        part = min(minutes, block.spent)
        if part > 0:
            HourEntry.objects.create(block=block, permit=permit, minutes=part, at=at, by=by)
            usable += part if block.ends_before > today(at) else 0
            minutes -= part
    return usable
