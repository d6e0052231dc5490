"""Numbers from stock: how the office lays them in, who gets which, and what becomes of a lost one."""

from collections.abc import Iterable
from datetime import datetime

from django.db import transaction
from django.db.models import Exists, OuterRef, QuerySet
from django.utils import timezone
from django.utils.translation import gettext as _

from accounts.models import User
from opscom.lib.dates import Period, today
from opscom.lib.sentences import spell
from payments.models import Charge
from permits.errors import LotFull, PermitRefused
from permits.models import Lot, Permit, PermitNumber, PermitType

MOST_AT_ONCE = 10_000
Condition = PermitNumber.Condition


def number_range(*, prefix: str, first: int, last: int, width: int = 0, postfix: str = "") -> list[str]:
    """The numbers of a range, each with so many digits at least: H-001-N to H-120-N. PermitRefused."""
    if last < first:
        raise PermitRefused(_("The last number is not below the first one."), code="backward")
    if last - first >= MOST_AT_ONCE:
        raise PermitRefused(_("Add at most %(most)s numbers at once.") % {"most": MOST_AT_ONCE}, code="too-many")
    numbers = [f"{prefix}{n:0{width}d}{postfix}" for n in range(first, last + 1)]
    _check_length(numbers)
    return numbers


def listed_numbers(text: str) -> list[str]:
    """The numbers of a list, one in each line, each once. PermitRefused."""
    numbers = list(dict.fromkeys(line for line in map(str.strip, text.splitlines()) if line))
    if len(numbers) > MOST_AT_ONCE:
        raise PermitRefused(_("Add at most %(most)s numbers at once.") % {"most": MOST_AT_ONCE}, code="too-many")
    _check_length(numbers)
    return numbers


def _check_length(numbers: list[str]) -> None:
    most = PermitNumber._meta.get_field("number").max_length or 0
    if long := next((number for number in numbers if len(number) > most), None):
        raise PermitRefused(
            _("%(number)s is too long: a permit number has at most %(most)s characters.")
            % {"number": long, "most": most},
            code="too-long",
        )


def existing_numbers(permit_type: PermitType, numbers: Iterable[str]) -> set[str]:
    """Which of them the type has already."""
    return set(permit_type.numbers.values_list("number", flat=True)) & set(numbers)


@transaction.atomic
def add_numbers(permit_type: PermitType, numbers: Iterable[str]) -> list[PermitNumber]:
    """Lay them in, all good; those that the type has already stay as they are. Answers the new ones."""
    PermitType.objects.select_for_update(of=("self",)).get(pk=permit_type.pk)
    numbers = list(dict.fromkeys(numbers))
    known = existing_numbers(permit_type, numbers)
    new = [PermitNumber(permit_type=permit_type, number=number) for number in numbers if number not in known]
    return PermitNumber.objects.bulk_create(new)


def free_numbers(permit_type: PermitType, period: Period) -> QuerySet[PermitNumber]:
    """Good numbers that nobody has at any moment of the period, the lowest first."""
    kept = Permit.objects.filter(state__in=Permit.UNRELEASED).keeping_number(period).filter(stock=OuterRef("pk"))
    return PermitNumber.objects.good().in_order().filter(~Exists(kept), permit_type=permit_type)


def take_number(permit_type: PermitType, period: Period, *, after: Permit | None = None) -> PermitNumber:
    """The lowest free number, or where it is free that of the permit `after` which this one comes, for whoever has locked the
    lot. LotFull."""
    free = free_numbers(permit_type, period)
    found = (free.filter(pk=after.stock_id).first() if after and after.stock_id else None) or free.first()
    if found is None:
        raise LotFull(
            _("The last number of %(permit)s went a moment ago. Look at the other lots.") % {"permit": permit_type.name}
        )
    return found


def keeps_number(permit: Permit, period: Period) -> bool:
    """Whether the permit's number from stock, if it has one, is nobody else's in the period; call it with the lot locked."""
    others = Permit.objects.filter(state__in=Permit.UNRELEASED).exclude(pk=permit.pk)
    return permit.stock_id is None or not others.keeping_number(period).filter(stock=permit.stock_id).exists()


def number_again(permit: Permit) -> None:
    """A released permit that is paid late gets its number back, or the lowest one where somebody else has it now. The lot is
    locked, and a place was found."""
    if permit.stock_id is None or free_numbers(permit.permit_type, permit.period).filter(pk=permit.stock_id).exists():
        return
    before = permit.number
    _renumber(permit, take_number(permit.permit_type, permit.period))
    charge = Charge.objects.get(pk=permit.charge_id)
    charge.description = charge.description.replace(before, permit.number)
    charge.save(update_fields=["description"])


def holders_of(number: PermitNumber, *, at: datetime | None = None) -> list[Permit]:
    """Permits that have the number now or are to have it, the earliest first."""
    unreleased = number.permits.filter(state__in=Permit.UNRELEASED, valid_before__gt=today(at))
    return list(unreleased.select_related("holder", "lot").order_by("valid_from", "pk"))


@transaction.atomic
def change_condition(
    number: PermitNumber, *, condition: str, note: str = "", by: User, at: datetime | None = None
) -> list[Permit]:
    """Lost, stolen, archived, or good again. Answers the permits that have it all the same: each wants another number
    (`replace_number`). What is in somebody's hands cannot be archived: PermitRefused."""
    Lot.objects.select_for_update(of=("self",)).get(permit_types=number.permit_type_id)
    number = PermitNumber.objects.select_for_update(of=("self",)).get(pk=number.pk)
    holders = holders_of(number, at=at)
    if condition == Condition.ARCHIVED and holders:
        raise PermitRefused(
            _("Number %(number)s is in the hands of %(person)s. Give that permit another number first.")
            % {"number": number.number, "person": holders[0].holder.get_full_name()},
            code="in-use",
        )
    number.condition, number.note = condition, note or number.note
    number.save(update_fields=["condition", "note"])
    for permit in holders:
        _note(
            permit, spell("number %(number)s: %(condition)s", number=number.number, condition=condition), by=by, at=at
        )
    return holders


@transaction.atomic
def replace_number(
    permit: Permit,
    *,
    reason: str,
    by: User,
    number: PermitNumber | None = None,
    condition: str = Condition.GOOD,
    at: datetime | None = None,
) -> Permit:
    """Another number for one permit: the given one, or the lowest that is free for its days. The old one is left in that
    condition: lost, stolen, or good, to be given to others. LotFull, PermitRefused."""
    Lot.objects.select_for_update(of=("self",)).get(permits=permit)
    permit = (
        Permit.objects.select_for_update(of=("self",))
        .select_related("permit_type", "stock", "holder")
        .get(pk=permit.pk)
    )
    before = permit.stock
    if before is None:
        raise PermitRefused(_("This permit's number does not come from stock, so it stays."), code="no-stock")
    if permit.state not in Permit.UNRELEASED or permit.valid_before <= today(at):
        raise PermitRefused(_("This permit is over already."), code="over")
    if number is not None and not free_numbers(permit.permit_type, permit.period).filter(pk=number.pk).exists():
        raise PermitRefused(
            _("Number %(number)s is not free for these days. Choose another one.") % {"number": number.number},
            code="number-taken",
        )
    _renumber(permit, number or take_number(permit.permit_type, permit.period))
    if before.condition != condition:
        before.condition = condition
        before.save(update_fields=["condition"])
    said = spell("number %(old)s → %(new)s: %(reason)s", old=before.number, new=permit.number, reason=reason)
    _note(permit, said, by=by, at=at)
    return permit


def lose_number(permit: Permit, *, condition: str, by: User, at: datetime) -> None:
    """The paper of a paid permit is lost or stolen, and so is the number on it: the permit gets the lowest free one. Where there
    is none it goes on with its own, which nobody else gets then, and the office finds it in the list. Its lot is locked."""
    number = permit.stock
    if number is None or permit.valid_before <= today(at):
        return
    try:
        replace_number(permit, reason=condition, condition=condition, by=by, at=at)
    except LotFull:
        change_condition(number, condition=condition, by=by, at=at)


def _renumber(permit: Permit, number: PermitNumber) -> None:
    permit.stock, permit.number = number, number.number
    permit.save(update_fields=["stock", "number"])


def _note(permit: Permit, reason: str, *, by: User, at: datetime | None) -> None:
    permit.events.create(at=at or timezone.now(), by=by, from_state=permit.state, to_state=permit.state, reason=reason)
